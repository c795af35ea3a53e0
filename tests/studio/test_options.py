"""What is filled in on the pages becomes the options of the public functions."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from segmentry.errors import InputError
from segmentry.pipeline import segment
from segmentry.steps.reading import ReadingOptions
from segmentry.studio.options import reading_options, role_options, run_options
from segmentry.studio.store import Project


def project_of(roles=None):
    columns = [("id", "number"), ("spend", "number"), ("visits", "number"), ("city", "text")]
    found = {"columns": [{"column": name, "type": kind} for name, kind in columns]}
    return Project("a.csv", Path("a.csv"), found=found, roles=roles or {})


def test_an_untouched_form_asks_for_nothing_but_what_is_usual():
    form = {"k": "auto", "k_max": "10", "min_share": "", "missing": "fill", "seed": "0"}
    assert run_options(project_of(), form) == {"k": "auto", "k_max": 10}


def test_roles_become_columns_and_text_to_group_by_becomes_levels():
    roles = {"id": "id", "spend": "feature", "visits": "ignored", "city": "feature"}
    assert role_options(project_of(roles)) == {
        "features": ["spend"], "profile": [], "categorical": ["city"], "id": "id",
    }  # fmt: skip


def test_without_a_click_roles_are_found_out():
    assert role_options(project_of()) == {}


def test_reading_takes_lists_as_people_write_them():
    form = {"sep": ";", "header_row": "3", "missing_token": "unknown, -99",
            "map": "City:cgn=Köln; G:m=Male,f=Female", "skip_bad_lines": "1"}  # fmt: skip
    assert reading_options(form) == {
        "sep": ";", "header_row": 3, "missing_token": ["unknown", "-99"],
        "map": ["City:cgn=Köln", "G:m=Male,f=Female"], "skip_bad_lines": True,
    }  # fmt: skip


def test_a_share_is_typed_in_percent_with_either_mark():
    assert run_options(project_of(), {"min_share": "2,5"})["min_share"] == 0.025


def test_the_column_that_customers_count_by_is_no_feature():
    roles = {"id": "id", "spend": "feature", "visits": "feature", "city": "profile"}
    own = run_options(project_of(roles), {"weight": "visits"})
    assert (own["weight"], own["features"]) == ("visits", ["spend"])


def test_weights_of_columns_are_kept_by_name():
    own = run_options(
        project_of(), {"weight:spend": "2", "weight:a:b": " ", "weight:visits": "0,5"}
    )
    assert own["feature_weight"] == {"spend": 2.0, "visits": 0.5}


def test_orders_are_built_into_customers_with_roles_found_anew():
    roles = {"id": "id", "spend": "feature", "visits": "ignored", "city": "profile"}
    form = {
        "rfm": "1", "rfm_date": "day", "rfm_leave_out": " state:void ", "rfm_since": "2025-01-01",
        "rfm_as_of": "2026-01-31", "rfm_order": "", "rfm_product": " ",
    }  # fmt: skip
    own = run_options(project_of(roles), form)
    assert own["rfm"] == {
        "date": "day", "leave_out": "state:void", "since": "2025-01-01", "as_of": "2026-01-31",
    }  # fmt: skip
    assert own["id"] == "id"
    assert "features" not in own


@pytest.mark.parametrize(
    "form", [{"k": "many"}, {"k_max": "x"}, {"min_share": "a"}, {"seed": "1.5"}]
)
def test_what_is_no_number_is_refused_in_two_lines(form):
    with pytest.raises(InputError) as caught:
        run_options(project_of(), form)
    assert caught.value.fix == "Type one."


def test_every_option_that_is_asked_for_is_one_of_the_public_function():
    roles = {"id": "id", "spend": "feature", "visits": "feature", "city": "feature"}
    form = {
        "k": "3", "k_max": "5", "min_share": "1", "missing": "drop", "outliers": "winsorize",
        "scale": "none", "log": "none", "duplicates": "first", "seed": "1", "weight": "visits",
        "weight:spend": "2", "playbook_text": "x",
    }  # fmt: skip
    own = run_options(project_of(roles), form) | reading_options(
        {"encoding": "utf-8", "sep": ",", "decimal": ".", "date_order": "dmy", "sheet": "a",
         "header_row": "1", "missing_token": "x", "map": "a:b=c", "skip_bad_lines": "1"}
    )  # fmt: skip
    known = set(inspect.signature(segment).parameters) | set(ReadingOptions.__annotations__)
    assert set(own) - {"playbook_text"} <= known
