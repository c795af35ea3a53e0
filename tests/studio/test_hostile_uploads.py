"""Whatever is uploaded is answered, by a worker that keeps to its limits, and work goes on.

Every file is read by a real worker behind its walls. The answer is a table or an error in two
lines, never a bug; it takes at most five seconds of processor time; and the next ordinary file is
read, by the same worker or, where that has ended, by a new one.
"""

from __future__ import annotations

import asyncio
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bombs
from segmentry.studio.uploads import Stored, present, receive
from segmentry.studio.workers import READING, Worker, WorkerFault, Workers

pytestmark = pytest.mark.slow
LIMITS = replace(READING, cpu_seconds=5)
ORDINARY = b"id,visits,basket\n" + b"".join(
    f"{i},{i % 7},{3 * (i % 5)}\n".encode() for i in range(1, 41)
)


class Sent:
    """A file of a form."""

    def __init__(self, name: str, content: bytes) -> None:
        self.filename, self._content = name, content

    async def read(self, size: int) -> bytes:
        piece, self._content = self._content[:size], self._content[size:]
        return piece


class Counter:
    """Takes files in and has them read, as the studio does."""

    def __init__(self, folder: Path) -> None:
        self._uploads, places = folder / "uploads", folder / "workers"
        self._uploads.mkdir(mode=0o700)
        places.mkdir()
        self._runner = asyncio.Runner()
        self._workers = Workers(places, most=2, desk="small_desk")
        self._worker: Worker | None = None

    async def _read(self, stored: Stored) -> dict[str, Any] | WorkerFault:
        if self._worker is None or not self._worker.alive:
            self._worker = await self._workers.take()
        path = present(stored.path, stored.name, self._worker.folder)
        try:
            return await self._worker.ask("explore", {"path": str(path)}, limits=LIMITS)
        except WorkerFault as fault:
            return fault
        finally:
            if self._worker.alive:
                assert self._worker.peak_bytes < LIMITS.memory_bytes + 400 * 10**6
            stored.path.unlink()

    async def _give(self, name: str, content: bytes) -> dict[str, Any] | WorkerFault:
        return await self._read(await receive(Sent(name, content), self._uploads, 50 * 10**6))

    def give(self, name: str, content: bytes) -> dict[str, Any] | WorkerFault:
        """What comes of a file; an ordinary one is read after it."""
        answer = self._runner.run(self._give(name, content))
        if isinstance(answer, WorkerFault):
            assert answer.code != "X70", answer
            lines = str(answer).split("\n")
            assert len(lines) == 2
            assert all(0 < len(line) < 1_000 for line in lines)
        after = self._runner.run(self._give("ordinary.csv", ORDINARY))
        assert isinstance(after, dict)
        assert after["rows"] == 40
        return answer

    def close(self) -> None:
        self._runner.run(self._workers.close())
        self._runner.close()


@pytest.fixture(scope="module")
def counter(tmp_path_factory) -> Iterator[Counter]:
    """A counter that files are given to."""
    own = Counter(tmp_path_factory.mktemp("counter"))
    yield own
    own.close()


def wide_csv(columns: int = 10**6) -> bytes:
    names, cells = (",".join(map(own, range(columns))) for own in ("c{}".format, "{}".format))
    return f"{names}\n{cells}\n".encode()


def damaged_json(times: int = 10**5) -> bytes:
    return b'{"id": 1, "a": ' + b"[" * times + b"]" * times + b"}\n"


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "flat bomb": ("a.xlsx", bombs.flat_bomb, "S97"),
    "bomb that lies about its size": ("a.xlsx", bombs.lying_bomb, "S97"),
    "bomb under another name": ("a.csv", bombs.flat_bomb, "S97"),
    "overlapping parts": ("a.xlsx", bombs.overlapping_bomb, "S97"),
    "very many parts": ("a.xlsx", bombs.many_parts, "S97"),
    "cell in the last corner": ("a.xlsx", bombs.far_cells, "S97"),
    "cell beyond the last column": ("a.xlsx", lambda: bombs.far_cells("ZZZZ1"), "S97"),
    "cell beyond the last row": ("a.xlsx", lambda: bombs.far_cells("A99999999"), "S97"),
    "a long text in thousands of cells": ("a.xlsx", bombs.repeated_text, "S97"),
    "archives in an archive": ("a.zip", lambda: bombs.zipped({"a.zip": b"PK" * 9}), "R04"),
    "archive that is no workbook": ("a.xlsx", lambda: bombs.zipped({"a.zip": b"PK" * 9}), "R21"),
    "wrong checksum": ("a.xlsx", bombs.wrong_checksum, "R21"),
    "parts with a password": ("a.xlsx", bombs.encrypted_parts, "R21"),
    "half a workbook": ("a.xlsx", lambda: bombs.workbook()[:1_000], "R21"),
    "billion laughs": ("a.xlsx", bombs.laughing, "R21"),
    "text that stands in another file": ("a.xlsx", lambda: bombs.asking_for("/etc/passwd"), "R21"),
    "gzip bomb": ("a.csv.gz", bombs.gzip_bomb, "R04"),
    "footer beyond the start": ("a.parquet", lambda: bombs.parquet_with_footer_of(10**6), "R22"),
    "footer of two billion": ("a.parquet", lambda: bombs.parquet_with_footer_of(2**31), "R22"),
    "footer of nothing": ("a.parquet", lambda: bombs.parquet_with_footer_of(0), "R22"),
    "half a Parquet file": ("a.parquet", lambda: bombs.parquet()[:1_000], "R22"),
    "four letters of Parquet": ("a.parquet", lambda: b"PAR1", "R22"),
    "JSON a hundred thousand deep": ("a.jsonl", damaged_json, "R22"),
    "a line of 40 MB": ("a.csv", lambda: b"id,visits\n" + b"x" * 40_000_000 + b",1\n", "R19"),
    "a header of 40 MB": ("a.csv", lambda: b"x" * 40_000_000, "R19"),
    "a million columns": ("a.csv", wide_csv, "R19"),
    "a quote that is never closed": ("a.csv", lambda: b'id,v\n1,2\n3,"' + b"4,5\n" * 10**6, "R16"),
    "quotes only": ("a.csv", lambda: b"id,v\n" + b'"' * 1_000_001, "R16"),
    "NULs": ("a.csv", lambda: b"id,v\n" + b"1,\x002\n" * 1_000, "R07"),
    "NULs only": ("a.csv", lambda: bytes(10**6), "R07"),
    "nothing": ("a.csv", lambda: b"", "R02"),
    "a mark only": ("a.csv", lambda: b"\xef\xbb\xbf\n\n", "R02"),
    "web page": ("a.csv", lambda: b"<!DOCTYPE html><script>alert(1)</script>", "R04"),
    "picture with a script": ("a.csv", lambda: b"<svg onload='alert(1)'></svg>", "R04"),
    "PDF": ("a.csv", lambda: b"%PDF-1.7\n" + ORDINARY, "R04"),
    "program": ("a.csv", lambda: b"\x7fELF\x02\x01\x01" + bytes(9_000), "R04"),
    "pickle": ("a.csv", lambda: pickle.dumps([1, 2, 3]), "R04"),
    "PDF and workbook in one": ("a.xlsx", lambda: b"%PDF-1.7\n" + bombs.workbook(), "R04"),
    "picture and table in one": ("a.csv", lambda: b"GIF89a\n" + ORDINARY, "R04"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_in_two_lines(case, counter):
    name, content, code = REFUSED[case]
    fault = counter.give(name, content())
    assert isinstance(fault, WorkerFault)
    assert fault.code == code, fault
    assert "seconds" not in fault.what
    assert "root:" not in str(fault)


READ: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "archives deep inside a workbook": ("a.xlsx", bombs.nested_bomb, 40),
    "sheet that says it is full": (
        "a.xlsx",
        lambda: bombs.workbook(bombs.sheet_of(bombs.TABLE, dimension="A1:XFD1048576")),
        40,
    ),
    "number of 10 MB": ("a.jsonl", lambda: b'{"id": 1, "a": ' + b"9" * 10**7 + b"}\n", 1),
    "table and workbook in one": ("a.csv", lambda: ORDINARY + b"41,1,3\n", 41),
    "Parquet under another name": ("a.csv", bombs.parquet, 200),
    "20 million rows, all alike": ("a.parquet", bombs.constant_parquet, 20_000_000),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_a_strange_file_that_holds_a_table_is_read(case, counter):
    name, content, rows = READ[case]
    answer = counter.give(name, content())
    assert isinstance(answer, dict), answer
    assert answer["rows"] == rows


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_answered(seed, counter):
    noise = random.Random(seed)
    size = noise.choice([1, 10, 1_000, 10**6])
    starts = (b"", b"PK\x03\x04", b"PAR1", b"{", b"id,v\n", b"\xff\xfe")
    counter.give("a.csv", starts[seed] + noise.randbytes(size))


@pytest.mark.parametrize(
    "name",
    ["../../x.csv", "C:\\x.csv", "x\x00.csv", "a" * 4_000 + ".csv", "<img src=x>.csv", "*.csv",
     "a[1].csv", "s3://b/x.csv", "-rf", "x.csv; rm -rf ~", "$(id).csv", "%2e%2e%2f.csv", "..",
     "\u202excod.csv", "客户.csv", "'; DROP TABLE customers; --.csv", 'a"b.csv', "x?y.csv"],
)  # fmt: skip
def test_no_name_leads_anywhere(name, counter):
    answer = counter.give(name, ORDINARY)
    assert isinstance(answer, dict), answer
    assert answer["rows"] == 40


def flipped(content: bytes, flips: list[tuple[float, int]]) -> bytes:
    damaged = bytearray(content)
    for share, bit in flips:
        damaged[int(share * len(damaged))] ^= 1 << bit
    return bytes(damaged)


FLIPS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=8
)


@settings(max_examples=40)
@given(flips=FLIPS)
def test_a_workbook_with_flipped_bits_is_read_or_refused(counter, flips):
    counter.give("a.xlsx", flipped(bombs.workbook(), flips))


@settings(max_examples=40)
@given(flips=FLIPS)
def test_a_parquet_file_with_flipped_bits_is_read_or_refused(counter, flips):
    counter.give("a.parquet", flipped(bombs.parquet(), flips))
