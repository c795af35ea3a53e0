"""What a worker can be asked is what the public functions answer."""

from __future__ import annotations

import io
import json
import re

import duckdb
import joblib
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pptx import Presentation
from python_calamine import CalamineWorkbook
from sklearn.cluster import KMeans

import segmentry
from segmentry.datasets import mall_customers_path
from segmentry.errors import InputError
from segmentry.progress import ignore
from segmentry.studio.desk import VERBS, Desk
from segmentry.studio.taking import FILES, WRITERS

pytestmark = pytest.mark.slow

MALL = str(mall_customers_path())
FEATURES = ["Annual Income (k$)", "Spending Score (1-100)"]


def tell(step, share, note):
    ignore(share)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    own = Desk(tmp_path_factory.mktemp("desk"))
    own.told = own.run(path=MALL, options={}, tell=tell)
    return own


@pytest.fixture(scope="module")
def direct():
    with segmentry.segment(MALL) as result:
        yield result


def test_every_verb_is_there_and_every_answer_is_json(desk):
    assert all(callable(getattr(desk, verb)) for verb in VERBS)
    json.dumps(desk.told, allow_nan=False)
    json.dumps(desk.explore(path=MALL, options={}, tell=tell), allow_nan=False)


def test_a_run_says_what_the_public_function_says(desk, direct):
    assert desk.told["summary"] == direct.summary


def test_exploring_says_what_the_public_function_says():
    found = Desk(None).explore(path=MALL, options={"features": ["Age"]}, tell=tell)
    assert found["columns"] == segmentry.explore(MALL, features=["Age"]).to_dict()["columns"]
    assert sum(found["bars"]["Age"]) <= 200


def test_another_k_is_the_one_of_the_result(desk, direct):
    own, other = desk.alternative(k=6, tell=tell), direct.alternative(6)
    assert [one["customers"] for one in own["segments"]] == list(other.customers)
    assert [one["shade"] for one in own["segments"]] == [1, 3, 2, 4, 5, 6]
    assert own["moved_share"] == pytest.approx(10 / 200)
    assert sum(dot[2] for dot in own["drawn"]["dots"]) == 200


def test_scoring_says_what_explain_says(desk, direct):
    values = {FEATURES[0]: 80.0, FEATURES[1]: 49.0}
    own, said = desk.score(customer=values, tell=tell), direct.explain(values)
    assert (own["segment"], own["name"], own["margin"]) == (said.segment, said.name, said.margin)
    assert own["moves"]["2"]["target"] == said.moves[2].target


def test_a_scored_file_is_that_of_assign(desk, direct):
    answer = desk.score_file(path=MALL, tell=tell)
    scored = pd.read_csv(desk._folder / answer["path"])
    assert scored.segment.tolist() == direct.assign().segment.tolist()
    assert [own["customers"] for own in answer["segments"]] == [81, 39, 35, 23, 22]


def test_a_run_with_typed_actions_uses_them(tmp_path):
    from segmentry.steps.playbook import default_playbook

    text = default_playbook().read_text(encoding="utf-8").replace('"VIP"', '"Our best"')
    told = Desk(tmp_path).run(path=MALL, options={"playbook_text": text}, tell=tell)
    assert told["summary"]["segments"][1]["title"] == "Our best"


def test_changes_are_in_what_is_told_and_in_every_file(tmp_path):
    own = Desk(tmp_path)
    own.run(path=MALL, options={}, tell=tell)
    own.rename(segment=1, name="The middle", tell=tell)
    told = own.advise(segment=1, texts={"campaign": "Send a card."}, tell=tell)
    assert told["summary"]["segments"][0]["name"] == "The middle"
    for name in ("report.html", "summary.json", "model.json", "segments.csv", "customers.csv"):
        own.export(name=name, tell=tell)
        assert "The middle" in (tmp_path / name).read_text(encoding="utf-8")
    assert "Send a card." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_names_of_an_earlier_run_are_carried_though_they_change_places(tmp_path):
    own = Desk(tmp_path)
    own.run(path=MALL, options={"k": 3}, tell=tell)
    names = [one.name for one in own._own.found.names]
    own.rename(segment=3, name="Others", tell=tell)
    changes = {
        "1": {"name": names[2], "campaign": "Send a card."}, "2": {"name": names[0]},
        "3": {"name": "Mine", "pricing": ""},
    }  # fmt: skip
    told = own.carry(changes=changes, tell=tell)
    segments = told["told"]["summary"]["segments"]
    assert [one["name"] for one in segments] == [names[2], names[0], "Mine"]
    assert segments[0]["actions"]["campaign"] == "Send a card."
    assert segments[2]["actions"]["pricing"] == ""
    assert told["refused"] == []
    again = own.carry(changes={"2": {"name": "Mine", "title": "Ours"}}, tell=tell)
    assert again["refused"] == [2]
    second = again["told"]["summary"]["segments"][1]
    assert (second["name"], second["title"]) == (names[0], "Ours")


def test_every_file_can_be_opened_and_says_the_same(desk, direct):
    def written(name, **more):
        return desk._folder / desk.export(name=name, tell=tell, **more)["path"]

    expected = direct.assign()
    assert pd.read_csv(written("customers.csv")).segment.tolist() == expected.segment.tolist()
    parquet = pq.read_table(written("customers.parquet")).to_pandas()
    assert parquet.segment.tolist() == expected.segment.tolist()
    model = segmentry.load(written("model.json"))
    assert model.assign(MALL).segment.tolist() == expected.segment.tolist()
    assert json.loads(written("summary.json").read_text()) == direct.summary
    assert isinstance(joblib.load(written("kmeans_model.joblib")), KMeans)
    sheets = pd.read_excel(written("segments.xlsx"), sheet_name=None, engine="calamine")
    assert {"Segments", "Customers"} <= set(sheets)
    query = written("scoring.sql", dialect="duckdb").read_text()
    with duckdb.connect() as own:
        own.sql(f"CREATE TABLE customers AS FROM read_csv('{MALL}')")
        scored = own.sql(query).df().sort_values("CustomerID")
    assert scored.segment.tolist() == expected.segment.tolist()
    assert pd.read_csv(io.StringIO(written("segments.csv").read_text())).shape[0] == 5


def odd_csv(folder):
    """Customers with something to tell: far values, gaps, dates, an odd word, another encoding."""
    lines = ["Nr;Größe;Besuche;Seit;Stufe"]
    for i in range(90):
        size = 90_000 if i == 4 else 10 * (i % 3) + i % 5
        visits = "" if i == 7 else "weiß nicht" if i in (8, 9) else 3 * (i % 3) + i % 2
        lines.append(f"{1000 + 7 * i};{size};{visits};2024-01-{1 + i % 28:02d};{'ab'[i % 2]}")
    path = folder / "odd.csv"
    path.write_bytes("\n".join(lines).encode("cp1252"))
    return path


def texts_for_people(desk, folder):
    """Every text of the report, the workbook and the slides but for the lines that repeat a run."""
    for name in ("report.html", "segments.xlsx", "segments.pptx"):
        desk.export(name=name, tell=tell)
    report = (folder / "report.html").read_text(encoding="utf-8")
    yield re.sub(r"<(pre|style)>.*?</\1>", "", report, flags=re.DOTALL)
    book = CalamineWorkbook.from_path(str(folder / "segments.xlsx"))
    for name in book.sheet_names:
        for cell in (str(own) for row in book.get_sheet_by_name(name).to_python() for own in row):
            if not cell.startswith("segmentry run "):
                yield cell
    for slide in Presentation(str(folder / "segments.pptx")).slides:
        yield from (own.text_frame.text for own in slide.shapes if own.has_text_frame)
        if slide.has_notes_slide:
            yield slide.notes_slide.notes_text_frame.text


def test_files_speak_of_the_pages_and_not_of_a_command_line(tmp_path):
    path = odd_csv(tmp_path)
    options = {"missing_token": ["weiß nicht"], "k": 3, "scale": "zscore", "log": "none"}
    with segmentry.segment(path, **options) as result:
        assert "--outliers winsorize" in " ".join(result.warnings)
    own = Desk(tmp_path)
    told = own.run(path=str(path), options=options, tell=tell)["summary"]
    said = " ".join([*told["warnings"], *told["source"]["notes"], told["source"]["read_as"]])
    assert "“Extreme values”: “are cut at 1 % and 99 %”" in said
    for text in (said, *texts_for_people(own, tmp_path)):
        assert not re.search(r"--[a-z]|in Python ", text), text


def test_every_file_that_is_offered_has_a_writer():
    assert set(WRITERS) == set(FILES) - {"scored.csv"}


def test_rows_that_were_left_out_can_be_taken_away(tmp_path):
    lines = [f"{i},{i % 7},{i % 5}" for i in range(60)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["id,spend,visits", *lines, "61,1,2,3,4", ""]))
    own = Desk(tmp_path)
    told = own.run(path=str(path), options={"skip_bad_lines": True, "k": 2}, tell=tell)
    assert told["rejects"]
    own.export(name="rejects.csv", tell=tell)
    assert "61" in (tmp_path / "rejects.csv").read_text()


def test_without_a_run_there_is_nothing_to_ask(tmp_path):
    with pytest.raises(InputError, match="no run yet"):
        Desk(tmp_path).alternative(k=2, tell=tell)


@pytest.mark.parametrize("name", ["../model.json", "scored.csv", "nothing"])
def test_a_file_that_is_not_offered_is_refused(desk, name):
    with pytest.raises(InputError, match="no file"):
        desk.export(name=name, tell=tell)
