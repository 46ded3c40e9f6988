"""Channels as plain files in a bucket: what a client gets who asks the bucket, and no forge."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from object_store_at_home import ObjectStoreAtHome
from yards import CHARTERS, Yard, opened

from ownconda.access.access import Access
from ownconda.access.actions import Action
from ownconda.access.callers import Scope
from ownconda.access.rules import Rule
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge
from ownconda.channels.publishing import FOLDER, MARKER, Publisher
from ownconda.channels.snapshots import BrokenChannelError
from ownconda.channels.upkeep.backup import back_up
from ownconda.channels.upkeep.collecting import collect
from ownconda.channels.upkeep.restoring import complete, restore
from ownconda.errors import OutsideError
from ownconda.forge.publishing import Publishing
from ownconda.stores.bucket import Bucket, ChangedError, open_bucket
from ownconda.stores.object_store import key_of

pytestmark = pytest.mark.objects
NAME = "zlib-1.0-h1_0.conda"


@pytest.fixture
def opened_bucket(bucket: str) -> Bucket:
    return open_bucket(bucket)


@pytest.fixture
def yard(tmp_path: Path, opened_bucket: Bucket) -> Iterator[Yard]:
    folder = ForgeFolder(root=tmp_path / "forge", bucket=opened_bucket)
    create_forge(folder, CHARTERS, clock=lambda: 0)
    with opened(folder) as made:
        yield made


@pytest.fixture
def publisher(yard: Yard, opened_bucket: Bucket) -> Publisher:
    return Publisher(yard.channels, opened_bucket)


def publish(yard: Yard, publisher: Publisher, name: str = "testing") -> bool:
    return publisher.publish(next(one for one in yard.channels.all() if one.name == name))


def got(bucket: Bucket, place: str) -> bytes:
    return bucket.get(f"{FOLDER}/testing/{place}")


def listed(bucket: Bucket) -> set[str]:
    return set(json.loads(got(bucket, "linux-64/repodata.json"))["packages.conda"])


def places(bucket: Bucket, channel: str = "testing") -> set[str]:
    root = f"{FOLDER}/{channel}"
    return {one.key.removeprefix(f"{root}/") for one in bucket.list(root)} - {MARKER}


def shown(yard: Yard, channel: str = "testing") -> set[str]:
    """Give what lies in the folder of a channel, for clients of the forge."""
    folder = yard.folder.channel(channel)
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {place for place in found if not place.startswith(".")}


def test_the_bucket_shows_what_the_folder_shows(yard: Yard, publisher: Publisher, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib", "xz")
    yard.attest("testing", "zlib", b"claimed")
    assert publish(yard, publisher)
    assert places(opened_bucket) == shown(yard)
    for place in shown(yard):
        assert got(opened_bucket, place) == (yard.folder.channel("testing") / place).read_bytes(), place
    assert not publish(yard, publisher)


def test_what_comes_later_comes_to_the_bucket(yard: Yard, publisher: Publisher, opened_bucket: Bucket) -> None:
    first = yard.admit("testing", "zlib")
    publish(yard, publisher)
    yard.admit("testing", "xz")
    assert publish(yard, publisher)
    assert len(listed(opened_bucket)) == 2
    yard.roll_back("testing", first)
    assert publish(yard, publisher)
    assert listed(opened_bucket) == {NAME}


def test_another_process_goes_on_from_what_is_there(yard: Yard, publisher: Publisher, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib")
    publish(yard, publisher)
    other = Publisher(yard.channels, opened_bucket)
    assert not publish(yard, other)
    yard.admit("testing", "xz")
    assert publish(yard, other)
    assert not publish(yard, publisher)
    yard.admit("testing", "bz")
    assert publish(yard, publisher)
    assert len(listed(opened_bucket)) == 3


class Overtaken(Bucket):
    """A bucket in which another publisher comes in between, before the index files are written."""

    def __init__(self, bucket: Bucket, yard: Yard) -> None:
        super().__init__(bucket.address, bucket._opened)  # noqa: SLF001
        self._overtake = Publisher(yard.channels, bucket)
        self._yard = yard
        self.done = False

    def put(self, key: str, content: bytes) -> None:
        super().put(key, content)
        if not self.done:
            self.done = True
            self._yard.admit("testing", "xz")
            publish(self._yard, self._overtake)


def test_who_was_overtaken_brings_back_no_older_index(yard: Yard, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib")
    slow = Publisher(yard.channels, Overtaken(opened_bucket, yard))
    with pytest.raises(ChangedError):
        publish(yard, slow)
    assert len(listed(opened_bucket)) == 2
    assert not publish(yard, slow)


def test_one_that_was_cut_off_is_completed(
    yard: Yard, publisher: Publisher, opened_bucket: Bucket, object_store: ObjectStoreAtHome
) -> None:
    yard.admit("testing", "zlib")
    publish(yard, publisher)
    yard.admit("testing", "xz")
    with object_store.refuses(100), pytest.raises(OutsideError):
        publish(yard, publisher)
    opened_bucket.put(f"{FOLDER}/testing/linux-64/repodata.json", b"cut off after this one")
    marker = json.loads(got(opened_bucket, MARKER))
    opened_bucket.put(f"{FOLDER}/testing/{MARKER}", json.dumps({"snapshot": marker["snapshot"]}).encode())
    assert publish(yard, publisher)
    assert len(listed(opened_bucket)) == 2


def test_what_is_purged_or_not_everybodys_goes(yard: Yard, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib", "xz")
    yard.admit("stable", "bz")
    readers = Rule(name="readers", who=("anybody",), scope=Scope(may=frozenset({Action.READ}), channels=("testing",)))
    keeping = Publishing(yard.channels, Access(identities=(), rules=(readers,)), opened_bucket)
    keeping.bring_up_to_date()
    assert places(opened_bucket, "stable") == set()
    yard.channels.purge(NAME, author="ann", reason="it holds a key")
    keeping.bring_up_to_date()
    assert f"linux-64/{NAME}" not in places(opened_bucket)
    assert len(listed(opened_bucket)) == 1
    Publishing(yard.channels, Access(identities=(), rules=()), opened_bucket).bring_up_to_date()
    assert places(opened_bucket) == set()


def test_a_channel_that_lost_a_package_keeps_no_other_one_from_being_published(
    yard: Yard, opened_bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    yard.admit("testing", "zlib")
    yard.admit("stable", "bz")
    keeping = Publishing(yard.channels, Access(identities=()), opened_bucket)
    [entry] = yard.channels.state("testing").contents.values()
    opened_bucket.delete(key_of(entry.record.sha256))
    for _ in yard.channels.names():
        keeping.look()
    assert "linux-64/repodata.json" in places(opened_bucket, "stable")
    assert "linux-64/repodata.json" not in places(opened_bucket)
    assert [f"{opened_bucket.address}/{key_of(entry.record.sha256)}" in one for one in caplog.messages] == [True]


def test_a_broken_channel_that_is_not_everybodys_any_more_goes(yard: Yard, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib")
    Publishing(yard.channels, Access(identities=()), opened_bucket).bring_up_to_date()
    for channel in yard.channels.all():
        channel.broken = BrokenChannelError("its records can't be read")
    Publishing(yard.channels, Access(identities=(), rules=()), opened_bucket).bring_up_to_date()
    assert places(opened_bucket) == set()


def test_what_a_machine_that_died_brought_of_a_private_channel_goes(yard: Yard, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib")
    keeping = Publishing(yard.channels, Access(identities=(), rules=()), opened_bucket)
    keeping.bring_up_to_date()
    Publishing(yard.channels, Access(identities=()), opened_bucket).bring_up_to_date()
    keeping.sweep()
    keeping.bring_up_to_date()
    assert places(opened_bucket) == set()


def test_a_marker_that_somebody_else_wrote_is_written_again(
    yard: Yard, publisher: Publisher, opened_bucket: Bucket
) -> None:
    yard.admit("testing", "zlib")
    opened_bucket.put(f"{FOLDER}/testing/{MARKER}", b"no marker")
    assert publish(yard, publisher)
    assert listed(opened_bucket) == {NAME}


def test_after_a_restore_all_is_published_anew(yard: Yard, tmp_path: Path, opened_bucket: Bucket) -> None:
    yard.admit("testing", "zlib")
    back_up(yard.folder, tmp_path / "backup", at=1)
    yard.admit("testing", "xz")
    yard.admit("testing", "bz")
    Publishing(yard.channels, Access(identities=()), opened_bucket).bring_up_to_date()
    folder = ForgeFolder(root=tmp_path / "again", bucket=opened_bucket)
    restore(tmp_path / "backup", folder, [])
    with opened(folder) as again:
        complete(again.channels, [])
        keeping = Publishing(again.channels, Access(identities=()), opened_bucket)
        keeping.bring_up_to_date()
        assert listed(opened_bucket) == {NAME}
        again.admit("testing", "xz", content=b"another one of that name")
        keeping.bring_up_to_date()
        for place in shown(again):
            assert got(opened_bucket, place) == (again.folder.channel("testing") / place).read_bytes(), place


def test_what_no_kept_snapshot_lists_goes(yard: Yard, opened_bucket: Bucket) -> None:
    keeping = Publishing(yard.channels, Access(identities=()), opened_bucket)
    yard.admit("testing", "zlib", "xz")
    yard.admit("stable", "bz")
    keeping.bring_up_to_date()
    there = places(opened_bucket)
    yard.roll_back("testing", yard.start("testing"))
    keeping.bring_up_to_date()
    keeping.sweep()
    assert places(opened_bucket) == there
    yard.day = 999
    collect(yard.channels)
    keeping.sweep()
    assert {place for place in places(opened_bucket) if place.endswith(".conda")} == set()
    assert len([place for place in places(opened_bucket, "stable") if place.endswith(".conda")]) == 1


def test_anybody_gets_it_by_http(
    yard: Yard, publisher: Publisher, bucket: str, object_store: ObjectStoreAtHome
) -> None:
    yard.admit("testing", "zlib")
    publish(yard, publisher)
    name = bucket.removeprefix("s3://").partition("/")[0]
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    requests.put(f"{object_store.url}/{name}?policy", data=policy, timeout=30).raise_for_status()
    url = f"{object_store.url}/{name}/forge/{FOLDER}/testing/linux-64"
    index = requests.get(f"{url}/repodata.json", timeout=30)
    assert index.status_code == 200, index.text
    assert index.headers["content-type"] == "application/json"
    [package] = index.json()["packages.conda"]
    kept = yard.folder.channel("testing") / "linux-64" / package
    assert requests.get(f"{url}/{package}", timeout=30).content == kept.read_bytes()
