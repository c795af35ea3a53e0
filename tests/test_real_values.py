"""Numbers and dates as people write them: read right, or asked about. Made here, by the command."""

from __future__ import annotations

import datetime
import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

import segmentry
from commands import assert_two_lines, explored, summary_of
from refusals import refusal
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.sql import Column
from segmentry.steps.reading import Reading, written_map
from segmentry.steps.sources import keep_as_stored, open_source
from tables import columns_of

N = 40
NUMBERS = [1234.5 + 731.25 * i for i in range(N)]


def table(name: str, cells: Iterable[str], *, extra: str = "") -> str:
    lines = [f'{1000 + 3 * i};"{cell}";{i % 7}{extra}' for i, cell in enumerate(cells)]
    return "\n".join([f"id;{name};visits{';spend' if extra else ''}", *lines]) + "\n"


def written(number: float, group: str, mark: str) -> str:
    text = f"{number:,.2f}"
    return text.replace(",", "\0").replace(".", mark).replace("\0", group)


NOTATIONS = {
    "English": (",", "."), "German": (".", ","), "French": (" ", ","),
    "hard space": ("\u00a0", ","), "thin space": ("\u202f", ","), "Swiss": ("'", "."),
    "plain comma": ("", ","),
}  # fmt: skip
STYLES = ["{}", "€ {}", "{} €", "{} EUR", "USD {}", "kr {}", "{}-", "+{}"]


def check_notation(path: Path, group: str, mark: str, style: str) -> None:
    cells = [style.format(written(own, group, mark)) for own in NUMBERS]
    path.write_text(table("amount", cells), encoding="utf-8")
    sign = -1 if style.endswith("-") else 1
    assert columns_of(path)["amount"] == [sign * round(own, 2) for own in NUMBERS]


@pytest.mark.parametrize(("notation", "style"), list(zip(NOTATIONS, STYLES, strict=False)))
def test_numbers_are_read_in_usual_notations(tmp_path, notation, style):
    check_notation(tmp_path / "t.csv", *NOTATIONS[notation], style)


@pytest.mark.slow
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("style", STYLES)
def test_numbers_are_read_in_every_usual_notation(tmp_path, notation, style):
    check_notation(tmp_path / "t.csv", *NOTATIONS[notation], style)


def test_a_german_column_of_amounts_is_a_feature(command, write):
    write("t.csv", table("amount", [written(own, ".", ",") + " €" for own in NUMBERS]))
    found = explored(command, "t.csv")
    column = found["columns"][1]
    assert (column["type"], column["role"], column["missing"]) == ("number", "feature", 0)
    assert "amount was read with a decimal comma." in found["warnings"]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["(500)", "(1,234.50)", "12"], [-500, -1234.5, 12]),
        (["5%", "12.5 %", "7%"], [5, 12.5, 7]),
        (["٤٢", "١٢", "٧"], [42, 12, 7]),
        (["1,23,456.50", "12,34,567", "7.25"], [123456.5, 1234567, 7.25]),
        (["−5", "-7,5", "8"], [-5, -7.5, 8]),
        (["R$ 1.234,50", "R$ 2,10", "n/a"], [1234.5, 2.1, None]),
        (["1 234,50 zł", "2,10 zł", "--"], [1234.5, 2.1, None]),
        (["Rs. 1,23,456.50", "Rs 7", "\\N"], [123456.5, 7, None]),
        (["A$1,234.50", "AUD 7", "7.25 AUD"], [1234.5, 7, 7.25]),
        (["1 234,50 Kč", "2,10 CZK", "7 Kč"], [1234.5, 2.1, 7]),
        (["CHF 5.-", "CHF 1'250.–", "-7.--"], [5, 1250, -7]),
        (["3,-", "4,50", "1.250,—", "7-"], [3, 4.5, 1250, -7]),
        (["99:-", "1 250:-", "kr 7,50"], [99, 1250, 7.5]),
        (["￥9,000", "¥7", "12,345円"], [9000, 7, 12345]),
    ],
    ids=[
        "brackets",
        "percent",
        "Arabic digits",
        "lakhs",
        "minus signs",
        "reais",
        "złoty",
        "rupees",
        "Australian dollars",
        "koruny",
        "francs without cents",
        "prices without cents",
        "kronor without öre",
        "yen",
    ],
)
def test_signs_around_a_number_are_understood(write, cells, numbers):
    path = write("t.csv", table("amount", cells * 10))
    assert columns_of(path)["amount"] == numbers * 10


@pytest.mark.parametrize("mark", [".", ","])
def test_what_may_be_thousands_or_decimals_is_asked_about(command, write, mark):
    cells = [f"{1 + i % 90}{mark}{(37 * i) % 1000:03}" for i in range(N)]
    path = write("t.csv", table("amount", cells))
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R34", "amount can be read in two ways", "--decimal . or --decimal ,")
    column = explored(command, "t.csv", "--decimal", mark)["columns"][1]
    assert (column["type"], column["max"] < 100) == ("number", True)
    other = {".": ",", ",": "."}[mark]
    assert max(columns_of(path, decimal=other)["amount"]) > 1000


def test_another_column_of_the_file_decides_what_one_leaves_open(write):
    cells = [f"{1 + i % 90}.{(37 * i) % 1000:03}" for i in range(N)]
    german = columns_of(write("g.csv", table("amount", cells, extra=";12,5")))
    english = columns_of(write("e.csv", table("amount", cells, extra=";12.5")))
    assert max(german["amount"]) > 1000 > max(english["amount"])


def test_an_id_or_a_code_with_a_point_is_left_alone(command, write):
    write("t.csv", table("postal code", [f"{1 + i}.{100 + i}" for i in range(N)]))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([f"{'€' if i % 2 else '$'}{7 * i}" for i in range(N)], "mixes currencies: $, €"),
        ([f"{i},5" if i % 2 else f"{i}.5" for i in range(N)], "mixes decimal points (20 cells)"),
        (
            [f"{i}%" if i % 4 == 0 else f"{i}" for i in range(N)],
            "a percent sign (10 cells) and without (30)",
        ),
        ([f"{5 + i}%" if i % 9 else "0,05" for i in range(N)], "a percent sign (35 cells)"),
        ([f"{i} {'SEK' if i % 2 else 'DKK'}" for i in range(N)], "mixes currencies: DKK, SEK"),
        ([f"{'JPY' if i % 2 else 'CNY'} {7 * i}" for i in range(N)], "currencies: CNY, JPY"),
    ],
)
def test_a_column_that_mixes_notations_is_told(command, write, cells, said):
    write("t.csv", table("amount", cells))
    assert_two_lines(command("run", "t.csv"), "R34", said)


@pytest.mark.parametrize("signs", [("€", "EUR"), ("kr", "SEK"), ("円", "￥"), ("¥", "CNY")])
def test_one_currency_in_two_ways_of_writing_is_one(write, signs):
    path = write("t.csv", table("amount", [f"{i} {signs[i % 2]}" for i in range(N)]))
    assert columns_of(path)["amount"] == [float(i) for i in range(N)]


def test_nothing_without_a_percent_sign_is_no_other_notation(write):
    path = write("t.csv", table("amount", ["5%", "0", "7.5 %", "n/a"] * 10))
    assert columns_of(path)["amount"] == [5, 0, 7.5, None] * 10


@pytest.mark.parametrize(
    ("form", "said"),
    [("{}回", "回"), ("{} h", "h"), ("{}.5 Stunden", "stunden"), ("{},5 km", "km"), ("{}KG", "kg")],
)
def test_numbers_with_one_unit_are_read_as_such_and_told(command, write, form, said):
    write("t.csv", table("visited", [form.format(i % 9) for i in range(N - 1)] + ["n/a"]))
    found = explored(command, "t.csv")
    column = found["columns"][1]
    assert (column["type"], column["role"], column["missing"]) == ("number", "feature", 1)
    assert int(column["max"]) == 8
    assert f"visited was read as numbers of {said}." in found["warnings"]


def test_a_street_is_no_unit(command, write):
    write("t.csv", table("Address1", [f"{i} Kai" for i in range(N)]))
    told = explored(command, "t.csv")
    assert told["columns"][1]["role"] == "contact"
    assert not any("kai" in own.lower() for own in told["warnings"])
    write("t.csv", table("where", [f"{i} Main St" for i in range(N)]))
    assert not any("main" in own.lower() for own in explored(command, "t.csv")["warnings"])


@pytest.mark.parametrize("cells", [["3 h", "20 min"], ["7a", "9a"], ["3rd", "4th"], ["5 h", "5"]])
def test_numbers_with_several_units_or_none_are_levels(write, cells):
    path = write("t.csv", table("visited", cells * 20))
    assert columns_of(path)["visited"] == cells * 20


def test_two_columns_with_a_decimal_comma_are_told_at_once(command, write):
    write("t.csv", table("amount", [f"{i},5" for i in range(N)], extra=";12,5"))
    told = [own for own in explored(command, "t.csv")["warnings"] if "decimal comma" in own]
    assert told == ["amount and spend were read with a decimal comma."]


def test_a_column_that_is_not_quite_one_of_numbers_is_told(command, write):
    write("t.csv", table("amount", ["soon" if i % 8 == 0 else str(3 * i) for i in range(N)]))
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "amount was taken for text: 35 of its 40 values are numbers" in told
    ended = command("run", "t.csv", "--features", "amount,visits")
    assert_two_lines(ended, "R32", "line 2: 'soon', line 10: 'soon'")


@pytest.mark.parametrize("cell", ["${}.5K", "{}.5 Mio.", "about {}", "{}a"])
def test_amounts_that_are_no_plain_numbers_are_told(command, write, cell):
    write("t.csv", table("revenue", [cell.format(3 * i) for i in range(N)]))
    assert "revenue speaks of a quantity" in " ".join(explored(command, "t.csv")["warnings"])
    write("t.csv", table("revenue", [("low", "high")[i % 2] for i in range(N)]))
    assert "quantity" not in " ".join(explored(command, "t.csv")["warnings"])


def test_infinity_is_missing_and_what_is_too_large_is_told_with_its_line(command, write):
    write("t.csv", table("amount", ["inf" if i == 3 else str(3 * i) for i in range(N)]))
    assert "1 value is no number" in " ".join(explored(command, "t.csv")["warnings"])
    write("t.csv", table("amount", ["1e150" if i == 3 else str(3 * i) for i in range(N)]))
    assert_two_lines(command("run", "t.csv"), "R35", "beyond 1e100 in line 5")


@pytest.mark.slow
@pytest.mark.parametrize("odd", ["-0", "1e-320", "-1e-320", "1e99"])
def test_numbers_at_the_ends_of_what_can_be_computed_with_go_through_a_run(command, write, odd):
    cells = [odd if i == 3 else f"{(i % 3) * 100 + i % 5}.5" for i in range(60)]
    write("t.csv", table("amount", cells))
    ended = command("run", "t.csv", "-o", "out")
    assert ended.code == 0, ended.stderr


# ---------------------------------------------------------------- what means "missing"


def cells_with(*odd: str, every: int = 8) -> list[str]:
    return [odd[i // every % len(odd)] if i % every == 0 else str(3 * i) for i in range(N)]


def test_missing_values_are_counted_by_column_and_token(command, write):
    write("t.csv", table("income", cells_with("?", "n/a", "", "--", "?", every=4), extra=";K"))
    found = explored(command, "t.csv")["columns"]
    assert (found[1]["missing"], found[1]["missing_as"]) == (
        10, {"?": 4, "--": 2, "blank": 2, "n/a": 2}
    )  # fmt: skip
    assert found[0]["missing_as"] == {}
    ended = command("explore", "t.csv", "--html", "data.html")
    said = "4 × ?, 2 × blank, 2 × --, 2 × n/a"
    assert f"income  {said}" in ended.stdout
    assert said in Path("data.html").read_text()


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(["?", "n/a", "N/A", "-", "", " ", "null", "7", "8.5", "-1"])).filter(
        lambda own: len(own) > 0
    )
)
@settings(max_examples=40)
def test_tokens_and_blanks_add_up_to_what_is_missing(tmp_path_factory, cells):
    path = tmp_path_factory.getbasetemp() / "tokens.csv"
    path.write_text(table("income", [*cells, *["1"] * 4]), encoding="utf-8")
    column = segmentry.explore(path).overview.column("income")
    counts = Counter(own.strip() for own in cells if own not in ("7", "8.5", "-1"))
    assert dict(column.missing_as) == dict(counts)
    assert column.missing == sum(counts.values())


def test_a_word_for_missing_that_nobody_knows_is_told_by_line_and_can_be_said(command, write):
    path = write("t.csv", table("income", cells_with("unknown", "k. A.")))
    ended = command("run", "t.csv")
    assert_two_lines(
        ended, "R32", "would be a feature but for some words (line 2: 'unknown', line 10: 'k. A.'",
        "--missing-token 'k. a.' --missing-token unknown",
    )  # fmt: skip
    options = ("--missing-token", "k. A.", "--missing-token", "UNKNOWN")
    found = explored(command, "t.csv", *options)["columns"][1]
    assert (found["role"], found["missing"]) == ("feature", 5)
    assert found["missing_as"] == {"unknown": 3, "k. A.": 2}
    assert sum(own is None for own in columns_of(path, missing_token="unknown")["income"]) == 3


@pytest.mark.parametrize("name", ["customer id", "phone", "age group", "zip"])
def test_words_in_a_column_that_is_no_quantity_are_its_own_business(name):
    cells = cells_with("unknown")
    frame = {name: cells, "visits": [i % 7 for i in range(N)], "spend": [i % 11 for i in range(N)]}
    with segmentry.segment(pd.DataFrame(frame), k=2, duplicates="keep") as result:
        assert name not in result.summary["roles"]["features"]


def test_features_that_were_chosen_need_no_word_for_missing(write):
    path = write("t.csv", table("income", cells_with("unknown"), extra=";2"))
    with segmentry.segment(path, features=["visits"], k=2) as result:
        assert result.summary["roles"]["features"] == ["visits"]


def test_na_among_words_is_a_level_and_told(command, write):
    path = write("t.csv", table("region", [("NA", "EU", "APAC")[i % 3] for i in range(N)]))
    assert columns_of(path)["region"][0] == "NA"
    found = explored(command, "t.csv")
    assert found["columns"][1]["distinct"] == 3
    assert "region has a level 'NA', which is kept" in " ".join(found["warnings"])
    found = explored(command, "t.csv", "--missing-token", "NA")
    assert (found["columns"][1]["distinct"], found["columns"][1]["missing"]) == (2, 14)
    assert "'NA'" not in " ".join(found["warnings"])


@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
@pytest.mark.usefixtures("small_and_large")
def test_a_number_that_means_missing_can_be_said_whatever_the_source(tmp_path, kind):
    spend = [-99.0 if i % 8 == 0 else 1.5 * i for i in range(300)]
    days = [datetime.date(1900, 1, 1) if i % 9 == 0 else DAYS[i % N] for i in range(300)]
    frame = pd.DataFrame({"id": range(1000, 1300), "spend": spend, "joined": days})
    source: Any = frame
    if kind == "csv":
        source = tmp_path / "t.csv"
        frame.to_csv(source, index=False)
    elif kind == "parquet":
        source = tmp_path / "t.parquet"
        frame.to_parquet(source)
    found = columns_of(source, missing_token=["-99", "-99.0", "1900-01-01"])
    assert found["spend"] == [None if own < 0 else own for own in spend]
    assert found["joined"] == [None if own.year < 1950 else own for own in days]


def test_an_id_that_means_missing_is_nobody(write):
    rows = "".join(f"{'unknown' if i > 30 else f'K{i}'};{i % 7};{i % 5}\n" for i in range(N))
    path = write("t.csv", "customer id;visits;spend\n" + rows)
    with segmentry.segment(path, k=2, missing_token="Unknown") as result:
        rows = result.summary["rows"]
    assert (rows["without_id"], rows["used"]) == (9, 31)


@pytest.mark.slow
def test_a_word_for_missing_holds_in_a_run_its_report_and_for_new_customers(command, write):
    write("t.csv", table("income", cells_with("unknown"), extra=";2"))
    words = ("--missing-token", "unknown", "--missing", "drop")
    ended = command("run", "t.csv", *words, "-o", "out", "--k", "2")
    assert ended.code == 0, ended
    page = Path("out/report.html").read_text()
    assert "--missing-token unknown" in page
    assert "5 × unknown" in page
    ended = command("assign", "out/model.json", "t.csv", "--missing-token", "unknown")
    assert [line.split(",")[1] == "" for line in ended.stdout.splitlines()[1:10]] == [
        i % 8 == 0 for i in range(9)
    ]


@pytest.mark.parametrize("token", ["", " ", ["a", ""], [5]])
def test_a_word_for_missing_that_is_none_is_told(write, token):
    assert refusal(write("t.csv", table("n", ["1"])), missing_token=token).code == "R00"


# ---------------------------------------------------------------- dates


DAYS = [datetime.date(2019, 1, 1) + datetime.timedelta(days=37 * i) for i in range(N)]


@pytest.mark.parametrize(
    "form",
    ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d.%m.%y", "%Y-%m-%d", "%Y/%m/%d",
     "%d.%m.%Y 00:00:00", "%m/%d/%Y 5:07 PM", "%Y-%m-%dT05:07:00Z", "%Y-%m-%d 05:07:00 +0000",
     "%Y%m%d", "%d %b %Y", "%d-%b-%y", "%B %d, %Y", "%d. %B %Y", "%Y年%m月%d日"],
)  # fmt: skip
def test_dates_are_read_in_every_usual_order(write, form):
    path = write("t.csv", table("joined", [day.strftime(form) for day in DAYS]))
    assert columns_of(path)["joined"] == DAYS


def test_dates_that_may_be_day_or_month_first_are_asked_about(command, write):
    path = write("t.csv", table("joined", [f"{1 + i % 12}/{1 + i % 11}/2023" for i in range(N)]))
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R36", "joined can be read in two ways", "--date-order dmy")
    assert columns_of(path, date_order="mdy")["joined"][1] == datetime.date(2023, 2, 2)
    assert columns_of(path, date_order="dmy")["joined"][11] == datetime.date(2023, 1, 12)


@pytest.mark.parametrize(
    ("cell", "day"),
    [("3 März 2024", (2024, 3, 3)), ("3 de mayo de 2024", (2024, 5, 3)), ("3. Dez. 2024",
     (2024, 12, 3)), ("1er août 2024", (2024, 8, 1)), ("Oct 3rd, 2024", (2024, 10, 3)),
     ("2024年3月1日", (2024, 3, 1)), ("3 июня 2024", (2024, 6, 3))],
)  # fmt: skip
def test_months_are_read_as_words(write, cell, day):
    path = write("t.csv", table("joined", [cell] * 20))
    assert columns_of(path)["joined"] == [datetime.date(*day)] * 20


@pytest.mark.parametrize("kind", ["csv", "parquet", "doubles"])
def test_compact_dates_are_no_quantity(command, write, tmp_path, kind):
    numbers = [int(day.strftime("%Y%m%d")) for day in DAYS]
    frame = pd.DataFrame({"signup": numbers, "a": [i % 7 for i in range(N)], "b": range(N)})
    path = tmp_path / "t.data"
    if kind == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.astype({"signup": float if kind == "doubles" else int}).to_parquet(path)
    assert columns_of(path)["signup"] == DAYS
    found = explored(command, "t.data")
    assert (found["columns"][0]["type"], found["columns"][0]["role"]) == ("date", "ignored")
    assert "Numbers such as 20240131 were read as dates: signup." in found["warnings"]
    assert "Dates are not clustered on (signup)" in " ".join(found["warnings"])


def test_numbers_that_are_not_all_dates_are_numbers(write):
    numbers = [20240101 + i for i in range(N)]  # the 32nd of January is none
    assert columns_of(write("t.csv", table("points", map(str, numbers))))["points"] == numbers


def test_days_to_come_are_dates_as_others(command, write):
    days = [str(datetime.date(2031, 1, 1) + datetime.timedelta(days=i)) for i in range(N)]
    write("t.csv", table("renewal", days))
    found = explored(command, "t.csv")
    assert (found["columns"][1]["type"], found["columns"][1]["role"]) == ("date", "ignored")
    assert "renewal: " not in " ".join(found["warnings"])


def test_years_that_a_spreadsheet_showed_as_dates_are_counted(command, write):
    days = ["1905-07-16" if i % 10 == 0 else str(day) for i, day in enumerate(DAYS)]
    write("t.csv", table("joined", days))
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "joined: 4 values in June or July 1905, as spreadsheets show a year alone" in told


def test_a_day_that_is_none_is_missing(command, write):
    days = ["0000-00-00" if i % 5 == 0 else str(day) for i, day in enumerate(DAYS)]
    write("t.csv", table("joined", days))
    found = explored(command, "t.csv")["columns"][1]
    assert (found["type"], found["missing"]) == ("date", 8)
    assert found["missing_as"] == {"0000-00-00": 8}


def test_dates_in_two_styles_are_read_and_told(command, write):
    days = [str(day) if i % 4 == 0 else day.strftime("%d.%m.%Y") for i, day in enumerate(DAYS)]
    path = write("t.csv", table("joined", days))
    assert columns_of(path)["joined"] == DAYS
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "joined writes 10 of its dates year first and the others day first" in told


def test_dates_in_both_orders_are_text(write):
    path = write("t.csv", table("joined", ["13/1/2023", "1/13/2023"] * 20))
    assert columns_of(path)["joined"][0] == "13/1/2023"


# ---------------------------------------------------------------- whatever is written comes back


@pytest.mark.slow
@settings(max_examples=60)
@given(
    numbers=st.lists(st.integers(-(10**9), 10**9).map(lambda own: own / 100), min_size=3),
    marks=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ",")]),
    currency=st.sampled_from(["", "€", "CHF"]),
)
def test_numbers_in_any_notation_read_back_equal(tmp_path_factory, numbers, marks, currency):
    cells = [f"{written(own, *marks)} {currency}".strip() for own in numbers]
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    path.write_text(table("amount", cells), encoding="utf-8")
    assert columns_of(path)["amount"] == numbers


def test_a_plain_column_of_numbers_needs_no_notation(write):
    with DuckDBEngine() as engine:
        source = open_source(write("t.csv", table("amount", ["1.5", "-2", "3e5"] * 9)), engine)
        assert source.columns[1] == Column("amount", "number", True)


# ---------------------------------------------------------------- hardly true, or written twice


def test_values_that_can_hardly_be_true_are_counted_and_stay(command, write):
    lines = [f"{1000 + 3 * i};{150 if i == 4 else 20 + i % 40};{-5 if i < 2 else 100 * i};"
             f"{'1850' if i == 7 else '2020'}-01-02;{i % 5}" for i in range(N)]  # fmt: skip
    path = write("t.csv", "id;age;income;joined;n\n" + "\n".join(lines) + "\n")
    told = explored(command, "t.csv")["warnings"]
    assert "age: 1 value above 120. Nothing was changed." in told
    assert "income: 2 values below 0. Nothing was changed." in told
    assert "joined: 1 value before 1900 or after 2050." in told
    assert max(columns_of(path)["age"]) == 150


GENDERS = ("Male", "male", "m", "Male", "Fe male", "female", "female")
MERGED = {"Fe male": "female", "m": "Male", "male": "Male"}


def levels_table() -> str:
    lines = [f"{1000 + 3 * i};{GENDERS[i % 7]};{i % 5};{i % 11}\n" for i in range(70)]
    return "id;gender;n;spend\n" + "".join(lines)


def test_levels_that_may_be_one_are_told_with_what_would_merge_them(command, write):
    path = write("t.csv", levels_table())
    found = explored(command, "t.csv")
    assert found["columns"][1]["distinct"] == 5
    told = next(own for own in found["warnings"] if "Nothing was merged" in own)
    assert "'Fe male' = 'female'; 'Male' = 'm' = 'male'" in told
    words = shlex.split(told[told.index("--map") : told.index(" (in Python")])
    assert explored(command, "t.csv", *words)["columns"][1]["distinct"] == 2
    assert set(columns_of(path, map={"gender": MERGED})["gender"]) == {"Male", "female"}


@pytest.mark.parametrize(
    "levels",
    [
        ("A", "A+", "A-"), ("H", "M", "L"), ("H", "M"), ("25", "<25", ">25"), ("C", "C#", "C++"),
        ("1", "T", "Y"), ("👍", "😀"), ("+1x", "-1x"), ("25-34", "2534"), ("m", "f", "k"),
        ("F", "T"), ("1 2", "12"), ("S", "M", "L", "male"), ("W", "N", "O"), ("Y", "N"),
        ("J", "y", "t", "1"),
    ],
)  # fmt: skip
def test_levels_that_may_be_opposites_are_never_merged(levels):
    frame = pd.DataFrame({"x": [levels[i % len(levels)] for i in range(N)], "a": range(N)})
    assert not any("merged" in own for own in segmentry.explore(frame).warnings)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (("Yes", "y", "No", "n", "unknown"), "'No' = 'n'; 'Yes' = 'y'"),
        (("H", "hombre", "M", "mujer"), "'H' = 'hombre'; 'M' = 'mujer'"),
        (("E-Mail", "email", "Post"), "'E-Mail' = 'email'"),
        (("ＶＩＰ", "vip", "Basis"), "'vip' = 'ＶＩＰ'"),
        (("New York", "new_york", "Rome"), "'New York' = 'new_york'"),
    ],
)
def test_levels_that_are_typed_in_two_ways_are_told(levels, said):
    frame = pd.DataFrame({"x": [levels[i % len(levels)] for i in range(N)], "a": range(N)})
    assert said in " ".join(segmentry.explore(frame).warnings)


@pytest.mark.slow
def test_levels_that_were_merged_are_one_in_a_run_and_its_report(command, write):
    write("t.csv", levels_table())
    found = summary_of(command, "t.csv", "--map", "gender:Fe male=female,m=Male,male=Male")
    profiles = [own["profile"]["levels"]["gender"] for own in found["segments"]]
    assert {own["level"] for levels in profiles for own in levels} == {"Male", "female"}
    assert found["options"]["map"] == {"gender": MERGED}
    page = Path("out/report.html").read_text()
    assert "--map &#39;gender:Fe male=female,m=Male,male=Male&#39;" in page
    ended = command("assign", "out/model.json", "t.csv", "--map", "gender:m=Male")
    assert ended.code == 0


@given(
    st.dictionaries(
        st.text(st.sampled_from("ab:,'\"= ;é\\\n"), min_size=1, max_size=4),
        st.text(st.sampled_from("ab:,'\"= ;é\\\n"), min_size=1, max_size=4),
        min_size=1,
    ),
    st.text(st.sampled_from("ab, :é"), min_size=1),
)
def test_levels_to_be_merged_can_be_written_and_read(levels, column):
    assert Reading(map=[written_map(column, levels)]).map == {column: levels}


@pytest.mark.parametrize(
    ("said", "code"),
    [("gender", "R00"), ("gender:", "R00"), ("gender:m", "R00"), ("gender:m=", "R00"),
     ("gendre:m=Male", "R25"), ("n:1=one", "R40")],
)  # fmt: skip
def test_levels_that_cannot_be_merged_are_told(command, write, said, code):
    write("t.csv", levels_table())
    assert_two_lines(command("explore", "t.csv", "--map", said), code, said.split(":")[0])


# ---------------------------------------------------------------- large files, in one pass


@pytest.mark.usefixtures("small_and_large")
@pytest.mark.parametrize("odd", ["", "?", "12,50", "soon", "1e999", " 7.25 "])
def test_decimals_of_a_large_file_are_read_at_once_and_an_odd_one_among_them_is_not_lost(
    write, odd
):
    cells = [f"{i / 7:.4f}" for i in range(300)] + [odd]
    path = write("t.csv", "id,x,n\n" + "".join(f'a{i},"{own}",1\n' for i, own in enumerate(cells)))
    with DuckDBEngine() as engine:
        source = open_source(path, engine)
        column = source.column("x")
        read = engine.arrow(exp.select("x").from_("customers")).to_pydict()["x"]
    assert column.type == "number"
    assert read[:300] == [float(own) for own in cells[:300]]
    assert read[300] == {" 7.25 ": 7.25, "12,50": None}.get(odd)
    assert bool(source.warnings) == (odd in ("12,50", "soon", "1e999"))


@pytest.mark.usefixtures("small_and_large")
def test_an_id_that_looks_like_a_decimal_stays_as_it_is_written(write):
    cells = [f"{i}.{i % 10}0" for i in range(300)]
    path = write("t.csv", "key,x,n\n" + "".join(f"{own},{own},1\n" for own in cells))
    with DuckDBEngine() as engine:
        source = open_source(path, engine, Reading(id="key"))
        keep_as_stored(source, engine, "key")
        assert engine.arrow(exp.select("key").from_("customers")).to_pydict()["key"] == cells
