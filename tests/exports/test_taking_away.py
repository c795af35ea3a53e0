"""Every kind of run can be taken away: one segment, many columns, orders, odd values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pptx import Presentation
from python_calamine import CalamineWorkbook

import segmentry
from commands import assert_two_lines
from segmentry.exports.shape import fault_in
from tables import shop_with_gaps


def noise(columns: int) -> pd.DataFrame:
    rng = np.random.RandomState(5)
    table = pd.DataFrame(
        rng.normal(50, 9, (90, columns)), columns=[f"x{i}" for i in range(columns)]
    )
    return table.assign(customer_id=[f"c{i}" for i in range(90)])


def orders() -> pd.DataFrame:
    rng = np.random.RandomState(6)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.randint(0, 300, 900), unit="D")
    return pd.DataFrame({
        "customer_id": [f"{i:03}" for i in rng.randint(0, 120, 900)], "order_id": range(900),
        "date": days, "amount": rng.gamma(2.0, 30.0, 900).round(2),
    })  # fmt: skip


RUNS: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, Any]]] = {
    "one segment": (lambda: noise(2), {"k": 1}),
    "one k": (lambda: noise(3), {"k_min": 3, "k_max": 3}),
    "forty columns": (lambda: noise(40), {"k": 3}),
    "negative values": (lambda: noise(2).assign(x0=lambda t: t.x0 - 50), {"k": 12}),
    "gaps and levels": (shop_with_gaps, {"k": 3, "categorical": ["town"]}),
    "orders": (orders, {"rfm": True, "k": 3}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", RUNS)
def test_every_kind_of_run_becomes_a_workbook_and_slides(kind, tmp_path):
    made, options = RUNS[kind]
    with segmentry.segment(made(), **options) as result:
        result.to_xlsx(tmp_path / "a.xlsx", flags=True)
        result.to_pptx(tmp_path / "a.pptx")
        summary = result.summary
        customers = len(result.assign())
    book = CalamineWorkbook.from_path(tmp_path / "a.xlsx")
    header, *rows = book.get_sheet_by_name("Customers").to_python()
    assert header[-3:] == ["Second segment", "In between", "Outlier"]
    assert len(rows) == customers
    segments = book.get_sheet_by_name("Segments").to_python()
    assert [row[2] for row in segments if row[0] in range(1, result.k + 1)] == [
        own["customers"] for own in summary["segments"]
    ]
    assert fault_in(json.loads(json.dumps(summary))) is None
    assert ("RFM cells" in book.sheet_names) == (kind == "orders")
    slides = list(Presentation(str(tmp_path / "a.pptx")).slides)
    assert len(slides) == 2 + -(-result.k // 10) + result.k
    assert [own.shapes.title.text for own in slides[-1 - result.k : -1]] == [
        own["name"] for own in summary["segments"]
    ]


@pytest.mark.slow
def test_the_rfm_cells_are_those_of_the_summary(tmp_path):
    with segmentry.segment(orders(), rfm=True, k=3) as result:
        result.to_xlsx(tmp_path / "a.xlsx")
        rfm = result.summary["rfm"]
    sheet = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_name("RFM cells")
    rows = sheet.to_python()
    start = next(i for i, row in enumerate(rows) if row[:2] == ["RFM cell", "Customers"]) + 1
    for row, own in zip(rows[start : start + 10], rfm["cells"], strict=True):
        names = ("share", "revenue_share", "recency_days", "orders", "revenue")
        figures = [own[name] for name in names]
        assert row[:2] == [own["cell"], own["customers"]]
        assert row[2:7] == ["–" if value is None else value for value in figures]
    start = next(i for i, row in enumerate(rows) if row[:2] == ["Segment", "1"]) + 1
    told = [row[1:4] for row in rows[start : start + 10]]
    assert told == [["–" if n is None else n for n in row["customers"]] for row in rfm["crosstab"]]


def test_a_folder_stands_for_its_model(mall_run, command):
    words = ("--to", "sql", "--dialect", "duckdb", "--table", "crm.customers")
    told = command("export", mall_run, *words)
    assert told.code == 0
    assert told.stdout == command("export", mall_run / "model.json", *words).stdout
    taken = command("export", mall_run, *words, "-o", mall_run / "model.json", "--force")
    assert_two_lines(taken, "R82", "would overwrite the input")
