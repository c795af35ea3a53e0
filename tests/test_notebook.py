"""The notebook at the root runs from top to bottom, and tells the truth."""

from __future__ import annotations

import re
import shutil

import joblib
import nbformat
import numpy as np
import pandas as pd
import pytest

import segmentry
from notebooks import NOTEBOOK, ROOT, execute

FEATURES = ["Annual Income (k$)", "Spending Score (1-100)"]


def test_the_data_at_the_root_and_in_the_package_are_the_same(mall):
    assert (ROOT / "Mall_Customers.csv").read_bytes() == mall.read_bytes()


@pytest.mark.slow
def test_the_model_at_the_root_is_a_plain_kmeans_that_predicts_our_segments(mall):
    customers = pd.read_csv(mall)
    kmeans = joblib.load(ROOT / "kmeans_model.joblib")
    assert type(kmeans).__module__ == "sklearn.cluster._kmeans"
    labels = kmeans.predict(customers[FEATURES])
    assert np.array_equal(labels + 1, segmentry.segment(mall).assign()["segment"])


@pytest.mark.slow
def test_the_model_at_the_root_is_what_a_run_leaves_today(mall, tmp_path):
    segmentry.segment(mall).save_joblib(tmp_path / "model.joblib")
    assert (tmp_path / "model.joblib").read_bytes() == (ROOT / "kmeans_model.joblib").read_bytes()


def test_the_stored_notebook_was_executed_and_names_no_machine():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [own for own in outputs if own.output_type == "error" or own.get("name") == "stderr"]
    assert not re.search(r"/(root|home|work|tmp|usr)/", NOTEBOOK.read_text())
    assert NOTEBOOK.stat().st_size < 1_000_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
def test_the_notebook_runs_from_top_to_bottom_without_a_warning(tmp_path):
    shutil.copy(ROOT / "Mall_Customers.csv", tmp_path)
    notebook = execute(tmp_path, strict=True)
    printed = "\n".join(
        output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert "All 200 predictions equal the segments above." in printed
    assert "High Income, High Spending" in printed
    assert (tmp_path / "kmeans_model.joblib").read_bytes() == (
        ROOT / "kmeans_model.joblib"
    ).read_bytes()
