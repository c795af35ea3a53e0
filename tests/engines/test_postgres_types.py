"""PostgreSQL: what each of its types becomes, on a real server."""

from __future__ import annotations

import pytest

import segmentry
from segmentry.errors import ColumnError, SegmentryError

pytestmark = pytest.mark.slow

TYPES = """
DROP TABLE IF EXISTS crm.types;
DROP TYPE IF EXISTS crm.mood;
DROP DOMAIN IF EXISTS crm.score;
CREATE TYPE crm.mood AS ENUM ('calm', 'cross');
CREATE DOMAIN crm.score AS numeric(6, 2) CHECK (VALUE >= 0);
CREATE TABLE crm.types AS SELECT
  i AS id, (i::numeric / 4)::numeric(20, 3) AS exact, (i / 2.0)::crm.score AS scored,
  (i * 1.5)::numeric::money AS paid, i::real / 8 AS single, i::smallint AS little,
  ARRAY[i, 2] AS list, jsonb_build_object('i', i) AS record, '(1,2)'::point AS place,
  ('2024-02-29 23:30:00+02'::timestamptz + i * interval '1 day') AS seen,
  '1999-01-01'::date AS born,
  (CASE WHEN i % 2 = 0 THEN 'calm' ELSE 'cross' END)::crm.mood AS "Mood", i % 3 = 0 AS yes,
  gen_random_uuid() AS token, '\\xdead'::bytea AS bytes, ('t' || i % 4)::char(6) AS padded,
  (CASE i WHEN 1 THEN 'NaN'::numeric WHEN 2 THEN 'Infinity'::numeric
     WHEN 3 THEN '-Infinity'::numeric WHEN 4 THEN 1e-400::numeric ELSE i END) AS odd,
  (CASE i WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '1e-320' ELSE i::text END)::float8
     AS "odd Double", lpad(i::text, 3, '0') AS digits, ('v' || i % 2) AS "selecT"
FROM generate_series(1, 40) AS i;
GRANT SELECT ON crm.types TO reader
"""


def test_every_type_becomes_a_number_a_text_or_a_date_or_is_left_out_by_name(postgres):
    postgres.execute(TYPES)
    found = segmentry.explore(postgres.url(), table="crm.types")
    kinds = {own.name: own.type for own in found.overview.columns}
    assert kinds == {
        "id": "number", "exact": "number", "scored": "number", "paid": "number",
        "single": "number", "little": "number", "seen": "date", "born": "date", "Mood": "text",
        "yes": "text", "token": "text", "padded": "text", "odd": "number",
        "odd Double": "number", "digits": "number", "selecT": "text",
    }  # fmt: skip
    assert found.source.left_out == {
        "list": "int4[]", "record": "jsonb", "place": "point", "bytes": "bytea"
    }  # fmt: skip
    assert all(
        any(note.startswith(own) for note in found.warnings) for own in found.source.left_out
    )
    stats = {own.name: (own.minimum, own.maximum, own.missing, own.distinct)
             for own in found.overview.columns if own.type == "number"}  # fmt: skip
    assert stats["exact"] == (0.25, 10.0, 0, 40)
    assert stats["scored"] == (0.5, 20.0, 0, 40)
    assert stats["paid"] == (1.5, 60.0, 0, 40)
    assert stats["single"] == (0.125, 5.0, 0, 40)
    assert stats["odd"] == (0.0, 40.0, 3, 37)
    assert stats["odd Double"] == (0.0, 40.0, 2, 38)
    assert stats["digits"] == (1.0, 40.0, 0, 40)
    levels = {own.name: own.distinct for own in found.overview.columns if own.type == "text"}
    assert levels == {"Mood": 2, "yes": 2, "token": 40, "padded": 4, "selecT": 2}


def test_a_column_that_was_left_out_cannot_be_named(postgres):
    postgres.execute(TYPES)
    with pytest.raises(ColumnError, match="'list' is of type int4") as caught:
        segmentry.segment(postgres.url(), table="crm.types", features=["exact", "list"])
    assert caught.value.code == "R108"


def test_a_number_beyond_what_can_be_computed_with_is_refused_by_its_column(postgres):
    big = "SELECT i AS id, i % 5 AS a, CASE i WHEN 9 THEN 1e400 ELSE i END AS b " \
          "FROM generate_series(1, 50) AS i"  # fmt: skip
    with pytest.raises(
        SegmentryError, match="'b' holds a number beyond 1e100 in 1 row\\."
    ) as caught:
        segmentry.segment(postgres.url(), query=big, features=["a", "b"])
    assert caught.value.code == "R35"


def test_a_table_may_have_as_many_columns_as_postgres_allows(postgres):
    columns = ", ".join(f"(i * {c} % 7)::smallint AS c{c}" for c in range(1_600))
    postgres.execute(
        f"DROP TABLE IF EXISTS crm.wide;\nCREATE TABLE crm.wide AS SELECT {columns} "
        "FROM generate_series(1, 100) AS i;\nGRANT SELECT ON crm.wide TO reader"
    )
    wanted = {"features": ["c1", "c2"], "profile": [], "k": 3}
    with segmentry.segment(postgres.url(), table="crm.wide", **wanted) as result:
        assert len(result.found.overview.columns) == 1_600
        assert result.found.overview.column("c1599").maximum == 6
        assert sum(result.segments["customers"]) == 100


def test_text_that_holds_numbers_is_read_where_they_are_plain_and_told_where_not(postgres):
    text = "SELECT i AS id, i % 5 AS a, i::text || '.50' AS plain, " \
           "CASE WHEN i % 3 = 0 THEN i || ' EUR' ELSE i::text END AS mixed, " \
           "CASE WHEN i < 4 THEN 'n/a' ELSE (i % 6)::text END AS gaps, " \
           "CASE WHEN i % 4 = 0 THEN '' ELSE 'word' || i % 2 END AS words " \
           "FROM generate_series(1, 90) AS i"  # fmt: skip
    found = segmentry.explore(postgres.url(), query=text)
    own = {column.name: column for column in found.overview.columns}
    assert (own["plain"].type, own["plain"].minimum, own["plain"].maximum) == ("number", 1.5, 90.5)
    assert (own["gaps"].type, own["gaps"].missing) == ("number", 3)
    assert own["mixed"].type == "text"
    assert any(note.startswith("mixed was taken for text: 60 of its 90") for note in found.warnings)
    assert (own["words"].missing, own["words"].distinct) == (22, 2)
