"""Several processes on one folder and one database; here each is a forge's channels opened once more."""

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

from ownconda.channels.acts import Hotfix, Promotion, Revert, Yank
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import Charter
from ownconda.channels.folder import ForgeFolder, RunningError
from ownconda.channels.ledger.writing import Draft
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.other_processes import write_left_behind
from ownconda.channels.snapshots import Change, Kind
from ownconda.channels.telling.channel_checking import check_channel
from ownconda.channels.upkeep.catching_up import warm_up
from ownconda.channels.upkeep.collecting import collect
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.wires.database_server import read_server

pytestmark = pytest.mark.postgresql
CHARTERS = (Charter(name="testing"), Charter(name="stable", archive="archive"), Charter(name="archive"))


@pytest.fixture
def folder(tmp_path: Path, postgres_server: Postgres) -> ForgeFolder:
    database = read_server(postgres_server.new_database(tmp_path.name))
    made = ForgeFolder(root=tmp_path / "forge", database=database)
    create_forge(made, CHARTERS)
    return made


@pytest.fixture
def two(folder: ForgeFolder) -> Iterator[tuple[Channels, Channels]]:
    with ExitStack() as stack:
        first, other = (stack.enter_context(open_channels(folder, CHARTERS)) for _ in range(2))
        yield first, other


def arrival(channels: Channels, name: str, content: bytes = b"") -> Arrival:
    file = make_package(Path(tempfile.mkdtemp(dir=channels.folder.incoming)), name, files={"x": content})
    return Arrival(file=file, record=read_package(file))


def admit(channels: Channels, channel: str, *names: str) -> int:
    return channels.admit(channel, [arrival(channels, name) for name in names], author="ann").snapshot.id


def listed(channels: Channels, channel: str) -> set[str]:
    """Give what clients find, once it is certain that the index is what the ledger says."""
    channels.follow()
    assert check_channel(channels, channel, None, deep=True).problems == ()
    index = json.loads((channels.folder.channel(channel) / "linux-64" / "repodata.json").read_text())
    names = {name.partition("-")[0] for name in index["packages.conda"]}
    assert names == {one.record.name for one in channels.state(channel).contents.values() if not one.yanked}
    return names


def test_uploads_through_both_are_all_listed(two: tuple[Channels, Channels]) -> None:
    for number in range(6):
        admit(two[number % 2], "testing", f"p{number}")
    for one in two:
        assert listed(one, "testing") == {f"p{number}" for number in range(6)}


def test_many_uploads_at_once_through_both_are_all_listed(two: tuple[Channels, Channels]) -> None:
    def upload(number: int) -> None:
        for step in range(3):
            admit(two[number % 2], "testing", f"p{number}x{step}")

    threads = [Thread(target=upload, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = two[0].history("testing", limit=99)
    assert [step.snapshot.parent for step in history[:-1]] == [step.snapshot.id for step in history[1:]]
    assert len(listed(two[1], "testing")) == 12


def test_acts_of_all_kinds_go_on_from_each_other(two: tuple[Channels, Channels]) -> None:
    first, other = two
    for one in two:
        warm_up(one)
    admit(first, "testing", "zlib", "xz")
    other.do(Promotion(channel="stable", source="testing"), author="bob")
    first.do(Yank(channel="stable", specs=("xz",)), author="ann")
    patches = '{"linux-64":{"packages.conda":{"zlib-1.0-h1_0.conda":{"depends":["new"]}}}}'
    patched = other.do(Hotfix(channel="stable", patches=patches), author="bob")
    admit(first, "testing", "bzip2")
    other.do(Promotion(channel="stable", source="testing"), author="bob")
    assert listed(first, "stable") == {"zlib", "bzip2"}
    first.do(Revert(channel="stable", snapshot=patched.snapshot.id), author="ann")
    for one in two:
        assert listed(one, "stable") == {"zlib", "bzip2"}
        assert listed(one, "archive") == {"zlib", "xz", "bzip2"}


def test_an_act_sees_what_another_process_acknowledged_before(two: tuple[Channels, Channels]) -> None:
    first, other = two
    for number in range(5):
        admit(first, "testing", f"p{number}")
        done = other.do(Promotion(channel="stable", source="testing", specs=(f"p{number}",)), author="bob")
        assert len(done.change.added) == 1


def test_a_name_stands_for_one_content_whichever_process_takes_it(two: tuple[Channels, Channels]) -> None:
    first, other = two
    first.admit("testing", [arrival(first, "zlib", b"one")], author="ann")
    with pytest.raises(ConflictError, match="already stands for other contents"):
        other.admit("stable", [arrival(other, "zlib", b"other")], author="bob")


def test_an_index_whose_process_died_is_written_by_another(two: tuple[Channels, Channels]) -> None:
    first, other = two
    admit(first, "testing", "zlib")
    package = arrival(first, "xz")
    first.store.take(package.file, package.record.sha256)
    first.store.show({first.folder.channel("testing") / package.record.path: package.record.sha256})
    change = Change(added=(Entry(record=package.record, indexed_at=1),))
    draft = Draft(channel="testing", kind=Kind.UPLOAD, change=change, author="ann", reason="", at=1)
    first.ledger.commit([draft], {"testing": first.ledger.head("testing")})  # and there it dies
    write_left_behind(other, other.follow(), {})
    assert listed(other, "testing") == {"zlib", "xz"}


def test_an_index_left_behind_is_written_by_the_next_act_or_start(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS) as channels:
        admit(channels, "testing", "zlib")
        marker = channels.folder.channel("testing") / ".snapshot"
        marker.write_text(json.dumps(json.loads(marker.read_text()) | {"snapshot": 1}))
        admit(channels, "testing", "xz")
        assert listed(channels, "testing") == {"zlib", "xz"}
        marker.unlink()
    with open_channels(folder, CHARTERS) as channels:
        assert listed(channels, "testing") == {"zlib", "xz"}


def test_who_loses_the_lock_decides_anew(two: tuple[Channels, Channels], postgres_server: Postgres) -> None:
    first, other = two
    admit(first, "testing", "zlib")
    with first.changing("testing"):
        ends = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
        postgres_server.execute(ends)
        admit(other, "testing", "xz")
        admit(first, "testing", "bzip2")
    for one in two:
        one.follow()
        assert {entry.record.name for entry in one.state("testing").contents.values()} == {"zlib", "xz", "bzip2"}
    admit(other, "testing", "curl")
    assert listed(first, "testing") == {"zlib", "xz", "bzip2", "curl"}


def test_collecting_leaves_what_another_process_just_took(two: tuple[Channels, Channels]) -> None:
    first, other = two
    admit(first, "testing", "zlib")
    first.purge("zlib-1.0-h1_0.conda", author="ann", reason="a key")
    package = arrival(other, "xz")
    other.store.take(package.file, package.record.sha256)
    with first.store.taken.lately(package.record.sha256) as taken:
        assert taken
    assert not first.store.discard_unless_taken(package.record.sha256)
    collect(first)
    assert other.store.holds(package.record.sha256)


def test_who_has_to_be_alone_is_told_of_others(folder: ForgeFolder) -> None:
    with (
        open_channels(folder, CHARTERS),
        pytest.raises(RunningError, match="another forge is running"),
        open_channels(folder, CHARTERS, alone=True),
    ):
        pass
    with (
        open_channels(folder, CHARTERS, alone=True),
        pytest.raises(RunningError, match="another forge is running"),
        open_channels(folder, CHARTERS),
    ):
        pass


def test_each_process_has_a_desk_of_its_own_and_those_of_dead_ones_are_cleared(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS) as first:
        (first.folder.incoming / "half").touch()
        dead = folder.desks / "77-dead"
        dead.mkdir()
        (folder.desks / "77-dead.lock").touch()
        (folder.desks / "stray").touch()
        with open_channels(folder, CHARTERS) as other:
            assert first.folder.incoming != other.folder.incoming
            assert (first.folder.incoming / "half").exists()
            assert not dead.exists()
            assert len(list(folder.desks.iterdir())) == 4
    assert list(folder.desks.iterdir()) == []


def test_a_folder_whose_ledger_is_elsewhere_is_not_opened_without_it(folder: ForgeFolder) -> None:
    with (
        pytest.raises(WrongInputError, match=r"the ledger of this forge is in the database postgresql://127\.0\.0\.1"),
        open_channels(replace(folder, database=None)),
    ):
        pass


def test_what_others_did_is_followed_without_being_asked(two: tuple[Channels, Channels]) -> None:
    first, other = two
    other.state("testing")
    number = admit(first, "testing", "zlib")
    until = time.monotonic() + 30
    while other.state("testing").snapshot.id != number:
        assert time.monotonic() < until
        time.sleep(0.05)
