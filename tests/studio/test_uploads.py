"""A file comes in under a name that says nothing, and is shown under one that harms nobody."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmentry.studio.uploads import UploadFault, present, receive, safe_name


class Sent:
    """A file of a form that comes in pieces, and may break off."""

    def __init__(self, name: str | None, content: bytes, *, breaks: bool = False) -> None:
        self.filename, self._content, self._breaks = name, io.BytesIO(content), breaks

    async def read(self, size: int) -> bytes:
        piece = self._content.read(min(size, 1000))
        if not piece and self._breaks:
            raise ConnectionResetError
        return piece


# ---------------------------------------------------------------- names


@given(st.text(alphabet=st.characters(), max_size=300))
@example("../../etc/passwd")
@example("C:\\Users\\x.csv")
@example("\x00.csv")
@example("a" * 4000 + ".csv")
@example("\U0001f600" * 200 + ".parquet")
@example("\u202e\u2066vsc.exe")
@example("." * 300)
@example("con\n\r\t\x7f\x85\u2028.csv")
@example("\udcff.csv")
def test_a_name_is_short_visible_and_no_path_on_any_system(raw):
    name = safe_name(raw)
    assert 1 <= len(name) <= 120
    assert len(name.encode()) <= 255
    assert name.strip(" .") == name
    assert not set(name) & set('/\\<>:"|?*[]`$')
    assert all(own == " " or unicodedata.category(own)[0] not in "CZ" for own in name)
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("../../x", "x"),
        ("C:\\x", "x"),
        ("/etc/passwd", "passwd"),
        ("customers\x00.csv.exe", "customers.csv.exe"),
        ("Kunden Größe März.csv", "Kunden Größe März.csv"),
        ("客户 2024.xlsx", "客户 2024.xlsx"),
        ("<img src=x onerror=alert(1)>.csv", "_img src=x onerror=alert(1)_.csv"),
        ("*.csv", "_.csv"),
        ("..", "upload"),
        ("", "upload"),
        ("dir/", "dir"),
        ("gnp.\u202excod", "gnp.xcod"),
        ("a" * 4000 + ".csv", "a" * 116 + ".csv"),
    ],
)
def test_names_that_mislead_lose_what_does(raw, shown):
    assert safe_name(raw) == shown


# ---------------------------------------------------------------- what comes in


def test_an_upload_is_stored_for_its_owner_alone_under_a_name_nobody_can_guess(tmp_path):
    content = os.urandom(12_345)
    first, second = (asyncio.run(receive(Sent("a/b c.csv", content), tmp_path, 20_000))
                     for _ in range(2))  # fmt: skip
    assert (first.name, first.size, first.path.read_bytes()) == ("b c.csv", 12_345, content)
    assert first.path.parent == tmp_path
    assert len(first.path.name) == 32
    assert first.path.name != second.path.name
    if sys.platform != "win32":
        assert first.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", [20_000, 20_001])
def test_an_upload_is_taken_up_to_the_limit_and_nothing_is_left_of_a_larger_one(size, tmp_path):
    sent = Sent("big.csv", b"x" * size)
    if size <= 20_000:
        assert asyncio.run(receive(sent, tmp_path, 20_000)).size == size
        return
    with pytest.raises(UploadFault, match=r"^big\.csv is larger than the 0\.02 MB") as caught:
        asyncio.run(receive(sent, tmp_path, 20_000))
    assert (caught.value.status, caught.value.code, caught.value.exit_code) == (413, "S97", 3)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_an_upload_that_breaks_off(tmp_path):
    with pytest.raises(ConnectionResetError):
        asyncio.run(receive(Sent("a.csv", b"x" * 5_000, breaks=True), tmp_path, 20_000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_where_there_is_no_room_nothing_is_left_and_the_answer_says_so(tmp_path):
    import resource

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, usual[1]))
    try:
        with pytest.raises(UploadFault, match=r"no room left .* a.csv") as caught:
            asyncio.run(receive(Sent("a.csv", b"x" * 100_000), tmp_path, 200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (caught.value.status, caught.value.code) == (507, "S102")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- what a worker sees


def test_a_worker_sees_an_upload_under_its_name_and_apart_from_what_it_writes(tmp_path):
    stored = asyncio.run(receive(Sent("model.json", b"id\n1\n"), tmp_path, 100))
    folder = tmp_path / "worker"
    folder.mkdir()
    seen = present(stored.path, stored.name, folder)
    assert (seen.name, seen.read_bytes()) == ("model.json", b"id\n1\n")
    assert seen.parent.parent == folder
    assert not seen.is_symlink()
    assert present(stored.path, stored.name, folder) == seen
    other = asyncio.run(receive(Sent("model.json", b"id\n2\n"), tmp_path, 100))
    assert present(other.path, other.name, folder).read_bytes() == b"id\n2\n"


def test_of_a_file_that_is_no_upload_a_worker_gets_a_copy_that_it_may_spoil(mall, tmp_path):
    before = mall.read_bytes()
    seen = present(mall, "Mall_Customers.csv", tmp_path)
    assert seen.read_bytes() == before
    seen.write_bytes(b"spoilt")
    assert mall.read_bytes() == before
