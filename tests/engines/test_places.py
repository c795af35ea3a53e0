"""Where customers are in a database, as the caller says it."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from segmentry.engines.places import Part, Place, parse_query, parse_table
from segmentry.engines.registry import engine_of
from segmentry.errors import InputError

QUOTED = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.slow
@given(st.lists(QUOTED, min_size=1, max_size=3))
def test_a_quoted_name_is_read_back_as_it_was(names):
    text = ".".join('"' + name.replace('"', '""') + '"' for name in names)
    assert parse_table(text) == tuple(Part(name, True) for name in names)


def test_plain_words_may_be_mixed_with_quoted_ones():
    assert parse_table('crm."we ird"') == (Part("crm", False), Part("we ird", True))
    assert parse_table("a.b.Größe_1") == (
        Part("a", False),
        Part("b", False),
        Part("Größe_1", False),
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "a.", ".a", "a..b", "a.b.c.d", "x; DROP TABLE y", "a b", 'a"b', '"a', '"a"b',
     "a'b", "a--b", "1a", "a)", "(select 1)", "a\x00b", '""', "a,b", "a.*"],
)  # fmt: skip
def test_whatever_else_is_no_name_of_a_table(text):
    with pytest.raises(InputError) as caught:
        parse_table(text)
    assert caught.value.code == "R67"
    assert repr(text) in caught.value.what


@pytest.mark.parametrize(
    "text",
    ["SELECT 1 AS a", "select * from t where a = ';'", "(SELECT 1)", "SELECT 1;",
     "WITH x AS (SELECT 1 AS a) SELECT * FROM x", "SELECT 1 UNION ALL SELECT 2",
     "SELECT 'DELETE FROM t' AS a -- drop table t"],
)  # fmt: skip
def test_a_single_select_is_a_query(text):
    assert isinstance(parse_query(text, dialect="postgres"), exp.Query)


@pytest.mark.parametrize(
    "text",
    ["", ";", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE t", "DELETE FROM t", "DROP TABLE t",
     "UPDATE t SET a = 1", "INSERT INTO t VALUES (1)", "TRUNCATE t", "CREATE TABLE t (a int)",
     "COPY t TO PROGRAM 'id'", "COPY (SELECT 1) TO '/tmp/x'", "SELECT * INTO u FROM t",
     "SELECT * FROM t FOR UPDATE", "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
     "WITH d AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM d", "SET a = 1", "VACUUM",
     "BEGIN", "COMMIT", "DO $$ BEGIN END $$", "CALL f()", "GRANT ALL ON t TO u", "LOCK TABLE t",
     "EXPLAIN ANALYZE DELETE FROM t", "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
     "SELECT $1", "SELECT (", "not sql", "EXECUTE x", "LISTEN x", "ALTER TABLE t ADD a int"],
)  # fmt: skip
def test_whatever_else_is_no_query(text, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(InputError) as caught:
        parse_query(text, dialect="postgres")
    assert caught.value.code == "R105"
    assert not caplog.records


def test_a_url_is_known_by_its_scheme_alone():
    for url in ("postgresql://h/d", "postgres://h/d", "PostgreSQL://h/d"):
        kind = engine_of(url)
        assert kind is not None
        assert kind.name == "postgres"
    for other in ("postgresql.csv", "data/postgres", "mysql://h/d", "https://h/x.csv", 7, None):
        assert engine_of(other) is None


@pytest.mark.parametrize(
    ("dialect", "text", "what"),
    [
        ("postgres", "SELECT * FROM t TABLESAMPLE BERNOULLI (50)", "TABLESAMPLE"),
        ("postgres", "SELECT * FROM t ORDER BY random() LIMIT 900", "random()"),
        ("postgres", "SELECT * FROM t WHERE pg_catalog.Random() < 0.5", "random()"),
        ("postgres", "SELECT id, clock_timestamp() AS a FROM t", "clock_timestamp()"),
        ("postgres", "SELECT gen_random_uuid() AS id, a FROM t", "uuid"),
        ("postgres", "WITH x AS (SELECT nextval('s') AS id) SELECT * FROM x", "nextval()"),
        ("spark", "SELECT * FROM t TABLESAMPLE (5 PERCENT)", "TABLESAMPLE"),
        ("spark", "SELECT * FROM t WHERE rand() < 0.5", "random()"),
        ("spark", "SELECT uuid() AS id, a FROM t", "uuid"),
        ("spark", "SELECT monotonically_increasing_id() AS id FROM t", "increasing_id()"),
    ],
)
def test_a_query_that_gives_other_rows_each_time_is_refused(dialect, text, what):
    with pytest.raises(InputError, match="other rows each time") as caught:
        parse_query(text, dialect=dialect)
    assert caught.value.code == "R105"
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "SELECT * FROM t TABLESAMPLE BERNOULLI (50) REPEATABLE (3)"),
        ("postgres", "SELECT random, now() - seen AS a FROM t ORDER BY md5(random) LIMIT 9"),
        ("spark", "SELECT * FROM t TABLESAMPLE (5 PERCENT) REPEATABLE (3)"),
        ("spark", "SELECT * FROM t WHERE rand(3) < 0.5"),
    ],
)
def test_a_query_may_draw_with_a_seed(dialect, text):
    assert isinstance(parse_query(text, dialect=dialect), exp.Query)


@pytest.mark.parametrize("seconds", [0, -1, True, "60"])
def test_a_timeout_is_a_number_of_seconds(seconds):
    with pytest.raises(InputError, match="seconds"):
        Place(table="a", timeout=seconds)
