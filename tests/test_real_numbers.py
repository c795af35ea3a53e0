"""Numbers as people write them: read right, or asked about. Made here, by the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from commands import assert_two_lines, explored
from segmentry.engines.duckdb import DuckDBEngine
from segmentry.sql import Column
from segmentry.steps.amendments import keep_as_stored
from segmentry.steps.reading import Reading
from segmentry.steps.sources import open_source
from tables import columns_of
from written_tables import N, table

NUMBERS = [1234.5 + 731.25 * i for i in range(N)]


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


@pytest.mark.slow
@pytest.mark.parametrize(("notation", "style"), list(zip(NOTATIONS, STYLES, strict=False)))
def test_numbers_are_read_in_usual_notations(tmp_path, notation, style):
    check_notation(tmp_path / "t.csv", *NOTATIONS[notation], style)


@pytest.mark.slow
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("style", STYLES)
def test_numbers_are_read_in_every_usual_notation(tmp_path, notation, style):
    check_notation(tmp_path / "t.csv", *NOTATIONS[notation], style)


@pytest.mark.slow
def test_a_german_column_of_amounts_is_a_feature(command, write):
    write("t.csv", table("amount", [written(own, ".", ",") + " €" for own in NUMBERS]))
    found = explored(command, "t.csv")
    column = found["columns"][1]
    assert (column["type"], column["role"], column["missing"]) == ("number", "feature", 0)
    assert "amount was read with a decimal comma." in found["warnings"]


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_another_column_of_the_file_decides_what_one_leaves_open(write):
    cells = [f"{1 + i % 90}.{(37 * i) % 1000:03}" for i in range(N)]
    german = columns_of(write("g.csv", table("amount", cells, extra=";12,5")))
    english = columns_of(write("e.csv", table("amount", cells, extra=";12.5")))
    assert max(german["amount"]) > 1000 > max(english["amount"])


@pytest.mark.slow
def test_an_id_or_a_code_with_a_point_is_left_alone(command, write):
    write("t.csv", table("postal code", [f"{1 + i}.{100 + i}" for i in range(N)]))
    assert explored(command, "t.csv")["rows"] == N


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("signs", [("€", "EUR"), ("kr", "SEK"), ("円", "￥"), ("¥", "CNY")])
def test_one_currency_in_two_ways_of_writing_is_one(write, signs):
    path = write("t.csv", table("amount", [f"{i} {signs[i % 2]}" for i in range(N)]))
    assert columns_of(path)["amount"] == [float(i) for i in range(N)]


@pytest.mark.slow
def test_nothing_without_a_percent_sign_is_no_other_notation(write):
    path = write("t.csv", table("amount", ["5%", "0", "7.5 %", "n/a"] * 10))
    assert columns_of(path)["amount"] == [5, 0, 7.5, None] * 10


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_street_is_no_unit(command, write):
    write("t.csv", table("Address1", [f"{i} Kai" for i in range(N)]))
    told = explored(command, "t.csv")
    assert told["columns"][1]["role"] == "contact"
    assert not any("kai" in own.lower() for own in told["warnings"])
    write("t.csv", table("where", [f"{i} Main St" for i in range(N)]))
    assert not any("main" in own.lower() for own in explored(command, "t.csv")["warnings"])


@pytest.mark.slow
@pytest.mark.parametrize("cells", [["3 h", "20 min"], ["7a", "9a"], ["3rd", "4th"], ["5 h", "5"]])
def test_numbers_with_several_units_or_none_are_levels(write, cells):
    path = write("t.csv", table("visited", cells * 20))
    assert columns_of(path)["visited"] == cells * 20


@pytest.mark.slow
def test_two_columns_with_a_decimal_comma_are_told_at_once(command, write):
    write("t.csv", table("amount", [f"{i},5" for i in range(N)], extra=";12,5"))
    told = [own for own in explored(command, "t.csv")["warnings"] if "decimal comma" in own]
    assert told == ["amount and spend were read with a decimal comma."]


@pytest.mark.slow
def test_a_column_that_is_not_quite_one_of_numbers_is_told(command, write):
    write("t.csv", table("amount", ["soon" if i % 8 == 0 else str(3 * i) for i in range(N)]))
    told = " ".join(explored(command, "t.csv")["warnings"])
    assert "amount was taken for text: 35 of its 40 values are numbers" in told
    ended = command("run", "t.csv", "--features", "amount,visits")
    assert_two_lines(ended, "R32", "line 2: 'soon', line 10: 'soon'")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["${}.5K", "{}.5 Mio.", "about {}", "{}a"])
def test_amounts_that_are_no_plain_numbers_are_told(command, write, cell):
    write("t.csv", table("revenue", [cell.format(3 * i) for i in range(N)]))
    assert "revenue speaks of a quantity" in " ".join(explored(command, "t.csv")["warnings"])
    write("t.csv", table("revenue", [("low", "high")[i % 2] for i in range(N)]))
    assert "quantity" not in " ".join(explored(command, "t.csv")["warnings"])


@pytest.mark.slow
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


# ---------------------------------------------------------------- large files, in one pass


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.usefixtures("small_and_large")
def test_an_id_that_looks_like_a_decimal_stays_as_it_is_written(write):
    cells = [f"{i}.{i % 10}0" for i in range(300)]
    path = write("t.csv", "key,x,n\n" + "".join(f"{own},{own},1\n" for own in cells))
    with DuckDBEngine() as engine:
        source = open_source(path, engine, Reading(id="key"))
        keep_as_stored(source, engine, "key")
        assert engine.arrow(exp.select("key").from_("customers")).to_pydict()["key"] == cells
