"""A password comes out nowhere, not even in pieces, wherever it is written."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import segmentry
from commands import assert_two_lines
from postgres_server import PASSWORD, Server
from segmentry.engines.addresses import postgres_address, spark_address
from segmentry.engines.places import Place
from segmentry.engines.postgres import PostgresEngine
from segmentry.errors import InputError, SegmentryError
from segmentry.redaction import masked, redacted

PIECE = "S3cretX"
MARKS = "/?#@:%&=;,[]+'\"\\ \t\n\x00é\ud800%2f%zz%00"
SEPARATORS = st.text(st.sampled_from(MARKS) | st.characters(), max_size=3)
SECRETS = st.lists(SEPARATORS, min_size=2, max_size=4).map(PIECE.join)
"""Anything, of which each part would be known."""
WRITINGS = (
    "{scheme}://reader:{secret}@127.0.0.1:{port}/shop",
    "{scheme}://reader:{secret}@127.0.0.1:{port}/shop?sslmode=disable",
    "{scheme}://127.0.0.1:{port}/shop?user=reader&password={secret}",
    "{scheme}://reader:x@127.0.0.1:{port}/shop?password={secret}&sslmode=disable",
    "{scheme}://reader:x@127.0.0.1:{port}/shop?sslpassword={secret}",
    "{scheme}://reader@127.0.0.1:{port}/shop?sslpassword=y&password={secret}",
    "{scheme}://reader:{secret}@127.0.0.1/shop?port={port}",
    "{scheme}://reader:{secret}@[::1/shop",
)


def told(url: str) -> str:
    """All that is said of a URL that does not lead into a database."""
    with pytest.raises(SegmentryError) as caught:
        segmentry.explore(url, table="crm.nothing")
    error = caught.value
    assert error.exit_code in (2, 4)
    return f"{error} {error!r} {error.args} {redacted(url)}"


@pytest.mark.slow
@given(secret=SECRETS, writing=st.sampled_from(WRITINGS), encoded=st.booleans())
@example(secret=f"{PIECE}/y", writing=WRITINGS[0], encoded=False)
@example(secret=f"x/{PIECE}?z", writing=WRITINGS[0], encoded=False)
@example(secret=f"a&{PIECE}", writing=WRITINGS[2], encoded=False)
@example(secret=f"12/y@{PIECE}", writing=WRITINGS[2], encoded=False)
@example(secret=f"{PIECE}%zz", writing=WRITINGS[4], encoded=False)
def test_no_piece_of_a_password_is_told(postgres, secret, writing, encoded):
    written = quote(secret, safe="", errors="surrogatepass") if encoded else secret
    url = writing.format(scheme="postgresql", secret=written, port=postgres.port)
    assert PIECE not in told(url)


@given(secret=SECRETS.filter(lambda own: own.strip() == own))
def test_no_piece_of_a_token_of_spark_connect_is_told(secret):
    url = f"sc://ann@db.example:443/;use_ssl=true;token={secret}"
    assert redacted(url) == redacted(spark_address(url)) == "sc://ann@db.example:443/"


@pytest.mark.parametrize("mark", ["/", "?", "#", "@", "%", " ", "a/b?c"])
def test_a_password_with_marks_is_refused_naming_how_to_write_them(command, postgres, mark):
    url = with_password(postgres, f"{PIECE}{mark}{PIECE}")
    ended = command("run", url, "--table", "crm.visits")
    assert_two_lines(ended, "R103", "postgresql://***", "%2F %3F %23 %40 %25 %20", "PGPASSWORD")
    assert PIECE not in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("mark", [":", "&", "=", ";", ",", "+", "'", '"', "\\", "é", "[", "]"])
def test_marks_that_mean_nothing_in_a_password_belong_to_it(postgres, mark):
    own = f"{mark}pw{mark}"
    literal = own.replace("'", "''")
    postgres.execute(f"ALTER ROLE writer PASSWORD '{literal}'")
    try:
        assert_opens(with_password(postgres, own, role="writer"))
    finally:
        postgres.execute(f"ALTER ROLE writer PASSWORD '{PASSWORD}'")


@pytest.mark.parametrize(
    "url",
    ["postgresql://reader:{}@[::1/shop", "postgresql://reader:{}@::1/shop", "postgresql://h:{}/d",
     "postgresql://reader:{}@h:port/shop", "POSTGRES://reader:{}@h:12x/shop"],
)  # fmt: skip
def test_a_url_without_a_host_and_port_that_can_be_is_refused(command, url):
    ended = command("explore", url.format(PIECE), "--table", "a")
    assert_two_lines(ended, "R103", "postgresql://***", "host and port")
    assert PIECE not in ended.stderr


@pytest.mark.parametrize("scheme", ["POSTGRESQL", "Postgres", "postgres"])
def test_a_scheme_may_be_written_in_any_case(postgres, scheme):
    assert_opens(postgres.url().replace("postgresql", scheme, 1))


# ---------------------------------------------------------------- put where it does not belong

URL = f"postgresql://ann:{PIECE}/y@db.example/shop"
TYPED = [
    [URL],
    ["explore", "customers.csv", URL],
    ["explore", URL.replace("//", "/")],
    ["explore", URL.replace("://", ":")],
    ["explore", f" {URL}"],
    ["explore", f"host=db.example password={PIECE} dbname=shop"],
    ["explore", "customers.csv", "--query", URL],
    ["run", "postgresql://db.example/shop", "--table", URL],
    ["run", "customers.csv", "--table", URL],
    ["run", "customers.csv", "--id", URL],
    ["run", "customers.csv", "--k", URL],
    ["run", "customers.csv", "--playbook", URL],
    ["run", "customers.csv", "--k", "3", "--write-to", URL],
    ["assign", URL, "customers.csv"],
    ["explore", URL.replace("postgresql", "mysql")],
    ["explore", URL.replace("postgresql", "spark"), "--table", "a"],
    ["explore", f"https://{PIECE}@db.example/x.csv?signature={PIECE}"],
]


@pytest.mark.slow
@pytest.mark.parametrize("words", TYPED, ids=[str(own) for own in range(len(TYPED))])
def test_a_password_that_is_typed_in_the_wrong_place_is_masked(command, customers_csv, words):
    ended = command(*words)
    assert ended.code == 2, ended
    assert PIECE not in ended.stdout + ended.stderr


def test_a_url_without_a_password_is_shown_as_it_is():
    for url in ("postgresql://ann@db.example:6543/crm", "postgresql://db/crm", "postgresql:///crm",
                "postgresql://a:1,[::1]:2/crm", "spark://local[2,3]", "spark://h1:7077,h2:7077",
                "spark://", "sc://h:15002"):  # fmt: skip
        assert redacted(url) == masked(url) == url
    assert redacted("postgresql://ann:x@db/crm?password=x") == "postgresql://ann:***@db/crm"
    for url in ("postgresql://ann@db:1/crm?sslmode=require", "postgresql://[::1]:5432/a%20b",
                "postgresql://%2Frun%2Fpostgresql/crm", "postgresql:///crm?host=/run"):  # fmt: skip
        assert postgres_address(url) == url


def test_a_master_of_spark_has_no_password():
    with pytest.raises(InputError, match=r"spark://\*\*\*") as caught:
        spark_address(f"Spark://ann:{PIECE}@h:7077")
    assert PIECE not in str(caught.value)


@pytest.mark.parametrize(
    "rest", ["nonsense", "h:", "h:7077/x", "h:70 77", "h1:7077,h2", "local[2]x"]
)
def test_what_is_no_master_of_spark_is_refused_before_java_starts(rest):
    with pytest.raises(InputError, match="no master of a cluster") as caught:
        spark_address(f"spark://{rest}")
    assert caught.value.exit_code == 2


def test_masters_of_spark_are_left_as_they_are():
    for url in ("spark://", "spark://local", "spark://local[*]", "spark://local[2,3]/",
                "spark://yarn", "spark://h1:7077,h2:7077", "spark://10.0.0.7:7077",
                "spark://[::1]:7077"):  # fmt: skip
        assert spark_address(url) == url


def assert_opens(url: str) -> None:
    engine = PostgresEngine(url, Place(query="SELECT 1 AS a"))
    try:
        assert "postgresql://" in engine.open_table("raw").detail
    finally:
        engine.close()


def with_password(server: Server, secret: str, *, role: str = "reader") -> str:
    return server.url(role).replace(PASSWORD, secret)
