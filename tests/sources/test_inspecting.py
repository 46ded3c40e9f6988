import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from backports import zstd

from ownconda.sources.inspecting import EARLIEST, inspect, inspected

NOW = 2_000_000_000


def newest_time(path: Path, *, now: float | None = None) -> int | None:
    return inspect(path, now=now).newest


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


def hostile(path: Path, *members: tuple[str, dict[str, object]]) -> Path:
    """Write a tar whose members are what their fields say."""
    with tarfile.open(path, "w") as archive:
        for name, fields in members:
            entry = tarfile.TarInfo(name)
            for field, value in fields.items():
                setattr(entry, field, value)
            archive.addfile(entry)
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


def test_an_archive_in_zstandard_is_read_too(tmp_path: Path) -> None:
    tar = make_tar(tmp_path / "x", "w:", 1_600_000_000)
    (tmp_path / "x.tar.zst").write_bytes(zstd.compress(tar.read_bytes()))
    assert inspect(tmp_path / "x.tar.zst").newest == 1_600_000_000


def test_what_the_builder_would_unpack_has_to_be_an_archive(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    (tmp_path / "x.zip").write_bytes(b"no archive")
    for name in ("x.tar.gz", "x.zip"):
        assert inspect(tmp_path / name).faults[0].startswith("it can't be read as ")


def test_a_member_that_leaves_is_found_in_a_tar_and_in_a_zip(tmp_path: Path) -> None:
    tar = hostile(tmp_path / "x.tar", ("../evil", {}), ("/etc/evil", {}), ("pipe", {"type": tarfile.FIFOTYPE}))
    assert inspect(tar).faults == (
        "'../evil' would be written outside",
        "'/etc/evil' would be written outside",
        "'pipe' is a device or a pipe",
    )
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../evil", b"")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    assert inspect(tmp_path / "x.zip").faults == (
        "'../evil' would be written outside",
        "the link 'link' leads outside, to '/etc/passwd'",
    )


def test_a_zip_that_is_called_tar_is_judged_as_the_builder_reads_it(tmp_path: Path) -> None:
    tar = hostile(tmp_path / "x.tar", ("../evil", {}))
    with zipfile.ZipFile(tar, "a") as archive:
        archive.writestr("harmless", b"")
    assert inspect(tar).faults == ("'../evil' would be written outside",)


def test_what_the_builder_takes_as_a_file_is_not_judged(tmp_path: Path) -> None:
    assert inspect(hostile(tmp_path / "x.whl", ("../evil", {}))).faults == ()
    (tmp_path / "x.7z").write_bytes(b"7z")
    assert inspect(tmp_path / "x.7z").faults == ("what is in a .7z can't be checked",)


def test_the_setuid_bit_is_told(tmp_path: Path) -> None:
    found = inspect(hostile(tmp_path / "x.tar", ("su", {"mode": 0o4755})))
    assert (found.faults, len(found.remarks)) == ((), 1)


def test_a_bomb_is_not_read_to_its_end(tmp_path: Path) -> None:
    tar = tmp_path / "bomb.tar"
    entry = tarfile.TarInfo("zeros")
    entry.size = 1 << 43
    tar.write_bytes(entry.tobuf())
    assert inspect(tar).faults == ("it unpacks to more than 8388608 MiB",)


def test_the_same_bytes_are_looked_through_once(tmp_path: Path) -> None:
    (tmp_path / ("a" * 64)).mkdir()
    path = make_tar(tmp_path / ("a" * 64) / "x.tar", "w:", 1_600_000_000)
    first = inspected(tmp_path, path)
    path.write_bytes(b"not looked at")
    assert inspected(tmp_path, path) == first


def test_a_damaged_note_of_an_inspection_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / ("a" * 64)).mkdir()
    path = make_tar(tmp_path / ("a" * 64) / "x.tar", "w:", 1_600_000_000)
    first = inspected(tmp_path, path)
    for text in ("", "[]", "{}", '{"rules": 1}', '{"rules": 0}'):
        next((tmp_path / ".inspected").iterdir()).write_text(text)
        assert inspected(tmp_path, path) == first
