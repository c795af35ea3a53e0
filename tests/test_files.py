"""Files and folders appear whole or not at all, and never at the cost of somebody else's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from commands import assert_two_lines, files_in
from segmentry.errors import OutputError, SourceNotFoundError
from segmentry.files import check_free, check_not_input, new_folder, whole_file, write_text


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# ---------------------------------------------------------------- one file


def test_a_file_appears_when_its_writing_is_done(tmp_path):
    with whole_file(tmp_path / "a.txt") as draft:
        draft.write_text("new")
        assert not (tmp_path / "a.txt").exists()
        assert draft.parent == tmp_path
    assert (tmp_path / "a.txt").read_text() == "new"
    assert names_in(tmp_path) == {"a.txt"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_the_old_file_stays_as_it_was_when_the_writing_fails(write, tmp_path, error):
    old = write("a.txt", "old")

    def fail() -> None:
        with whole_file(old) as draft:
            draft.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert old.read_text() == "old"
    assert names_in(tmp_path) == {"a.txt"}


def test_a_file_gets_the_rights_of_any_new_file_and_plain_line_ends(tmp_path):
    write_text(tmp_path / "a.txt", "ä\nb\n")
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode
    assert (tmp_path / "a.txt").read_bytes() == "ä\nb\n".encode()


def test_a_refusal_of_the_system_names_the_place_and_has_exit_code_4(tmp_path):
    with pytest.raises(OutputError) as caught, whole_file(tmp_path / "nowhere" / "a.txt"):
        pass
    error = caught.value
    assert isinstance(error, OSError)
    assert (error.code, error.exit_code) == ("R82", 4)
    assert error.what == f"Could not write {tmp_path / 'nowhere' / 'a.txt'}: " + (
        "No such file or directory."
    )


def test_a_full_disk_leaves_the_old_file_and_no_draft(write, tmp_path):
    old = write("a.txt", "old")
    with pytest.raises(OutputError, match="No space left"), whole_file(old):
        raise OSError(28, "No space left on device")
    assert names_in(tmp_path) == {"a.txt"}
    assert old.read_text() == "old"


def test_an_input_error_within_stays_an_input_error(tmp_path):
    with pytest.raises(SourceNotFoundError), whole_file(tmp_path / "a.txt"):
        raise SourceNotFoundError("x.csv not found.", "Look.", code="R01")


# ---------------------------------------------------------------- a folder


def test_a_folder_appears_when_all_its_files_are_written(tmp_path):
    with new_folder(tmp_path / "deep" / "out") as draft:
        (draft / "plots").mkdir()
        (draft / "plots" / "a.png").write_text("a")
        assert not (tmp_path / "deep" / "out").exists()
    assert files_in(tmp_path) == {"deep", "deep/out", "deep/out/plots", "deep/out/plots/a.png"}
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "deep" / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_that_exists_needs_force(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="exists already") as caught, new_folder(tmp_path / "out"):
        pass
    assert (caught.value.code, caught.value.exit_code) == ("R82", 2)
    assert "--force" in caught.value.fix


def test_force_replaces_files_of_the_same_name_and_keeps_the_others(tmp_path):
    out = tmp_path / "out"
    (out / "plots").mkdir(parents=True)
    for name in ("ours.txt", "mine.txt", "plots/ours.png", "plots/mine.png"):
        (out / name).write_text("old")
    with new_folder(out, force=True) as draft:
        (draft / "plots").mkdir()
        for name in ("ours.txt", "plots/ours.png"):
            (draft / name).write_text("new")
    found = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*.*")}
    assert found == {"ours.txt": "new", "mine.txt": "old", "plots/ours.png": "new",
                     "plots/mine.png": "old"}  # fmt: skip
    assert names_in(tmp_path) == {"out"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_or_changed_when_a_folders_writing_fails(tmp_path, error):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("old")

    def fail(name: str) -> None:
        with new_folder(tmp_path / name, force=True) as draft:
            (draft / "a.txt").write_text("half")
            raise error

    for name in ("out", "new"):
        with pytest.raises(error):
            fail(name)
    assert files_in(tmp_path) == {"out", "out/a.txt"}
    assert (tmp_path / "out" / "a.txt").read_text() == "old"


def test_an_earlier_run_gives_way_in_one_step(tmp_path):
    """Whoever looks at any moment sees all of the old files or all of the new ones."""
    out, seen = tmp_path / "out", set()
    out.mkdir()
    for i in range(50):
        (out / f"{i}.txt").write_text("old")
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            folder = os.open(out, os.O_RDONLY)
            files = [os.open(f"{i}.txt", os.O_RDONLY, dir_fd=folder) for i in (0, 49)]
            seen.add(frozenset(os.read(own, 9) for own in files))
            for own in (folder, *files):
                os.close(own)

    watcher = threading.Thread(target=look)
    watcher.start()
    with new_folder(out, force=True) as draft:
        for i in range(50):
            (draft / f"{i}.txt").write_text("new")
    done.set()
    watcher.join()
    assert seen <= {frozenset({b"old"}), frozenset({b"new"})}
    assert (out / "0.txt").read_text() == "new"
    assert names_in(tmp_path) == {"out"}


def test_within_the_folder_itself_files_are_replaced_one_by_one(tmp_path, monkeypatch):
    for name in ("ours.txt", "mine.txt", "gone.txt"):
        (tmp_path / name).write_text("old")
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    with new_folder(tmp_path, force=True, without=["gone.txt", "ours.txt"]) as draft:
        (draft / "ours.txt").write_text("new")
    assert tmp_path.stat().st_ino == before
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "ours.txt": "new", "mine.txt": "old",
    }  # fmt: skip


def test_files_of_an_earlier_run_that_this_one_does_not_write_go(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("rejects.csv", "mine.csv"):
        (out / name).write_text("old")
    with new_folder(out, force=True, without=["rejects.csv"]) as draft:
        (draft / "a.txt").write_text("new")
    assert names_in(out) == {"a.txt", "mine.csv"}


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    half = tmp_path / ".out.abcdefgh.draft"
    half.mkdir()
    (half / "report.html").write_text("half")
    (tmp_path / ".out.lock").write_text("1 elsewhere 10:02")
    with new_folder(tmp_path / "out") as draft:
        (draft / "a.txt").write_text("new")
    assert names_in(tmp_path) == {"out"}


WRITES_UNTIL_KILLED = """
import sys
from pathlib import Path
from segmentry.files import new_folder
with new_folder(sys.argv[1], force=True) as draft:
    (draft / "a.txt").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_second_writer_is_told_who_the_first_one_is_until_that_is_dead(tmp_path, command, mall):
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", WRITES_UNTIL_KILLED, str(out)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout.readline() == "ready\n"
        second = command("run", mall, "--k", "5", "-o", "out", "--force")
        assert_two_lines(second, "R118", f"out is locked by pid {first.pid} since", exit_code=4)
        first.kill()
    assert command("run", mall, "--k", "5", "-o", "out").code == 0
    assert names_in(tmp_path) == {"out"}


# ---------------------------------------------------------------- places that are refused


def test_a_place_of_another_kind_or_a_link_is_refused_even_with_force(write, tmp_path):
    file = write("a.txt", "old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "nowhere").symlink_to(tmp_path / "not-there")
    for place in (file, tmp_path / "link", tmp_path / "nowhere"):
        with pytest.raises(OutputError, match="is not a plain folder"):
            check_free(place, force=True)
    for place in (tmp_path / "folder", tmp_path / "nowhere"):
        with pytest.raises(OutputError, match="is not a plain file"):
            check_free(place, force=True, kind="file")


def test_a_file_that_exists_needs_force(write, tmp_path):
    file = write("a.txt", "old")
    with pytest.raises(OutputError, match="exists already"):
        check_free(file, kind="file")
    check_free(file, kind="file", force=True)
    check_free(tmp_path / "new.txt", kind="file")


def test_an_input_is_known_by_any_of_its_names(write, tmp_path, monkeypatch):
    file = write("a.csv", "a\n1\n")
    os.link(file, tmp_path / "hard.csv")
    (tmp_path / "soft.csv").symlink_to(file)
    shutil.copy(file, tmp_path / "copy.csv")
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "hard.csv", "soft.csv", "./a.csv"):
        with pytest.raises(OutputError, match="would overwrite the input"):
            check_not_input(name, file)
    check_not_input("copy.csv", file)
    check_not_input("new.csv", file)
    check_not_input("a.csv", None)
