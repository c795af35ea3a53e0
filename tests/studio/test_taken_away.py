"""The files that are taken from the studio with a browser say what the library says."""

from __future__ import annotations

import json
import re

import duckdb
import joblib
import pandas as pd
import pyarrow.parquet as pq
import pytest
import python_calamine
from playwright.sync_api import expect
from pptx import Presentation
from pypdf import PdfReader
from steps_here import take

import segmentry

pytestmark = pytest.mark.slow


def test_every_file_that_can_be_taken_away_opens_and_says_the_same(demo, tmp_path, mall):
    names = demo.locator("#take li a, #take li button").all_inner_texts()
    taken = {name: take(demo, name, tmp_path) for name in names if name != "scoring.sql"}
    demo.locator("#take select").select_option("duckdb")
    taken["scoring.sql"] = take(demo, "scoring.sql", tmp_path)
    assert {path.name for path in taken.values()} == {f"Mall_Customers-{own}" for own in names}

    summary = json.loads(taken["summary.json"].read_text())
    sizes = {own["segment"]: own["customers"] for own in summary["segments"]}
    assert sum(sizes.values()) == 200
    customers = pd.read_csv(taken["customers.csv"])
    assert customers["segment"].value_counts().to_dict() == sizes
    parquet = pq.read_table(taken["customers.parquet"]).to_pandas()
    assert parquet["segment"].tolist() == customers["segment"].tolist()
    segments = pd.read_csv(taken["segments.csv"])
    assert segments.set_index("segment")["customers"].to_dict() == sizes
    report = taken["report.html"].read_text(encoding="utf-8")
    assert len(re.findall('<article class="card', report)) == len(sizes)
    for own in summary["segments"]:
        assert own["name"] in report

    raw = pd.read_csv(mall)
    assert segmentry.load(taken["model.json"]).assign(raw)["segment"].tolist() == list(
        customers["segment"]
    )
    classic = joblib.load(taken["kmeans_model.joblib"])
    assert (classic.predict(raw[list(classic.feature_names_in_)]) + 1).tolist() == list(
        customers["segment"]
    )
    with duckdb.connect() as connection:
        connection.register("customers", raw)
        scored = connection.sql(taken["scoring.sql"].read_text()).df()
    assert scored["segment"].value_counts().to_dict() == sizes

    book = python_calamine.CalamineWorkbook.from_path(str(taken["segments.xlsx"]))
    sheet = pd.DataFrame(book.get_sheet_by_name("Customers").to_python())
    header = sheet.index[sheet.eq("CustomerID").any(axis=1)][0]
    assert len(sheet) - header - 1 == 200
    paper = " ".join(own.extract_text() for own in PdfReader(taken["report.pdf"]).pages)
    slides = list(Presentation(str(taken["segments.pptx"])).slides)
    shown = " ".join(
        shape.text_frame.text for own in slides for shape in own.shapes if shape.has_text_frame
    )
    assert any(shape.has_chart for own in slides for shape in own.shapes)
    for own in summary["segments"]:
        assert own["name"] in " ".join(paper.split())
        assert own["name"] in shown


def test_a_file_of_customers_is_scored_as_the_library_does_it(demo, tmp_path, mall):
    model = segmentry.load(take(demo, "model.json", tmp_path))
    more = pd.read_csv(mall).sample(40, random_state=1)
    more.to_csv(tmp_path / "more.csv", index=False)
    demo.click("text=Score one customer, or a file of them")
    demo.wait_for_load_state()
    demo.set_input_files("input[type=file]", tmp_path / "more.csv")
    expect(demo.locator("#many h3")).to_have_text("more.csv: 40 customers")
    with demo.expect_download() as waiting:
        demo.click("text=Download with segments")
    waiting.value.save_as(tmp_path / "scored.csv")
    scored = pd.read_csv(tmp_path / "scored.csv")
    expected = model.assign(more)["segment"]
    assert scored["segment"].tolist() == expected.tolist()
    told = {
        int(own.split()[0]): int(own.split("\t")[-1])
        for own in demo.locator("#many tbody tr").all_inner_texts()
    }
    assert told == expected.value_counts().to_dict()
