import hashlib
import multiprocessing
import os
from pathlib import Path

import pytest

from ownconda.errors import OutsideError
from ownconda.wires.files import (
    atomic_file,
    digests_of,
    disk_error,
    exclusive_lock,
    link_or_copy,
    place,
    sha256_of,
    write_atomically,
)


def test_a_file_appears_whole_with_the_mode_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x"
    with atomic_file(path, mode=0o600) as file:
        file.write(b"half ")
        assert not path.exists()
        file.write(b"whole")
    assert path.read_bytes() == b"half whole"
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_left_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(b"new" * (file.write(b"half") // 0))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
    assert path.read_bytes() == b"old"


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"told")
    assert os.read(reader, 10) == b"told"
    assert pipe.is_fifo()
    os.close(reader)
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(OutsideError, match="it is no file"):
        place(tmp_path / "x", pipe)
    assert pipe.is_fifo()


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    for name in ("x" * 255, "\N{OTTER}" * 63):
        write_atomically(tmp_path / name, b"long")
        assert (tmp_path / name).read_bytes() == b"long"


def test_a_full_disk_is_told_with_what_to_do(tmp_path: Path) -> None:
    full = OSError(28, os.strerror(28))
    with pytest.raises(OutsideError, match="No space left") as caught, atomic_file(tmp_path / "x"):
        raise full
    assert "free some space" in str(caught.value.problems[0].hint)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(OutsideError, match="can't be written"):
        write_atomically(tmp_path / "x" / "y", b"")


def test_a_read_only_place_has_a_hint_of_its_own(tmp_path: Path) -> None:
    assert "choose a folder" in str(disk_error(PermissionError(13, "no"), tmp_path).problems[0].hint)


def test_a_link_has_the_content_and_leaves_an_older_one_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    link_or_copy(tmp_path / "one", tmp_path / "deep" / "target")
    link_or_copy(tmp_path / "two", tmp_path / "deep" / "target")
    assert (tmp_path / "deep" / "target").read_text() == "one"


def test_digests_are_those_of_the_content(tmp_path: Path) -> None:
    data = b"x" * 3_000_000
    (tmp_path / "x").write_bytes(data)
    found = digests_of(tmp_path / "x")
    assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert sha256_of(tmp_path / "x") == found.sha256


def test_a_lock_that_another_holds_is_told_or_waited_for(tmp_path: Path) -> None:
    lock, held, release = tmp_path / "lock", *(multiprocessing.get_context("spawn").Event() for _ in range(2))
    other = multiprocessing.get_context("spawn").Process(target=hold, args=(lock, held, release))
    other.start()
    try:
        assert held.wait(20)
        with pytest.raises(OutsideError, match="busy"), exclusive_lock(lock, busy=OutsideError("busy")):
            pytest.fail("two hold one lock")
        release.set()
        with exclusive_lock(lock):
            assert lock.exists()
    finally:
        release.set()
        other.join()
        other.close()


def test_a_lock_is_free_once_its_holder_was_killed(tmp_path: Path) -> None:
    lock, held, never = tmp_path / "lock", *(multiprocessing.get_context("spawn").Event() for _ in range(2))
    other = multiprocessing.get_context("spawn").Process(target=hold, args=(lock, held, never))
    other.start()
    assert held.wait(20)
    other.kill()
    other.join()
    other.close()
    with exclusive_lock(lock, busy=OutsideError("busy")):
        assert lock.exists()


def hold(lock: Path, held: "multiprocessing.synchronize.Event", release: "multiprocessing.synchronize.Event") -> None:
    with exclusive_lock(lock):
        held.set()
        release.wait(20)
