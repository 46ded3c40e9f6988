import os
from pathlib import Path

import pytest

from ownconda.building.relocation import relocate

OLD, NEW = Path("/scratch/out/first"), Path("/scratch/o/another")


def test_a_path_is_replaced_in_files_and_links_and_times_stay(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    file, other = folder / "file", folder / "other"
    file.write_bytes(b"\0" + os.fsencode(OLD) + b"/lib\0")
    other.write_text("nothing to do")
    for path in (file, other):
        os.utime(path, ns=(1, 1_234_567_890_123_456_789))
        path.chmod(0o555)
    (folder / "link").symlink_to(OLD / "lib")
    (folder / "broken").symlink_to("file-that-is-not-there")
    relocate(tmp_path, old=OLD, new=NEW)
    assert file.read_bytes() == b"\0" + os.fsencode(NEW) + b"/lib\0"
    assert (folder / "link").readlink() == NEW / "lib"
    assert {(path.stat().st_mtime_ns, path.stat().st_mode & 0o777) for path in (file, other)} == {
        (1_234_567_890_123_456_789, 0o555)
    }


def test_only_a_path_of_the_same_length_can_stand_instead(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="isn't as long"):
        relocate(tmp_path, old=OLD, new=Path("/short"))
