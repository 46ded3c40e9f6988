"""Several machines with one database and one object store, and nothing else in common: each has a folder of its own."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from databases import Postgres
from making import make_package
from object_store_at_home import ObjectStoreAtHome
from yards import forget_arrivals

from ownconda.channels.acts import Promotion
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.far_files import bring, digest_at
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, milliseconds, open_channels
from ownconda.channels.telling.channel_checking import check_channel
from ownconda.channels.upkeep.collecting import collect
from ownconda.conda.package_files import read_package
from ownconda.errors import OutsideError, WrongInputError
from ownconda.stores.bucket import open_bucket
from ownconda.wires.database_server import read_server

pytestmark = pytest.mark.postgresql
CHARTERS = (Charter(name="testing"), Charter(name="stable", archive="archive"), Charter(name="archive"))
SECONDS_TO_FOLLOW = 20


@pytest.fixture
def folder(tmp_path: Path, postgres_server: Postgres, bucket: str) -> ForgeFolder:
    database = read_server(postgres_server.new_database(tmp_path.name))
    made = ForgeFolder(root=tmp_path / "first", database=database, bucket=open_bucket(bucket))
    create_forge(made, CHARTERS)
    return made


@pytest.fixture
def two(folder: ForgeFolder) -> Iterator[tuple[Channels, Channels]]:
    with ExitStack() as stack:
        first = stack.enter_context(open_channels(folder, CHARTERS))
        second = replace(folder, root=folder.root.with_name("second"))
        yield first, stack.enter_context(open_channels(second, CHARTERS))


def admit(channels: Channels, channel: str, *names: str) -> list[str]:
    """Upload packages through one machine, and give their paths."""
    arrivals = []
    for name in names:
        file = make_package(Path(tempfile.mkdtemp(dir=channels.folder.incoming)), name, files={"x": name.encode()})
        arrivals.append(Arrival(file=file, record=read_package(file)))
    channels.admit(channel, arrivals, author="ann")
    return [one.record.path for one in arrivals]


def listed(channels: Channels, channel: str) -> set[str]:
    index = channels.folder.channel(channel) / "linux-64" / "repodata.json"
    return (
        {name.partition("-")[0] for name in json.loads(index.read_text())["packages.conda"]}
        if index.exists()
        else set()
    )


def awaited(channels: Channels, channel: str, names: set[str]) -> None:
    """Wait until clients find the packages, and check that all is as the ledger says."""
    until = time.monotonic() + SECONDS_TO_FOLLOW
    while listed(channels, channel) != names:
        assert time.monotonic() < until, f"{listed(channels, channel)} instead of {names}"
        time.sleep(0.05)
    assert check_channel(channels, channel, None, deep=True).problems == ()


def test_what_one_machine_takes_the_other_one_lists(two: tuple[Channels, Channels]) -> None:
    for number in range(6):
        admit(two[number % 2], "testing", f"p{number}")
    for one in two:
        awaited(one, "testing", {f"p{number}" for number in range(6)})


def test_what_one_machine_took_the_other_one_gives(two: tuple[Channels, Channels]) -> None:
    first, second = two
    [path] = admit(first, "testing", "a")
    place = second.folder.channel("testing") / path
    assert not place.exists()
    sha256 = digest_at(second.ledger.engine, "testing", path)
    assert sha256 is not None
    assert bring(second.store, place, sha256)
    assert place.read_bytes() == (first.folder.channel("testing") / path).read_bytes()


def test_what_is_elsewhere_is_promoted(two: tuple[Channels, Channels]) -> None:
    first, second = two
    admit(first, "testing", "a", "b")
    second.do(Promotion(channel="stable", source="testing"), author="bob")
    for one in two:
        for channel in ("stable", "archive"):
            awaited(one, channel, {"a", "b"})


def test_what_is_purged_on_one_machine_is_gone_from_all(two: tuple[Channels, Channels]) -> None:
    first, second = two
    [path] = admit(first, "testing", "secret")
    awaited(second, "testing", {"secret"})
    place, sha256 = second.folder.channel("testing") / path, digest_at(second.ledger.engine, "testing", path)
    assert sha256 is not None
    bring(second.store, place, sha256)
    first.purge(path.rpartition("/")[2], author="ann", reason="it holds a key")
    awaited(second, "testing", set())
    assert digest_at(second.ledger.engine, "testing", path) is None
    until = time.monotonic() + SECONDS_TO_FOLLOW
    while place.exists() or second.store.near.holds(sha256):
        assert time.monotonic() < until, "it is still there"
        time.sleep(0.05)
    assert not second.store.holds(sha256)


def test_what_is_purged_is_gone_from_all_machines_while_the_store_refuses(
    two: tuple[Channels, Channels], object_store: ObjectStoreAtHome
) -> None:
    first, second = two
    [path] = admit(first, "testing", "secret")
    awaited(second, "testing", {"secret"})
    place, sha256 = second.folder.channel("testing") / path, digest_at(second.ledger.engine, "testing", path)
    assert sha256 is not None
    bring(second.store, place, sha256)
    with object_store.refuses(100):
        with pytest.raises(OutsideError, match="the store refuses"):
            first.purge(path.rpartition("/")[2], author="ann", reason="it holds a key")
        assert not first.store.near.holds(sha256)
        awaited_file(place, None)
    until = time.monotonic() + SECONDS_TO_FOLLOW
    while second.store.near.holds(sha256) or second.store.holds(sha256):
        assert time.monotonic() < until, "it is still there"
        time.sleep(0.05)


def test_a_machine_that_comes_back_goes_on_from_where_the_others_are(folder: ForgeFolder) -> None:
    second = replace(folder, root=folder.root.with_name("second"))
    with open_channels(second, CHARTERS) as channels:
        admit(channels, "testing", "a")
    with open_channels(folder, CHARTERS) as channels:
        admit(channels, "testing", "b")
        with open_channels(second, CHARTERS) as again:
            assert listed(again, "testing") == {"a", "b"}


def test_who_brings_what_is_being_removed_waits_until_it_is_gone(two: tuple[Channels, Channels]) -> None:
    first, second = two
    sha256 = first.store.keep(b"some bytes")
    forget_arrivals(first)
    with first.store.taken.lately(sha256) as taken:
        bringing = Thread(target=second.store.keep, args=(b"some bytes",))
        bringing.start()
        admit(second, "testing", "a")  # nobody else has to wait
        first.store.discard(sha256)
        assert (taken, bringing.is_alive()) == (False, True)
    bringing.join()
    assert first.store.holds(sha256)
    assert not first.store.discard_unless_taken(sha256)


def test_a_machine_has_its_folder_for_itself(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS), pytest.raises(OutsideError, match="another forge is running"):
        open_channels(folder, CHARTERS).__enter__()


def test_all_machines_use_the_same_store(folder: ForgeFolder, object_store: ObjectStoreAtHome) -> None:
    other = replace(folder, root=folder.root.with_name("second"), bucket=None)
    with pytest.raises(WrongInputError, match="the files of this forge are in the object store s3://bucket-"):
        open_channels(other, CHARTERS).__enter__()
    wrong = replace(other, bucket=open_bucket(object_store.new_bucket("another-bucket")))
    with pytest.raises(WrongInputError, match="the files of this forge are in the object store s3://bucket-"):
        open_channels(wrong, CHARTERS).__enter__()


def test_an_upload_that_the_store_refuses_leaves_nothing(
    two: tuple[Channels, Channels], object_store: ObjectStoreAtHome
) -> None:
    first, second = two
    with object_store.refuses(100), pytest.raises(OutsideError, match="the store refuses"):
        admit(first, "testing", "a")
    assert first.state("testing").contents == {}
    admit(second, "testing", "a")
    awaited(first, "testing", {"a"})


def shelved(channels: Channels, place: str, content: bytes) -> Path:
    """Put something beside packages, as an installer is."""
    path = channels.folder.public / place
    channels.shelf.show({path: channels.store.keep(content)})
    return path


def awaited_file(path: Path, content: bytes | None) -> None:
    until = time.monotonic() + SECONDS_TO_FOLLOW
    while (path.read_bytes() if path.exists() else None) != content:
        assert time.monotonic() < until, f"{path} isn't {content!r}"
        time.sleep(0.05)


def test_what_lies_beside_packages_is_on_all_machines(two: tuple[Channels, Channels]) -> None:
    first, second = two
    path = shelved(first, "conda/stable/own.sh", b"an installer")
    there = second.folder.public / path.relative_to(first.folder.public)
    awaited_file(there, b"an installer")
    shelved(first, "conda/stable/own.sh", b"a newer installer")
    awaited_file(there, b"a newer installer")
    second.shelf.show({}, gone=[there])
    awaited_file(path, None)


def test_a_machine_that_has_all_starts_while_the_store_refuses(
    folder: ForgeFolder, object_store: ObjectStoreAtHome
) -> None:
    with open_channels(folder, CHARTERS) as channels:
        admit(channels, "testing", "a")
        path = shelved(channels, "conda/stable/own.sh", b"an installer")
    with object_store.refuses(100), open_channels(folder, CHARTERS) as channels:
        assert listed(channels, "testing") == {"a"}
        assert path.read_bytes() == b"an installer"


def test_who_changes_the_shelf_knows_what_others_put_there(two: tuple[Channels, Channels]) -> None:
    first, second = two
    path = shelved(first, "conda/stable/own.sh", b"an installer")
    with second.shelf.changing():
        assert (second.folder.public / path.relative_to(first.folder.public)).read_bytes() == b"an installer"


def test_what_nobody_needs_goes_from_the_store_and_from_each_machine_that_collects(folder: ForgeFolder) -> None:
    late = [0]
    second = replace(folder, root=folder.root.with_name("second"))
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(open_channels(place, CHARTERS, clock=lambda: milliseconds() + late[0]))
            for place in (folder, second)
        )
        [path] = admit(one, "testing", "a")
        kept = shelved(one, "conda/stable/own.sh", b"an installer")
        awaited_file(other.folder.public / kept.relative_to(one.folder.public), b"an installer")
        sha256 = digest_at(other.ledger.engine, "testing", path)
        assert sha256 is not None
        bring(other.store, other.folder.channel("testing") / path, sha256)
        loose = one.store.keep(b"left behind by an upload that was cut off")
        assert other.store.read(loose)
        assert collect(other).orphans == {}  # it came lately
        forget_arrivals(one)
        late[0] = 2 * 24 * 3_600_000
        assert set(collect(other).orphans) == {loose}
        assert set(one.store.sizes([loose, sha256])) == {sha256}
        assert one.store.near.holds(loose)
        collect(one)
        assert not one.store.near.holds(loose)
        assert one.store.near.holds(sha256)
        assert kept.read_bytes() == b"an installer"
