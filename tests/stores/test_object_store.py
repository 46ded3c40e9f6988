import hashlib
from pathlib import Path

import pytest
from object_store_at_home import ObjectStoreAtHome

from ownconda.errors import OutsideError, WrongInputError
from ownconda.stores.bucket import AT_ONCE, Bucket, ChangedError, open_bucket
from ownconda.stores.directory import DirectoryStore
from ownconda.stores.object_store import MANY, ObjectStore, key_of
from ownconda.stores.store import LostError

pytestmark = pytest.mark.objects
CONTENT = b"some bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def store_in(bucket: Bucket, near: Path) -> ObjectStore:
    return ObjectStore(bucket=bucket, near=DirectoryStore(root=near))


@pytest.fixture(params=["s3", "file"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    """A bucket of a real server, or a folder: obstore writes to both."""
    return open_bucket(request.getfixturevalue("bucket") if request.param == "s3" else f"file://{tmp_path}/objects")


@pytest.fixture
def store(opened: Bucket, tmp_path: Path) -> ObjectStore:
    return store_in(opened, tmp_path / "near")


@pytest.fixture
def other(opened: Bucket, tmp_path: Path) -> ObjectStore:
    """The same store on another machine."""
    return store_in(opened, tmp_path / "other machine")


def took(store: ObjectStore, folder: Path, content: bytes = CONTENT) -> str:
    file, sha256 = folder / "incoming", hashlib.sha256(content).hexdigest()
    file.write_bytes(content)
    store.take(file, sha256)
    assert not file.exists()
    return sha256


def test_what_one_machine_took_another_one_gives(store: ObjectStore, other: ObjectStore, tmp_path: Path) -> None:
    assert not other.holds(SHA256)
    took(store, tmp_path)
    assert other.holds(SHA256)
    assert other.read(SHA256) == CONTENT
    assert other.local(SHA256) == tmp_path / "other machine" / SHA256[:2] / SHA256


def test_what_is_kept_again_is_kept_once(store: ObjectStore, other: ObjectStore, tmp_path: Path) -> None:
    for one in (store, other, store):
        took(one, tmp_path)
        assert one.keep(CONTENT) == SHA256
    assert [(one.sha256, one.size) for one in store.stored()] == [(SHA256, len(CONTENT))]


def test_large_files_go_in_parts_and_come_back_whole(store: ObjectStore, other: ObjectStore, tmp_path: Path) -> None:
    content = hashlib.shake_256(b"large").digest(2 * AT_ONCE + 17)
    sha256 = took(store, tmp_path, content)
    assert other.read(sha256) == content
    assert took(other, tmp_path, content) == sha256


def test_bytes_that_changed_in_the_bucket_are_not_given(store: ObjectStore, other: ObjectStore, tmp_path: Path) -> None:
    took(store, tmp_path)
    store.bucket.put(key_of(SHA256), b"some other bytes")
    with pytest.raises(OutsideError, match="isn't what its sha256 says"):
        other.local(SHA256)
    assert not other.near.holds(SHA256)


def test_what_is_discarded_is_gone_everywhere_but_where_it_was_shown(store: ObjectStore, tmp_path: Path) -> None:
    took(store, tmp_path)
    store.show({tmp_path / "public" / "a.conda": SHA256})
    store.discard(SHA256)
    store.discard(SHA256)
    assert not store.holds(SHA256)
    assert (tmp_path / "public" / "a.conda").read_bytes() == CONTENT
    with pytest.raises(LostError, match="the store has lost this file"):
        store.local(SHA256)


def test_what_is_far_is_shown_when_it_was_brought(store: ObjectStore, other: ObjectStore, tmp_path: Path) -> None:
    took(store, tmp_path)
    place = tmp_path / "public" / "a.conda"
    other.show({place: SHA256})
    assert not place.exists()
    other.local(SHA256)
    other.show(other.not_shown({place: SHA256}))
    assert place.samefile(other.path_of(SHA256))


def test_a_place_that_shows_something_else_shows_nothing_until_it_is_brought(
    store: ObjectStore, other: ObjectStore, tmp_path: Path
) -> None:
    took(store, tmp_path)
    right, wrong = tmp_path / "right.conda", tmp_path / "wrong.conda"
    right.write_bytes(CONTENT)  # as if a client had asked for it in between
    wrong.write_bytes(b"what was there before")
    other.show({right: SHA256, wrong: SHA256})
    assert (right.exists(), wrong.exists()) == (True, False)


def test_what_nobody_keeps_is_not_shown(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(LostError, match="the store has lost this file"):
        store.show({tmp_path / "public" / "a.conda": "0" * 64})


def test_the_sizes_of_few_and_of_many_are_told(store: ObjectStore, tmp_path: Path) -> None:
    took(store, tmp_path)
    few = [SHA256, "0" * 64]
    assert store.sizes(few) == store.sizes([*few, *(f"{number:064}" for number in range(MANY))]) == {SHA256: 10}


def test_what_was_taken_lately_is_not_discarded(store: ObjectStore, tmp_path: Path) -> None:
    took(store, tmp_path)
    assert not store.discard_unless_taken(SHA256)
    assert store_in(store.bucket, tmp_path / "late").discard_unless_taken(SHA256)
    assert not store.holds(SHA256)


def test_an_object_is_written_with_conditions(bucket: str) -> None:
    opened = open_bucket(bucket)
    opened.put_if("marker", b"1", "")
    with pytest.raises(ChangedError):
        opened.put_if("marker", b"2", "")
    first = opened.find("marker")
    assert first is not None
    opened.put_if("marker", b"2", first.tag)
    with pytest.raises(ChangedError):
        opened.put_if("marker", b"3", first.tag)
    assert opened.get("marker") == b"2"


def test_a_store_that_refuses_now_and_then_is_asked_again(
    object_store: ObjectStoreAtHome, bucket: str, tmp_path: Path
) -> None:
    store = store_in(open_bucket(bucket), tmp_path / "near")
    with object_store.refuses(40):
        digests = [took(store, tmp_path, str(number).encode()) for number in range(20)]
    assert store.sizes(digests).keys() == set(digests)


def test_a_store_that_is_not_there_is_told(object_store: ObjectStoreAtHome, tmp_path: Path) -> None:
    store = store_in(open_bucket("s3://no-such-bucket/forge"), tmp_path / "near")
    with pytest.raises(OutsideError, match="the store says: Object at location") as told:
        took(store, tmp_path)
    assert "s3://no-such-bucket/forge/files" in str(told.value)
    assert object_store.environment["AWS_SECRET_ACCESS_KEY"] not in str(told.value)
    assert (tmp_path / "incoming").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "address", ["", "packages", "s3://", "ftp://host/x", "s3://user:secret@bucket/x", "s3://bucket/x?region=y"]
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    with pytest.raises(WrongInputError, match="address"):
        open_bucket(address)
