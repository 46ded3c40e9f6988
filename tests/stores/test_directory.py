import hashlib
from pathlib import Path

import pytest

from ownconda.errors import OutsideError
from ownconda.stores.directory import DirectoryStore

CONTENT = b"some bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    made = DirectoryStore(root=tmp_path / "files")
    (tmp_path / "incoming").write_bytes(CONTENT)
    made.take(tmp_path / "incoming", SHA256)
    return made


def test_bytes_are_taken_and_found_by_their_sha256(store: DirectoryStore, tmp_path: Path) -> None:
    assert store.holds(SHA256)
    assert store.path_of(SHA256).read_bytes() == CONTENT
    assert not (tmp_path / "incoming").exists()


def test_bytes_that_are_there_are_not_kept_twice(store: DirectoryStore, tmp_path: Path) -> None:
    before = store.path_of(SHA256).stat().st_ino
    (tmp_path / "again").write_bytes(CONTENT)
    store.take(tmp_path / "again", SHA256)
    assert store.path_of(SHA256).stat().st_ino == before
    assert not (tmp_path / "again").exists()


def test_bytes_are_shown_under_any_name_without_a_copy(store: DirectoryStore, tmp_path: Path) -> None:
    places = [tmp_path / "public" / "a.conda", tmp_path / "public" / "b" / "c.conda"]
    store.show(dict.fromkeys(places, SHA256))
    store.show(dict.fromkeys(places, SHA256))
    assert all(place.samefile(store.path_of(SHA256)) for place in places)


def test_what_stands_in_a_place_gives_way(store: DirectoryStore, tmp_path: Path) -> None:
    (tmp_path / "a.conda").write_bytes(b"other")
    store.show({tmp_path / "a.conda": SHA256})
    assert (tmp_path / "a.conda").read_bytes() == CONTENT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.conda", "files"]


def test_bytes_that_are_lost_are_told(store: DirectoryStore, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="the store has lost this file"):
        store.show({tmp_path / "a.conda": "0" * 64})
