"""The report as PDF: its text is there, its pages are whole, and nothing is fetched for it."""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pypdf import PdfReader

import segmentry
from commands import assert_two_lines
from runs import HOSTILE_COLUMNS, HOSTILE_LEVELS
from segmentry.exports.pdf import write_pdf
from segmentry.textual import visible

pytestmark = pytest.mark.slow


def text_of(path: Path) -> str:
    """All text, with breaks as single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def packed(text: str) -> str:
    return "".join(text.split())


def test_python_and_the_command_line_write_the_same_report(mall, mall_run, tmp_path, command):
    assert command("export", mall_run, "--to", "pdf", "-o", "a.pdf").code == 0
    told = text_of(tmp_path / "a.pdf")
    summary = json.loads((mall_run / "summary.json").read_text(encoding="utf-8"))
    assert "5 segments in Mall_Customers.csv" in told
    assert packed(summary["verdict"]) in packed(told)
    for own in summary["segments"]:
        assert own["name"] in told
        assert packed(own["description"]) in packed(told)
        assert all(packed(text) in packed(told) for text in own["actions"].values())
    for own in summary["evidence"]:
        assert f"{own['inertia']:,.0f}" in told
    with segmentry.segment(mall) as result:
        result.to_pdf(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == told
    write_pdf((mall_run / "report.html").read_text(encoding="utf-8"), tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == (tmp_path / "a.pdf").read_bytes()


def test_pages_are_a4_numbered_tagged_and_hold_all_text(mall_run, tmp_path):
    report = (mall_run / "report.html").read_text(encoding="utf-8")
    write_pdf(report, tmp_path / "a.pdf")
    pages = PdfReader(tmp_path / "a.pdf").pages
    assert 5 <= len(pages) <= 9
    cards = [page.extract_text().count("Customer experience:") for page in pages]
    assert sorted(cards[:2]) == [2, 3], "the five cards fill two pages"
    # pypdf cannot say where the texts within a figure are.
    write_pdf(re.sub(r"(?s)<figure.*?</figure>", "", report), tmp_path / "texts.pdf")
    reader = PdfReader(tmp_path / "texts.pdf")
    assert len(reader.pages) > 2
    assert reader.metadata is not None
    assert reader.metadata.title == "Customer segments: Mall_Customers.csv"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    for number, page in enumerate(reader.pages, 1):
        width, height = (float(own) for own in page.mediabox[2:])
        assert (round(width), round(height)) == (595, 842)
        places: list[tuple[float, float]] = []

        def note(text, matrix, place, *_, places=places):
            if text.strip():
                a, b, c, d, e, f = matrix
                x, y = place[4:]
                places.append((a * x + c * y + e, b * x + d * y + f))

        told = page.extract_text(visitor_text=note)
        assert f"{number} / {len(reader.pages)}" in told
        outside = [own for own in places if not (30 <= own[0] <= width - 30 and own[1] >= 15)]
        assert (number, outside) == (number, [])
        assert max(y for _, y in places) <= height - 30


def test_hostile_names_are_text(hostile_run, tmp_path):
    write_pdf((hostile_run / "report.html").read_text(encoding="utf-8"), tmp_path / "a.pdf")
    told = packed(text_of(tmp_path / "a.pdf"))
    for text in (*HOSTILE_COLUMNS, *HOSTILE_LEVELS):
        assert packed(visible(text)) in told
    raw = (tmp_path / "a.pdf").read_bytes()
    for word in (b"/JavaScript", b"/OpenAction", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert word not in raw


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as own:
        thread = threading.Thread(target=own.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{own.server_address[1]}", asked
        own.shutdown()
        thread.join()


def test_nothing_is_fetched_for_a_pdf(server, tmp_path):
    url, asked = server
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'the secret' }", encoding="utf-8")
    picture = (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        f"<image href='{url}/svg' width='9' height='9'/></svg>"
    )
    write_pdf(
        f"""<html><head><base href="{url}/"><link rel="stylesheet" href="style">
        <link rel="stylesheet" href="{secret.as_uri()}"><link rel="attachment" href="attached">
        <style>@import "{url}/import"; @font-face {{ font-family: x; src: url({url}/font) }}
        body {{ font-family: x; background: url({url}/background) }}</style></head>
        <body><img src="{url}/image"><img src="{secret.as_uri()}"><img src="{picture}">
        <object data="{url}/object"></object><embed src="{url}/embed">Here</body></html>""",
        tmp_path / "a.pdf",
    )
    assert asked == []
    assert text_of(tmp_path / "a.pdf") == "Here"
    assert not PdfReader(tmp_path / "a.pdf").attachments


def test_without_the_library_two_lines_say_what_to_install(
    mall_run, command, monkeypatch, tmp_path_factory
):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    ended = command("export", mall_run, "--to", "pdf", "-o", "a.pdf")
    assert_two_lines(ended, "R106", "weasyprint", "pip install 'segmentry[pdf]'")
    monkeypatch.delitem(sys.modules, "weasyprint")
    folder = tmp_path_factory.mktemp("library")
    text = "print('-----')\nraise OSError(\"cannot load library 'libpango-1.0-0'\")\n"
    (folder / "weasyprint.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    ended = command("export", mall_run, "--to", "pdf", "-o", "a.pdf")
    assert_two_lines(ended, "R106", "libpango", "apt-get install libpango-1.0-0")


def test_a_run_without_a_sound_report_is_refused(mall_run, tmp_path, command):
    run = Path(shutil.copytree(mall_run, tmp_path / "run"))
    (run / "report.html").write_bytes(b"\xff\xfe\xff")
    assert_two_lines(command("export", "run", "--to", "pdf"), "M53", "report.html", "not UTF-8")
    (run / "report.html").unlink()
    assert_two_lines(command("export", "run", "--to", "pdf"), "M53", "report.html", "not readable")
