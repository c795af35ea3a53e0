"""Dates as people write them: read right, or asked about. Made here, by the command."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from commands import assert_two_lines, explored
from tables import columns_of
from written_tables import DAYS, N, table


@pytest.mark.slow
@pytest.mark.parametrize(
    "form",
    ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d.%m.%y", "%Y-%m-%d", "%Y/%m/%d",
     "%d.%m.%Y 00:00:00", "%m/%d/%Y 5:07 PM", "%Y-%m-%dT05:07:00Z", "%Y-%m-%d 05:07:00 +0000",
     "%Y%m%d", "%d %b %Y", "%d-%b-%y", "%B %d, %Y", "%d. %B %Y", "%Y年%m月%d日"],
)  # fmt: skip
def test_dates_are_read_in_every_usual_order(write, form):
    path = write("t.csv", table("joined", [day.strftime(form) for day in DAYS]))
    assert columns_of(path)["joined"] == DAYS


@pytest.mark.slow
def test_dates_that_may_be_day_or_month_first_are_asked_about(command, write):
    path = write("t.csv", table("joined", [f"{1 + i % 12}/{1 + i % 11}/2023" for i in range(N)]))
    ended = command("run", "t.csv")
    assert_two_lines(ended, "R36", "joined can be read in two ways", "--date-order dmy")
    assert columns_of(path, date_order="mdy")["joined"][1] == datetime.date(2023, 2, 2)
    assert columns_of(path, date_order="dmy")["joined"][11] == datetime.date(2023, 1, 12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "day"),
    [("3 März 2024", (2024, 3, 3)), ("3 de mayo de 2024", (2024, 5, 3)), ("3. Dez. 2024",
     (2024, 12, 3)), ("1er août 2024", (2024, 8, 1)), ("Oct 3rd, 2024", (2024, 10, 3)),
     ("2024年3月1日", (2024, 3, 1)), ("3 июня 2024", (2024, 6, 3))],
)  # fmt: skip
def test_months_are_read_as_words(write, cell, day):
    path = write("t.csv", table("joined", [cell] * 20))
    assert columns_of(path)["joined"] == [datetime.date(*day)] * 20


@pytest.mark.slow
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


@pytest.mark.slow
def test_days_to_come_are_dates_as_others(command, write):
    days = [str(datetime.date(2031, 1, 1) + datetime.timedelta(days=i)) for i in range(N)]
    write("t.csv", table("renewal", days))
    found = explored(command, "t.csv")
    assert (found["columns"][1]["type"], found["columns"][1]["role"]) == ("date", "ignored")
    assert "renewal: " not in " ".join(found["warnings"])


@pytest.mark.slow
def test_years_that_a_spreadsheet_showed_as_dates_are_counted(command, write):
    days = ["1905-07-16" if i % 10 == 0 else str(day) for i, day in enumerate(DAYS)]
    write("t.csv", table("joined", days))
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "joined: 4 values in June or July 1905, as spreadsheets show a year alone" in told


@pytest.mark.slow
def test_a_day_that_is_none_is_missing(command, write):
    days = ["0000-00-00" if i % 5 == 0 else str(day) for i, day in enumerate(DAYS)]
    write("t.csv", table("joined", days))
    found = explored(command, "t.csv")["columns"][1]
    assert (found["type"], found["missing"]) == ("date", 8)
    assert found["missing_as"] == {"0000-00-00": 8}


@pytest.mark.slow
def test_dates_in_two_styles_are_read_and_told(command, write):
    days = [str(day) if i % 4 == 0 else day.strftime("%d.%m.%Y") for i, day in enumerate(DAYS)]
    path = write("t.csv", table("joined", days))
    assert columns_of(path)["joined"] == DAYS
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "joined writes 10 of its dates year first and the others day first" in told


def test_dates_in_both_orders_are_text(write):
    path = write("t.csv", table("joined", ["13/1/2023", "1/13/2023"] * 20))
    assert columns_of(path)["joined"][0] == "13/1/2023"
