"""Bodies, forms, paths and numbers that no browser would send are refused in two lines."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable

import pytest
from routes_here import filled, routes
from studio_here import PATIENCE, begin, bring

pytestmark = pytest.mark.slow


def answer_to(studio, header: str) -> int:
    """The status that a POST gets for a header that no well-behaved client would send."""
    host, port = studio.origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as own:
        said = f"POST /files HTTP/1.1\r\nHost: {host}:{port}\r\n{header}\r\n\r\n"
        own.sendall(said.encode("latin-1"))
        return int(own.recv(100).split()[1])


def test_more_than_the_limit_is_refused_before_it_is_read(own_studio):
    studio = own_studio("--most-mb", "1")
    with studio.visitor() as client:
        assert answer_to(studio, "Content-Length: 99999999") == 413
        form = {"content-type": "multipart/form-data; boundary=x"}

        def endless():
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            for _ in range(20):
                yield b"1,2\n" * 50_000

        answer = client.post("/files", headers=form, content=endless())
        assert answer.status_code == 413
        answer = client.post("/files", files={"file": ("a.csv", b"1,2\n" * 260_000)})
        assert answer.status_code == 413
        assert "a.csv is larger" in answer.text
        assert studio.uploads == []
        assert bring(client, "spend,visits\n1,2\n")


def test_compressed_bodies_are_refused(ada):
    body = gzip.compress(b"column=a")
    answer = ada.post("/demo", content=body, headers={"content-encoding": "gzip"})
    assert answer.status_code == 415


@pytest.mark.parametrize("length", ["-1", "1e3", "\xb2", "9" * 5_000, "0x1", ""])
def test_a_length_that_is_none_is_refused(studio, length):
    assert answer_to(studio, f"Content-Length: {length}") in (400, 413)


FORMS: dict[str, Callable[[], dict]] = {
    "4,000 fields": lambda: {"data": {f"weight:{i}": "1" for i in range(4_000)}},
    "100,000 fields": lambda: {"data": {f"weight:{i}": "1" for i in range(100_000)}},
    "10,000 parts": lambda: {"files": [(f"a{i}", (None, b"1")) for i in range(10_000)]},
    "a field of 5 MB": lambda: {"data": {"k": "1" * 5_000_000}},
    "a part of 5 MB": lambda: {"files": {"k": (None, b"1" * 5_000_000)}},
    "lone surrogates": lambda: form(b"column=%ED%A0%80&role=%ED%B0%80&name=%ED%A0%80&k=%ED%A0%80"),
    "NULs": lambda: form(b"column=%00&role=%00&name=%00&k=%00&value:%00=%00"),
    "no UTF-8": lambda: form(b"column=%ff%fe&role=\xff&name=%c3%28&k=\xed\xa0\x80"),
    "deep brackets": lambda: form(b"column" + b"[a]" * 30_000 + b"=1"),
    "no multipart": lambda: form(b"--y\r\n\r\n", "multipart/form-data; boundary=x"),
    "no boundary": lambda: form(b"--x\r\n\r\n", "multipart/form-data"),
    "a part without an end": lambda: form(
        b'--x\r\nContent-Disposition: form-data; name="k"\r\n\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a file where none is": lambda: {"files": {"column": ("a.csv", b"1")}},
    "JSON": lambda: form(b"[" * 100_000, "application/json"),
    "an unknown kind": lambda: form(b"\x00\x01", "application/x-python"),
}


def form(body: bytes, kind: str = "application/x-www-form-urlencoded") -> dict:
    return {"content": body, "headers": {"content-type": kind}}


@pytest.mark.parametrize("body", FORMS)
def test_no_form_is_too_strange(studio, ada, adas_data, adas_run, body):
    """It is refused, or done; where a run begins, the strange part must have been left out."""
    before = studio.errors
    posts = [
        path for method, path in routes()
        if method == "POST" and "runs/{run_id}" in path and not path.endswith("/remove")
    ]  # fmt: skip
    for path in [*(filled(own, adas_data, adas_run) for own in posts), "/files",
                 f"{adas_data}/roles"]:  # fmt: skip
        answer = ada.post(path, **FORMS[body]())
        assert answer.status_code in (303, 400, 404, 413, 415, 422), (path, answer.text)
        assert ada.get(adas_run).status_code == 200
    assert studio.errors == before


def test_strange_settings_of_a_run_are_told_in_two_lines(ada, adas_data):
    for said, words in [
        ({"k": "many"}, "is not a whole number"),
        ({"k": "9" * 5_000}, "is not a whole number"),
        ({"min_share": "half"}, "is not a number"),
        ({"min_share": "nan"}, ""),
        ({"weight:Age": "1e999"}, ""),
        ({"k": "\x00"}, "is not a whole number"),
    ]:
        answer = ada.post(f"{adas_data}/runs", data=said)
        assert answer.status_code == 422, (said, answer.text[:300])
        assert 'class="fault"' in answer.text
        assert words in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/" + "a/" * 15_000, "/runs/" + "%00" * 50, "/%ff%fe", "/data/\u0130", "/runs/%2e%2e",
        "/static/..%2f..%2fapp.py",
    ],
)  # fmt: skip
def test_strange_paths_lead_nowhere(studio, ada, path):
    before = studio.errors
    assert ada.get(path).status_code in (400, 404, 414)
    assert studio.errors == before


def test_what_is_no_number_in_an_address_is_not_repeated(ada, adas_run):
    for path in ("/other?k=customer-4711", "/other", "/other?k=" + "9" * 400):
        answer = ada.get(adas_run + path)
        assert answer.status_code == 422
        assert 'class="fault"' in answer.text
        assert "4711" not in answer.text


@pytest.mark.parametrize("k", [-1, 0, 99, 10**18])
def test_a_number_of_segments_that_was_not_tried_is_refused(ada, adas_run, k):
    answer = ada.get(f"{adas_run}/other?k={k}")
    assert answer.status_code == 422
    assert str(k) in answer.text


def test_nobody_gets_in_the_way_of_others_by_what_they_do_wrong(ada, adas_data):
    assert begin(ada, adas_data, k="3")


def test_a_part_of_a_page_gets_a_note_and_no_page(ada, stranger, adas_run):
    own = {"hx-request": "true"}
    for answer in (
        ada.get(f"{adas_run}/other?k=99", headers=own),
        ada.get("/runs/none/map", headers=own),
        stranger.get(f"{adas_run}/map", headers=own),
    ):
        assert answer.status_code >= 400
        assert answer.text.startswith('<div class="fault" role="alert">')
        assert "<html" not in answer.text


def test_an_error_leads_back_to_the_page_that_it_came_from(studio, ada, stranger, adas_data):
    came_from = {"referer": f"{studio.origin}{adas_data}"}
    answer = ada.post(f"{adas_data}/runs", data={"k": "x"}, headers=came_from)
    assert answer.status_code == 422
    assert f'<a class="button" href="{adas_data}">Go back</a>' in answer.text
    foreign = {"referer": "http://evil.example/data"}
    answer = ada.post(f"{adas_data}/runs", data={"k": "x"}, headers=foreign)
    assert '<a class="button" href="/">To the start page</a>' in answer.text
    assert 'class="button"' not in stranger.get("/").text, "that would lead here again"
