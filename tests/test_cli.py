"""The command line: what it writes, what it prints, and how it ends."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil

import duckdb
import pytest

import segmentry
from commands import Ended, assert_two_lines, files_in, run_segmentry

pytestmark = pytest.mark.slow

FILES = {
    "report.html", "segments.csv", "customers.csv", "model.json", "kmeans_model.joblib",
    "summary.json", "timings.json", "plots", "plots/elbow.png", "plots/silhouette.png",
    "plots/segments.png", "plots/profile.png", "plots/distributions.png", "plots/trust.png",
}  # fmt: skip
SUMMARY_KEYS = {
    "version", "options", "source", "rows", "roles", "plan", "k", "verdict", "evidence",
    "inertia", "silhouette", "hit_rate", "segments", "warnings",
}  # fmt: skip
COMMANDS = ["demo", "run", "explore", "assign", "playbook"]
HEADER = ["CustomerID", "segment", "segment_name", "distance", "margin"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Ended, object]:
    folder = tmp_path_factory.mktemp("demo")
    return run_segmentry(folder, "demo", "-o", "out", "--json"), folder / "out"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def small_table(ids: list[str]) -> str:
    """Three groups along two features, far apart, in an order of their own."""
    rows = [f"{own},{10 + 40 * (i % 3)},{20 + 30 * (i % 3) + i}" for i, own in enumerate(ids)]
    return "\n".join(["id,visits,basket", *rows]) + "\n"


# ---------------------------------------------------------------- help


def test_version_is_the_packages(segmentry_cli):
    ended = segmentry_cli("--version")
    assert (ended.code, ended.stdout) == (0, "segmentry 0.1.0\n")


def test_without_a_command_the_commands_are_listed(segmentry_cli):
    ended = segmentry_cli()
    assert ended.code == 0
    assert all(command in ended.stdout for command in [*COMMANDS, "--help", "--version"])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_in_a_commands_help_runs(command, customers_csv, model_json, segmentry_cli):
    folder = customers_csv.parent
    shutil.copy(customers_csv, folder / "new.csv")
    (folder / "customers-segments").mkdir()
    shutil.copy(model_json, folder / "customers-segments")
    shown = segmentry_cli(command, "--help")
    assert (shown.code, shown.stderr) == (0, "")
    example = re.search(r"Example: +segmentry (.+)", shown.stdout)[1]
    arguments = shlex.split(example.partition(">")[0])
    ended = segmentry_cli(*arguments, *(["--force"] if command == "run" else []))
    assert ended.code == 0, ended.stderr


# ---------------------------------------------------------------- what a run leaves


def test_demo_writes_the_files_of_a_run_and_no_others(demo):
    ended, folder = demo
    assert ended.code == 0
    assert files_in(folder) == FILES
    assert all((folder / name).stat().st_size > 0 for name in FILES)


def test_json_prints_the_summary_and_nothing_else(demo):
    ended, folder = demo
    assert ended.stdout == (folder / "summary.json").read_text(encoding="utf-8")
    assert ended.stderr == ""
    summary = json.loads(ended.stdout)
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["rows"].items() >= {"read": 200, "rejected": 0, "used": 200}.items()
    assert [own["customers"] for own in summary["segments"]] == [81, 39, 35, 23, 22]


def test_a_run_goes_to_a_folder_named_after_the_source_and_is_silent_on_stderr(
    customers_csv, segmentry_cli
):
    ended = segmentry_cli("run", customers_csv.name, "--strict")
    assert (ended.code, ended.stderr) == (0, "")
    folder = customers_csv.parent / "customers-segments"
    assert files_in(folder) == FILES
    assert "Average Income, Average Spending" in ended.stdout
    assert "customers-segments/report.html" in ended.stdout


def test_every_option_arrives(customers_csv, segmentry_cli, write):
    book = write("book.toml", segmentry_cli("playbook").stdout.replace('"VIP"', '"Stars"'))
    ended = segmentry_cli(
        "run", "customers.csv", "-o", "deep/out", "--features", '"Annual Income (k$)", Age',
        "--id", "CustomerID", "--k", "4", "--k-max", "6", "--categorical", "Gender",
        "--missing", "drop", "--outliers", "winsorize", "--weight", "Spending Score (1-100)",
        "--feature-weight", "Age=2", "--feature-weight", "Annual Income (k$)=0.5",
        "--k-min", "2", "--min-share", "0.01", "--min-size", "3",
        "--scale", "zscore", "--log", "none", "--seed", "3", "--playbook", book.name, "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    assert json.loads(ended.stdout)["options"] == {
        "features": ["Annual Income (k$)", "Age"], "profile": None, "id": "CustomerID",
        "categorical": ["Gender"], "missing": "drop", "outliers": "winsorize",
        "weight": "Spending Score (1-100)",
        "feature_weight": {"Age": 2, "Annual Income (k$)": 0.5},
        "k": 4, "k_min": 2, "k_max": 6, "min_share": 0.01, "min_size": 3,
        "scale": "zscore", "log": "none", "seed": 3, "playbook": "book.toml",
    }  # fmt: skip
    assert "deep/out/report.html" in ended.new_files


def test_a_name_that_holds_a_comma_stands_in_quotes(command, write):
    write("t.csv", 'id,"a,b",c\n' + "".join(f"{i},{i % 5},{i % 7}\n" for i in range(1, 41)))
    found = json.loads(command("explore", "t.csv", "--features", '"a,b"', "--json").stdout)
    assert [own["column"] for own in found["columns"] if own["role"] == "feature"] == ["a,b"]


def test_an_existing_folder_needs_force_which_keeps_the_files_of_others(
    customers_csv, command, write
):
    folder = customers_csv.parent / "out"
    (folder / "plots").mkdir(parents=True)
    for name in ("mine.txt", "plots/mine.png", "segments.csv"):
        (folder / name).write_text("old")
    refused = command("run", "customers.csv", "-o", "out")
    assert_two_lines(refused, "R82", "out exists already", "--force")
    assert (folder / "segments.csv").read_text() == "old"
    assert command("run", "customers.csv", "-o", "out", "--force").code == 0
    assert files_in(folder) == FILES | {"mine.txt", "plots/mine.png"}
    assert (folder / "mine.txt").read_text() == "old"
    assert (folder / "segments.csv").read_text().count("\n") == 6


def test_a_run_never_overwrites_its_input(customers_csv, command):
    ended = command("run", "customers.csv", "-o", ".", "--force")
    assert_two_lines(ended, "R82", "would overwrite the input")
    assert_two_lines(command("run", "customers.csv", "-o", "customers.csv"), "R82")
    assert customers_csv.read_text().startswith("CustomerID,Gender")


def test_strict_exits_with_5_where_there_are_warnings(customers_csv, command, write):
    write("few.csv", "".join(customers_csv.read_text().splitlines(keepends=True)[:30]))
    warned = command("run", "few.csv", "--strict")
    assert warned.code == 5
    assert "few-segments/report.html" in warned.new_files
    assert warned.stderr.startswith("Warning: Only 29 customers")
    assert "Traceback" not in warned.stderr


def test_a_parquet_source_gives_its_customers_back_as_parquet(customers_csv, command):
    duckdb.sql(f"from '{customers_csv}'").write_parquet(str(customers_csv.with_name("c.parquet")))
    ended = command("run", "c.parquet", "--k", "5")
    assert ended.code == 0
    assert "c-segments/customers.parquet" in ended.new_files
    assert "c-segments/customers.csv" not in ended.new_files


# ---------------------------------------------------------------- explore and playbook


def test_explore_shows_every_column_with_its_role_and_why(customers_csv, command):
    ended = command("explore", "customers.csv")
    assert (ended.code, ended.stderr, ended.new_files) == (0, "", frozenset())
    assert "200 rows, 5 columns, 0 missing values, 0 duplicate rows" in ended.stdout
    assert re.search(r"Age +profile +number +0 +51 +18 +38.85 +36 +70", ended.stdout)
    assert "demographic by its name" in ended.stdout


def test_explore_as_json_is_json_alone(customers_csv, command):
    found = json.loads(command("explore", "customers.csv", "--json").stdout)
    assert found["rows"] == 200
    age = next(own for own in found["columns"] if own["column"] == "Age")
    assert (age["type"], age["missing"], age["distinct"], age["min"]) == ("number", 0, 51, 18.0)


# ---------------------------------------------------------------- assign


def test_assign_prints_a_csv_or_writes_the_same_one(customers_csv, model_json, command):
    printed = command("assign", model_json, "customers.csv")
    written = command("assign", model_json, "customers.csv", "-o", "answer.csv")
    assert (printed.code, written.code, printed.stderr, written.stdout) == (0, 0, "", "")
    assert written.new_files == {"answer.csv"}
    assert (customers_csv.parent / "answer.csv").read_text(encoding="utf-8") == printed.stdout
    rows = rows_of(printed.stdout)
    assert list(rows[0]) == HEADER
    assert [row["CustomerID"] for row in rows] == [str(i) for i in range(1, 201)]
    assert [row["segment"] for row in rows].count("1") == 81


def test_assign_writes_parquet_by_the_files_name(customers_csv, model_json, command):
    assert command("assign", model_json, "customers.csv", "-o", "a.parquet").code == 0
    answer = duckdb.read_parquet(str(customers_csv.with_name("a.parquet")))
    assert answer.columns == HEADER
    assert answer.aggregate("count(*), count(segment)").fetchall() == [(200, 200)]


def test_a_customer_without_a_value_has_an_empty_segment(model_json, command, write):
    write(
        "new.csv", "CustomerID,Annual Income (k$),Spending Score (1-100)\n1,15,39\n2,,50\n3,9,?\n"
    )
    rows = rows_of(command("assign", model_json, "new.csv").stdout)
    assert [row["segment"] for row in rows] == ["4", "", ""]
    assert [row["segment_name"] for row in rows] == ["Low Income, Low Spending", "", ""]
    assert (rows[1]["distance"], rows[1]["margin"]) == ("", "")


def test_ids_stay_as_they_are_written_and_rows_in_their_order(command, write):
    ids = ["0007", "1E5", "9007199254740993", "00042", "+49", "0x1F", "1.0", " 8", "-0", "nan"]
    ids += [f"{97 * i % 89:03}" for i in range(30)]
    table = write("t.csv", small_table(ids))
    with segmentry.segment(table, id="id", k=3) as result:
        result.save(table.with_name("model.json"))
    printed = command("assign", "model.json", "t.csv")
    assert [line.partition(",")[0] for line in printed.stdout.splitlines()[1:]] == ids


def test_without_an_id_column_rows_are_numbered(model_json, command, write):
    write("new.csv", "Spending Score (1-100),Annual Income (k$)\n39,15\n81,15\n")
    rows = rows_of(command("assign", model_json, "new.csv").stdout)
    assert [(row["row_number"], row["segment"]) for row in rows] == [("1", "4"), ("2", "5")]


def test_assign_overwrites_neither_its_inputs_nor_without_force_anything(
    customers_csv, model_json, command
):
    shutil.copy(model_json, customers_csv.with_name("model.json"))
    before = customers_csv.read_bytes(), model_json.read_bytes()
    for name in ("customers.csv", "model.json"):
        ended = command("assign", "model.json", "customers.csv", "-o", name, "--force")
        assert_two_lines(ended, "R82", f"would overwrite the input {name}")
    assert (customers_csv.read_bytes(), model_json.read_bytes()) == before
    other = customers_csv.with_name("other.csv")
    other.write_text("old")
    ended = command("assign", "model.json", "customers.csv", "-o", "other.csv")
    assert_two_lines(ended, "R82", "other.csv exists already")
    assert other.read_text() == "old"
    done = command("assign", "model.json", "customers.csv", "-o", "other.csv", "--force")
    assert done.code == 0
    assert other.read_text().startswith("CustomerID,segment")


def test_a_folder_that_is_not_there_cannot_be_written_to(customers_csv, model_json, command):
    ended = command("assign", model_json, "customers.csv", "-o", "nowhere/a.csv")
    assert_two_lines(ended, "R82", "nowhere/a.csv", "No such file", exit_code=4)


# ---------------------------------------------------------------- usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "No such command"),
        (["run"], "Missing argument 'SOURCE'"),
        (["assign", "model.json"], "Missing argument 'SOURCE'"),
        (["explore", "t.csv", "--nope"], "No such option: --nope"),
        (["run", "t.csv", "u.csv"], "unexpected extra argument"),
        (["run", "t.csv", "-o"], "requires an argument"),
        (["run", "t.csv", "--k-max", "2.5"], "--k-max"),
        (["run", "t.csv", "--seed", "x"], "--seed"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_two_lines_and_exit_code_2(command, arguments, said):
    assert_two_lines(command(*(arguments or ["nosuch"])), "R00", said, "--help")
