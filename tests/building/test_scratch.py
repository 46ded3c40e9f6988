from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ownconda.building.scratch import PATH_LENGTH, padded, scratch_folder


def test_folders_made_at_the_same_moment_are_kept_apart(tmp_path: Path) -> None:
    def keeps(number: int) -> bool:
        with scratch_folder(tmp_path) as folder:
            (folder / "kept").write_text(str(number))
            return len(str(folder)) == PATH_LENGTH and (folder / "kept").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(keeps, range(1000)))


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = padded(tmp_path, "left")
    left.mkdir()
    with scratch_folder(tmp_path) as folder:
        assert folder.is_dir()
        assert not left.exists()
    assert not folder.exists()
