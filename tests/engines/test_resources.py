"""What a run may take of the machine: said by the user, or found out from the system."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from commands import told_without_rights
from segmentry.engines.resources import ENOUGH_MEMORY, Resources, usable_cpus, usable_memory
from segmentry.errors import InputError, OutputError, SegmentryError


@pytest.mark.parametrize(
    ("size", "in_bytes"),
    [("64MB", 64_000_000), ("1.5GiB", 1_610_612_736), (" 2 gb ", 2 * 10**9), ("100000K", 10**8),
     ("1T", 10**12), ("512mib", 512 * 2**20)],
)  # fmt: skip
def test_a_size_is_read_with_its_unit(size, in_bytes):
    assert Resources(memory_limit=size).memory_bytes == in_bytes


@pytest.mark.parametrize(
    ("options", "words"),
    [({"memory_limit": size}, f"memory_limit={size!r} is not a size.")
     for size in ("", "512", "much", "-1GB", "1e3MB", "80%", 512)]
    + [({"memory_limit": "63MB"}, "memory_limit='63MB' is too little."),
       ({"memory_limit": "9999999T"}, "memory_limit='9999999T' is too much.")]
    + [({"threads": count}, f"threads={count!r} is not a whole number from 1 to 1,024.")
       for count in (0, -1, 1.5, "2", True, 5000)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_two_lines(options, words):
    with pytest.raises(InputError) as caught:
        Resources(**options)
    assert (caught.value.code, caught.value.exit_code) == ("R00", 2)
    assert caught.value.what == words
    assert caught.value.fix.startswith("Give ")


def test_the_place_for_temporary_files_is_a_folder_that_is_there(tmp_path, write):
    assert Resources(temp_dir=tmp_path).folder == tmp_path
    for place in (tmp_path / "nowhere", write("file", "")):
        with pytest.raises(OutputError, match="is not a folder") as caught:
            Resources(temp_dir=place)
        assert (caught.value.code, caught.value.exit_code) == ("R111", 2)
        assert "--temp-dir" in caught.value.fix


@pytest.mark.slow
def test_a_folder_that_may_not_be_written_to_is_refused(open_folder):
    code = "Resources(temp_dir=path).folder"
    (open_folder / "open").mkdir()
    (open_folder / "open").chmod(0o777)
    assert told_without_rights(code, open_folder / "open").strip() == str(open_folder / "open")
    (open_folder / "closed").mkdir(mode=0o500)
    told = told_without_rights(code, open_folder / "closed")
    assert "cannot be written to" in told


def test_by_default_memory_is_bounded_and_files_go_where_the_system_has_them():
    found = Resources()
    assert 1 <= found.thread_count <= (os.cpu_count() or 1)
    assert 64e6 <= found.memory_bytes <= ENOUGH_MEMORY
    assert found.folder == Path(tempfile.gettempdir())


def test_a_system_without_a_place_for_temporary_files_is_told(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/nowhere"])
    with pytest.raises(SegmentryError, match="no folder for temporary files"):
        _ = Resources().folder


# ---------------------------------------------------------------- containers


def groups(folder: Path, membership: str, **files: str) -> dict[str, Path]:
    """Control groups as Linux shows them: ``cpu__a__cpu.max`` is the file cpu/a/cpu.max."""
    for name, text in files.items():
        path = folder.joinpath(*name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    (folder / "membership").write_text(membership)
    return {"groups": folder, "membership": folder / "membership"}


def test_the_quota_of_a_container_counts_and_not_the_cores_that_it_sees(tmp_path):
    version_2 = groups(tmp_path / "2", "0::/a/b\n", **{"a__cpu.max": "100000 100000",
                                                       "a__b__cpu.max": "max 100000"})  # fmt: skip
    assert usable_cpus(**version_2) == 1
    version_1 = groups(
        tmp_path / "1", "4:memory:/x\n1:cpu,cpuacct:/outside/b\n",
        **{"cpu__cpu.cfs_quota_us": "50000", "cpu__cpu.cfs_period_us": "100000"},
    )  # fmt: skip
    assert usable_cpus(**version_1) == 1


def test_the_memory_of_a_container_counts_and_not_that_of_the_machine(tmp_path):
    version_2 = groups(
        tmp_path / "2", "0::/a/b\n", **{"memory.max": "max", "a__memory.max": "512000000",
                                        "a__b__memory.max": "700000000"},
    )  # fmt: skip
    assert usable_memory(**version_2) == 512_000_000
    version_1 = groups(tmp_path / "1", "4:memory:/not/here\n",
                       **{"memory__memory.limit_in_bytes": "256000000"})  # fmt: skip
    assert usable_memory(**version_1) == 256_000_000


def test_where_nothing_is_limited_the_machine_is(tmp_path):
    free = groups(
        tmp_path, "0::/\n4:memory:/\n1:cpu:/\n",
        **{"cpu.max": "max 100000", "memory.max": "max", "cpu__cpu.cfs_quota_us": "-1",
           "cpu__cpu.cfs_period_us": "100000", "memory__memory.limit_in_bytes": str(2**63 - 4096)},
    )  # fmt: skip
    nowhere = {"groups": tmp_path / "none", "membership": tmp_path / "none"}
    assert usable_cpus(**free) == usable_cpus(**nowhere)
    assert usable_memory(**free) == usable_memory(**nowhere)
