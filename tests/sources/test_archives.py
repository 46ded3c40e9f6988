import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from ownconda.sources.archives import EARLIEST, newest_time

NOW = 2_000_000_000


def make_tar(path: Path, mode: str, *times: int) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for number, when in enumerate(times):
            member = tarfile.TarInfo(f"tool/{number}")
            member.mtime, member.size = when, 1
            archive.addfile(member, io.BytesIO(b"x"))
    return path


def make_zip(path: Path, *times: tuple[int, int, int, int, int, int]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, when in enumerate(times):
            archive.writestr(zipfile.ZipInfo(f"tool/{number}", when), b"x")
    return path


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_the_newest_member_of_a_tar_archive_counts(tmp_path: Path, mode: str) -> None:
    assert newest_time(make_tar(tmp_path / "x", mode, 1_000, 1_600_000_000, 1_500_000_000)) == 1_600_000_000


def test_the_newest_member_of_a_zip_counts_as_utc(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "x.whl", (1980, 1, 1, 0, 0, 0), (2020, 9, 13, 12, 26, 40), (2019, 1, 1, 0, 0, 0))
    assert newest_time(path) == 1_600_000_000


def test_absurd_times_do_not_count(tmp_path: Path) -> None:
    assert newest_time(make_tar(tmp_path / "x", "w:gz", 0, EARLIEST, NOW + 1), now=NOW) == EARLIEST
    assert newest_time(make_tar(tmp_path / "y", "w:gz", 0, NOW + 1), now=NOW) is None
    assert newest_time(make_zip(tmp_path / "z", (1980, 1, 1, 0, 0, 0)), now=NOW) is None


def test_other_files_have_no_time(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"hello\n" * 1000), ("gz", b"\x1f\x8b broken")):
        (tmp_path / name).write_bytes(data)
        assert newest_time(tmp_path / name) is None


def test_an_archive_cut_short_has_no_time(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "x", "w:xz", *range(1_600_000_000, 1_600_002_000))
    path.write_bytes(path.read_bytes()[:-200])
    assert newest_time(path) is None
