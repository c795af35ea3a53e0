"""The lines of orders: dates typed wrong, totals told twice, and what is worth a warning."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

import segmentry
from segmentry.steps.order_lines import last_day

DAY = dt.date(2026, 1, 1)


def days(*gaps: int, lines: int = 10) -> list[dict]:
    """Days with so many lines each, so many days after the one before."""
    found, day = [], DAY
    for gap in gaps:
        day += dt.timedelta(days=gap)
        found.append({"day": day, "lines": lines})
    return found


def test_the_last_day_is_the_last_one_where_there_is_no_gap():
    usual = days(*[1] * 60)
    assert last_day(usual) == usual[-1]["day"]


@pytest.mark.parametrize(
    ("gap", "lines", "is_error"),
    [
        (26_000, 5, True),  # typed 2099 for 2026
        (26_000, 400, False),  # too many for typing errors
        (400, 8, True),  # a year too late
        (400, 12, False),  # more than 1 % of the lines
        (40, 1, True),  # a single line among a thousand
        (40, 2, False),  # more than 0.1 %
        (20, 1, False),  # no long gap
    ],
)
def test_few_lines_after_a_long_gap_are_typing_errors(gap, lines, is_error):
    usual = days(*[1] * 100)
    late = {"day": usual[-1]["day"] + dt.timedelta(days=gap), "lines": lines}
    expected = usual[-1] if is_error else late
    assert last_day([*usual, late]) == expected["day"]


def test_seldom_orders_make_no_gap_long():
    assert last_day(days(*[200] * 30, 400, lines=1)) == last_day(days(*[200] * 30, 400)[-1:])


def test_several_errors_far_apart_are_all_left_out():
    usual = days(*[1] * 100)
    late = [{"day": dt.date(year, 1, 1), "lines": 1} for year in (2062, 2099, 9999)]
    assert last_day([*usual, *late]) == usual[-1]["day"]


def orders(rows) -> pa.Table:
    names = ("customer_id", "order_date", "amount", "order_id")
    return pa.table({name: list(own) for name, own in zip(names, zip(*rows, strict=True))})  # noqa: B905


USUAL = [(f"c{i % 7}", DAY + dt.timedelta(days=i), 10.0 + i, i) for i in range(40)]


@pytest.mark.slow
def test_a_date_of_2099_makes_nobody_old_and_is_told_with_what_to_do():
    with segmentry.rfm(orders([*USUAL, ("c1", dt.date(2099, 1, 1), 5.0, 99)])) as found:
        assert found.found.as_of == DAY + dt.timedelta(days=40)
        assert found.found.later == 1
        assert found.frame()["recency_days"].to_pylist() == [5, 4, 3, 2, 1, 7, 6]
        told = next(own for own in found.warnings if "typing errors" in own)
    assert told.startswith("1 row dated long after all others, up to 2099-01-01")
    assert "give --as-of 2099-01-01" in told


@pytest.mark.slow
def test_a_date_of_1850_gives_nobody_a_tenure_of_176_years_and_is_told_with_what_to_do():
    early = orders([*USUAL, ("c1", dt.date(1850, 1, 1), 5.0, 99)])
    with segmentry.rfm(early) as found:
        assert (found.found.earlier, found.found.since) == (1, DAY)
        assert max(found.frame()["tenure_days"].to_pylist()) == 40
        told = next(own for own in found.warnings if "typing errors" in own)
    assert told.startswith("1 row dated long before all others, from 1850-01-01 on")
    assert "give --since 1850-01-01" in told
    with segmentry.rfm(early, since="1850-01-01") as found:
        assert found.found.earlier == 0
        assert max(found.frame()["tenure_days"].to_pylist()) > 64_000
    with segmentry.rfm(early, since=DAY + dt.timedelta(days=30)) as found:
        assert f"31 rows dated before {DAY + dt.timedelta(days=30)} left out." in found.warnings
        assert sum(found.frame()["orders"].to_pylist()) == 10


@pytest.mark.slow
def test_one_absurd_amount_is_told_and_takes_the_cents_off_nobody():
    absurd = [*USUAL[1:], ("c1", DAY, 1e15, 99), ("c2", DAY, 0.37, 98)]
    with segmentry.rfm(orders(absurd)) as found:
        revenue = dict(zip(*found.frame().select(["customer_id", "revenue"]).to_pydict().values(),
                           strict=True))  # fmt: skip
        told = next(own for own in found.warnings if "is about 1e+15" in own)
    assert f"An amount on {DAY}" in told
    assert revenue["c2"] == 177.37  # 12 + 19 + 26 + 33 + 40 + 47, and 0.37
    with segmentry.rfm(orders(USUAL)) as found:
        assert not any("is about" in own for own in found.warnings)


def with_status(*levels: str | int, header: str = "status") -> pa.Table:
    table = orders(USUAL)
    own = [levels[i % len(levels)] for i in range(len(USUAL))]
    return table.append_column(header, pa.array(own))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("levels", "header", "option", "counted"),
    [
        (("paid", "Cancelled"), "status", "status:Cancelled", "cancelled 20"),
        (("bezahlt", "storniert"), "Order State", "Order State:storniert", "storniert 20"),
        (("payée", "annulée"), "statut", "statut:annulée", "annulée 20"),
        ((0, 1), "is_cancelled", "is_cancelled:1", "1 20"),
    ],
)
def test_lines_that_came_to_nothing_are_told_and_left_out_when_asked(
    levels, header, option, counted
):
    table = with_status(*levels, header=header)
    with segmentry.rfm(table) as found:
        told = next(own for own in found.warnings if "came to nothing" in own)
        assert sum(found.frame()["orders"].to_pylist()) == 40
    assert f"({counted}), yet their 20 rows count as bought" in told
    assert f"--leave-out '{option}'" in told
    with segmentry.rfm(table, leave_out=option.upper().replace(header.upper(), header)) as found:
        assert found.found.left_out == 20
        assert found.found.rejected == 0
        assert sum(found.frame()["orders"].to_pylist()) == 20
        assert not any("came to nothing" in own for own in found.warnings)
        assert found.found.recipe["leave_out"] == option
        assert any(own.startswith("20 rows left out, as asked") for own in found.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("levels", [("paid", "shipped"), ("not cancelled", "NY")])
def test_a_status_under_which_all_came_to_something_is_not_told(levels):
    with segmentry.rfm(with_status(*levels)) as found:
        assert not any("came to nothing" in own for own in found.warnings)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("status:canceld", "no level 'canceld'"),
        ("state:cancelled", "no column 'state'"),
        ("status", "no column with levels"),
    ],
)
def test_what_cannot_be_left_out_is_told(said, words):
    with pytest.raises(segmentry.InputError, match=words):
        segmentry.rfm(with_status("paid", "cancelled"), leave_out=said)


@pytest.mark.slow
def test_a_given_day_is_taken_even_if_it_is_far():
    late = orders([*USUAL, ("c1", dt.date(2099, 1, 1), 5.0, 99)])
    with segmentry.rfm(late, as_of="2099-01-01") as found:
        assert found.found.later == 0
        assert min(found.frame()["recency_days"].to_pylist()) == 0


@pytest.mark.slow
def test_a_leap_day_is_a_day():
    rows = [("a", dt.date(2024, 2, 28), 1.0, 1), ("a", dt.date(2024, 3, 1), 1.0, 2)]
    with segmentry.rfm(orders(rows), as_of="2024-03-01") as found:
        row = found.frame().to_pylist()[0]
    assert (row["tenure_days"], row["days_between_orders"]) == (2, 2.0)


@pytest.mark.slow
def test_times_count_by_their_day_in_utc_whatever_the_clocks_do():
    summer = dt.timezone(dt.timedelta(hours=2))
    when = [
        dt.datetime(2026, 3, 29, 0, 30, tzinfo=summer),
        dt.datetime(2026, 3, 29, 23, 30, tzinfo=summer),
    ]
    table = pa.table({"customer_id": ["a", "b"], "order_date": when, "amount": [1.0, 2.0]})
    with segmentry.rfm(table, as_of="2026-03-30") as found:
        assert found.frame()["recency_days"].to_pylist() == [2, 1]


@pytest.mark.slow
def test_a_total_that_each_row_of_an_order_repeats_is_told():
    rows = [(f"c{i}", DAY, 10.0 + i, i) for i in range(12) for _ in range(2)]
    with segmentry.rfm(orders(rows)) as found:
        assert any("amount is the same in all rows of an order" in own for own in found.warnings)
    rows = [(f"c{i}", DAY, 10.0 + i + j, i) for i in range(12) for j in range(2)]
    with segmentry.rfm(orders(rows)) as found:
        assert not any("is the same in all rows" in own for own in found.warnings)


@pytest.mark.slow
def test_rows_of_an_order_whose_total_stands_in_another_row_are_told():
    rows = [("a", DAY, 30.0, 1), ("a", DAY, None, 1), ("b", DAY, None, 2), ("b", DAY, 5.0, 3)]
    with segmentry.rfm(orders(rows)) as found:
        assert found.frame()["revenue"].to_pylist() == [30.0, 5.0]
        assert "2 rows of 4 rejected for want of a value (amount 2)." in found.warnings
        assert any(own.startswith("1 row of these belong to orders") for own in found.warnings)
