"""``--check`` runs the query on the columns as they came, whatever they and the id are called."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import segmentry
from postgres_server import Server
from segmentry.exports.checking import Checked, check_sql
from segmentry.exports.scoring_sql import scoring_sql
from segmentry.model import SegmentModel

pytestmark = pytest.mark.slow

ROWS = 400
HERE = ["duckdb", "sqlite"]
WISHES = {"features": ["spend", "visits"], "categorical": ["town", "active"]}
ALL_ALIKE = f"Checked on {ROWS} customers: every one has the segment"


def customers(id_column: str = "customer_id") -> pd.DataFrame:
    """Two groups with gaps: a spend, visits, a town, a flag, a price."""
    rng = np.random.RandomState(5)
    group = rng.randint(0, 2, ROWS)
    table = pd.DataFrame({
        id_column: [f"C{i}" for i in range(ROWS)],
        "spend": np.round(np.exp(rng.normal(3 + group, 0.5)), 4),
        "visits": rng.poisson(3 + 9 * group).astype(float),
        "town": np.array(["Wien", "Graz", "Ulm"])[rng.randint(0, 3, ROWS)].astype(object),
        "active": rng.rand(ROWS) < 0.3 + 0.4 * group,
        "price": np.round(rng.gamma(2, 50 * (1 + group)), 2),
    })  # fmt: skip
    table.loc[::17, "visits"] = np.nan
    table.loc[::13, "town"] = None
    return table


@pytest.fixture(scope="module")
def model() -> SegmentModel:
    """A model of them."""
    with segmentry.segment(customers(), id="customer_id", k=3, **WISHES) as result:
        return result.model


@pytest.fixture
def make_model(tmp_path):
    """A saved model of a source."""

    def make(source, **wishes) -> str:
        with segmentry.segment(source, id="customer_id", k=3, **(WISHES | wishes)) as result:
            result.save(tmp_path / "m.json")
        return "m.json"

    return make


def assert_checked(command, dialect: str, model: str, source: object, *words: object) -> str:
    table = words if "--table" in words else ("--table", "t")
    done = command("export", model, "--dialect", dialect, *table, "--check", source, "--flags",
                   "-o", "s.sql", "--force")  # fmt: skip
    assert (done.code, done.stdout) == (0, ""), done.stderr
    assert ALL_ALIKE in done.stderr
    return done.stderr


@pytest.mark.parametrize("dialect", HERE)
def test_a_csv_file_is_checked_as_the_texts_that_it_holds(dialect, make_model, command, tmp_path):
    table = customers()
    table["visits"] = table["visits"].astype(object)
    table.loc[1::40, "visits"] = "n.k."
    table.to_csv(tmp_path / "c.csv", index=False)
    assert_checked(command, dialect, make_model(tmp_path / "c.csv", missing="fill"), "c.csv")


@pytest.mark.parametrize("dialect", HERE)
def test_a_parquet_file_is_checked_in_the_types_that_it_has(dialect, make_model, command, tmp_path):
    table = pa.Table.from_pandas(customers(), preserve_index=False)
    price = table["price"].cast(pa.decimal128(12, 2), safe=False)
    table = table.set_column(5, "price", price).set_column(
        3, "town", table["town"].dictionary_encode()
    )
    parquet.write_table(table, tmp_path / "c.parquet")
    model = make_model(tmp_path / "c.parquet", features=["spend", "visits", "price"])
    assert_checked(command, dialect, model, "c.parquet")


@pytest.mark.parametrize("dialect", HERE)
def test_numbers_in_another_notation_are_checked_as_numbers_and_that_is_said(
    dialect, make_model, command, tmp_path
):
    table = customers()
    table["spend"] = [f"€ {own:,.2f}" for own in 1000 * table["spend"]]
    table.to_csv(tmp_path / "c.csv", index=False)
    told = assert_checked(command, dialect, make_model(tmp_path / "c.csv"), "c.csv")
    assert "spend is not written as plain numbers: load them as numbers" in told


@pytest.mark.parametrize("dialect", [*HERE, "postgres"])
def test_an_id_called_like_an_answer_is_no_difference(dialect, model, request):
    for name in ("segment", "DISTANCE", "Segment_Name", "outlier"):
        table = pa.Table.from_pandas(customers(name), preserve_index=False)
        source, place = table, "t"
        if dialect == "postgres":
            server = request.getfixturevalue("postgres")
            source, place = server.url(), server.load("like_ours", table)
        own = dataclasses.replace(model, id_column=name)
        found = check_sql(own, dialect, source, flags=True, table=place)
        assert found == Checked(ROWS, 0)
        assert f'AS "{name} (data)"' in scoring_sql(own, dialect, table=place, flags=True)


_TYPES = """
DROP TABLE IF EXISTS crm.of_types CASCADE;
DROP TYPE IF EXISTS crm.town CASCADE;
CREATE TYPE crm.town AS ENUM ('Ulm', 'Graz', 'Wien');
CREATE TABLE crm.of_types AS SELECT customer_id, spend::text AS spend, visits::numeric AS visits,
town::crm.town AS town, active, price::numeric::money AS price FROM crm.of_doubles;
ALTER TABLE crm.of_types OWNER TO owner;
UPDATE crm.of_types SET spend = 'n.k.' WHERE customer_id LIKE '%57'
"""


def of_types(postgres: Server) -> str:
    """A table with an enum, a boolean, money, a numeric, and texts of which most are numbers."""
    postgres.load("of_doubles", pa.Table.from_pandas(customers(), preserve_index=False))
    postgres.execute(_TYPES)
    postgres.execute("GRANT SELECT ON crm.of_types TO reader, writer")
    return "crm.of_types"


def test_a_table_is_checked_that_the_model_was_made_from_in_postgres(postgres, command):
    name = of_types(postgres)
    done = command("run", postgres.url(), "--table", name, "--id", "customer_id", "--k", 3,
                   "--features", "visits,price,spend", "--categorical", "town,active",
                   "--missing", "fill", "-o", "out")  # fmt: skip
    assert done.code == 0, done.stderr
    for own in (name, "CRM.Of_Types", 'crm."of_types"'):
        told = assert_checked(command, "postgres", "out/model.json", postgres.url(), "--table", own)
        assert "segment" in told


def test_a_name_in_quotes_stays_as_it_is_in_postgres(postgres, model):
    postgres.load("Big; Customers", pa.Table.from_pandas(customers(), preserve_index=False))
    place = 'CRM."Big; Customers"'
    found = check_sql(model, "postgres", postgres.url(), table=place)
    assert found == Checked(ROWS, 0)
    assert f"FROM {place}" in scoring_sql(model, "postgres", table=place)
