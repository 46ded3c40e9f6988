from pathlib import Path

import psutil
import pytest

from ownconda.wires.memory import memory_left, whole_memory

MB = 1 << 20
NO_LIMIT = 9223372036854771712  # how version 1 says that there is none


def group(folder: Path, **files: str | int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"memory.{name}").write_text(f"{content}\n")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


def test_without_control_groups_there_is_what_the_machine_has(tmp_path: Path, own: Path) -> None:
    assert whole_memory(own, tmp_path) == psutil.virtual_memory().total // MB
    assert 0 < memory_left(own, tmp_path) <= whole_memory(own, tmp_path)


def test_a_container_has_what_its_control_group_allows(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/\n")
    group(tmp_path, max=300 * MB, current=200 * MB, stat=f"anon 5\ninactive_file {50 * MB}\nslab 3")
    assert whole_memory(own, tmp_path) == 300
    assert memory_left(own, tmp_path) == 150


def test_the_narrowest_of_the_groups_around_a_process_counts(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/job/step\n")
    group(tmp_path / "job", max=300 * MB, current=0, stat="")
    group(tmp_path / "job/step", max="max", current=0, stat="")
    assert whole_memory(own, tmp_path) == 300


def test_groups_of_version_1_count_too(tmp_path: Path, own: Path) -> None:
    own.write_text("9:cpu:/job\n4:memory:/job/step\n0::/\n")
    group(tmp_path / "memory", limit_in_bytes=NO_LIMIT, usage_in_bytes=0, stat="")
    group(tmp_path / "memory/job", limit_in_bytes=200 * MB, usage_in_bytes=220 * MB, stat=f"total_inactive_file {MB}")
    assert whole_memory(own, tmp_path) == 200
    assert memory_left(own, tmp_path) == 0


def test_a_group_that_is_named_from_outside_of_a_container_is_found_at_the_top(tmp_path: Path, own: Path) -> None:
    own.write_text("4:memory:/docker/0123\n")
    group(tmp_path / "memory", limit_in_bytes=100 * MB, usage_in_bytes=0, stat="")
    assert whole_memory(own, tmp_path) == 100
