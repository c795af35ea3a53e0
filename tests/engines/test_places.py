"""Where customers are in a database, as the caller says it."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from segmentry.engines.places import Part, Place, hidden, parse_query, parse_table, redacted
from segmentry.engines.registry import engine_of
from segmentry.errors import InputError

QUOTED = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


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


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=4))
def test_a_password_is_shown_nowhere_however_it_is_written(secret):
    secret = f"pw{secret}"
    for own in (quote(secret, safe=""), quote(secret), secret):
        urls = [f"postgresql://ann:{own}@db/crm"]
        if own == quote(secret, safe=""):
            urls.append(f"postgresql://db/crm?password={own}&a=b")
        for url in urls:
            assert own not in redacted(url)
            assert secret not in redacted(url)
            assert secret not in hidden(f"FATAL: {secret} or {own} failed", url)
            assert own not in hidden(f"FATAL: {secret} or {own} failed", url)


def test_a_url_without_a_password_is_shown_as_it_is():
    for url in ("postgresql://ann@db.example:6543/crm", "postgresql://db/crm", "postgresql:///crm"):
        assert redacted(url) == url


def test_a_url_is_known_by_its_scheme_alone():
    for url in ("postgresql://h/d", "postgres://h/d", "PostgreSQL://h/d"):
        kind = engine_of(url)
        assert kind is not None
        assert kind.name == "postgres"
    for other in ("postgresql.csv", "data/postgres", "mysql://h/d", "https://h/x.csv", 7, None):
        assert engine_of(other) is None


@pytest.mark.parametrize("seconds", [0, -1, True, "60"])
def test_a_timeout_is_a_number_of_seconds(seconds):
    with pytest.raises(InputError, match="seconds"):
        Place(table="a", timeout=seconds)
