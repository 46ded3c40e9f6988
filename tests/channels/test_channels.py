import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from backports import zstd
from making import make_package
from sqlalchemy import func, update

from ownconda.channels.acts import Promotion, Rollback
from ownconda.channels.attested import Arrival
from ownconda.channels.channels import Channels
from ownconda.channels.charters import DEFAULT_CHARTERS, Charter
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.schema import FILES
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.requests import Done, Plan
from ownconda.channels.snapshots import BrokenChannelError, Kind, MissingError
from ownconda.channels.upkeep.catching_up import mend, warm_up
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.wires.database import transaction
from ownconda.wires.database_server import Server
from ownconda.wires.files import sha256_of

ALONE = pytest.mark.parametrize("database", [None])
"""Where the ledger is a file, one process alone works on a folder."""

CHANNELS = ("testing", "staging", "stable", "archive")


class House:
    """A forge's channels in a temporary folder, with what tests ask of them."""

    def __init__(self, channels: Channels) -> None:
        self.folder, self.channels, self.ledger = channels.folder, channels, channels.ledger

    def arrival(
        self, name: str = "zlib", version: str = "1.0", *, content: bytes = b"", subdir: str = "linux-64"
    ) -> Arrival:
        path = make_package(self.folder.incoming, name, version, files={"x": content}, subdir=subdir)
        return Arrival(file=path, record=read_package(path))

    def admit(self, channel: str, *arrivals: Arrival) -> Done:
        return self.channels.admit(channel, arrivals, author="ann")

    def planned_promotion(self, source: str, target: str, *specs: str) -> Plan:
        return self.channels.plan(Promotion(channel=target, source=source, specs=specs))

    def promote(self, source: str, target: str, *specs: str) -> Done:
        act = Promotion(channel=target, source=source, specs=specs)
        return self.channels.do(act, author="bob", reason="tested")

    def roll_back(self, channel: str, snapshot: int) -> Done:
        return self.channels.do(Rollback(channel=channel, snapshot=snapshot), author="ann", reason="b is broken")

    def listed(self, channel: str, subdir: str = "linux-64") -> set[str]:
        place = self.folder.channel(channel) / subdir
        plain = (place / "repodata.json").read_bytes()
        assert zstd.decompress((place / "repodata.json.zst").read_bytes()) == plain
        index = json.loads(plain)
        for name, record in (index["packages"] | index["packages.conda"]).items():
            assert sha256_of(place / name) == record["sha256"]
        return set(index["packages"]) | set(index["packages.conda"])


@pytest.fixture
def folder(tmp_path: Path, database: Server | None) -> ForgeFolder:
    made = ForgeFolder(root=tmp_path / "forge", database=database)
    create_forge(made, [Charter(name=name) for name in CHANNELS])
    return made


@pytest.fixture
def house(folder: ForgeFolder) -> Iterator[House]:
    with open_channels(folder, [Charter(name=name) for name in CHANNELS]) as channels:
        yield House(channels)


def test_a_new_forge_has_its_channels_each_with_an_empty_noarch(house: House) -> None:
    assert house.channels.names() == ("testing", "staging", "stable", "archive")
    assert all(house.listed(name, "noarch") == set() for name in house.channels.names())


def test_an_admitted_package_is_listed_and_there(house: House) -> None:
    done = house.admit("testing", house.arrival())
    assert done.snapshot.kind is Kind.UPLOAD
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}
    assert not list(house.folder.incoming.iterdir())


def test_several_files_of_one_request_are_one_snapshot(house: House) -> None:
    before = house.channels.state("testing").snapshot.id
    house.admit("testing", house.arrival("a"), house.arrival("b", subdir="noarch"))
    assert house.channels.state("testing").snapshot.parent == before
    assert house.listed("testing") | house.listed("testing", "noarch") == {
        "a-1.0-h1_0.conda",
        "b-1.0-h1_0.conda",
    }


def test_the_same_file_again_changes_nothing(house: House) -> None:
    first = house.admit("testing", house.arrival())
    again = house.admit("testing", house.arrival())
    assert not again.change
    assert again.snapshot == first.snapshot


def test_the_same_file_can_go_to_another_channel(house: House) -> None:
    house.admit("testing", house.arrival())
    house.admit("stable", house.arrival())
    assert house.listed("stable") == {"zlib-1.0-h1_0.conda"}


@pytest.mark.parametrize("channel", ["testing", "stable"])
def test_the_same_name_with_other_contents_is_refused_everywhere(house: House, channel: str) -> None:
    house.admit("testing", house.arrival(content=b"one"))
    with pytest.raises(ConflictError, match="other contents"):
        house.admit(channel, house.arrival(content=b"two"), house.arrival("other"))
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}
    assert "other-1.0-h1_0.conda" not in str(list(house.folder.public.rglob("*")))


def test_a_name_stays_taken_after_a_rollback(house: House) -> None:
    start = house.channels.state("testing").snapshot
    house.admit("testing", house.arrival(content=b"one"))
    house.roll_back("testing", start.id)
    with pytest.raises(ConflictError):
        house.admit("testing", house.arrival(content=b"two"))


def test_a_promotion_shows_the_same_file(house: House) -> None:
    house.admit("testing", house.arrival("a"), house.arrival("b"))
    done = house.promote("testing", "staging", "a")
    assert house.listed("staging") == {"a-1.0-h1_0.conda"}
    assert (done.snapshot.author, done.snapshot.reason) == ("bob", "tested")
    place = "linux-64/a-1.0-h1_0.conda"
    assert (house.folder.channel("staging") / place).samefile(house.folder.channel("testing") / place)


def test_a_plan_changes_nothing_and_is_what_would_happen(house: House) -> None:
    house.admit("testing", house.arrival("a"))
    plan = house.planned_promotion("testing", "staging")
    assert house.listed("staging", "noarch") == set()
    done = house.promote("testing", "staging")
    assert [entry.record for entry in done.change.added] == [entry.record for entry in plan.change.added]


def test_promoting_again_makes_no_snapshot(house: House) -> None:
    house.admit("testing", house.arrival("a"))
    first = house.promote("testing", "staging")
    assert house.promote("testing", "staging").snapshot == first.snapshot


def test_a_channel_is_not_promoted_to_itself(house: House) -> None:
    with pytest.raises(WrongInputError, match="itself"):
        house.planned_promotion("testing", "testing")


def test_a_rollback_lists_what_was_listed_and_keeps_the_files(house: House) -> None:
    then = house.admit("testing", house.arrival("a")).snapshot
    entries = house.channels.state("testing").contents
    house.admit("testing", house.arrival("b", "2.0"))
    done = house.roll_back("testing", then.id)
    assert house.listed("testing") == {"a-1.0-h1_0.conda"}
    assert house.channels.state("testing").contents == entries
    assert (house.folder.channel("testing") / "linux-64" / "b-2.0-h1_0.conda").is_file()
    house.roll_back("testing", done.snapshot.parent or 0)
    assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-2.0-h1_0.conda"}


def test_a_subdir_that_a_rollback_empties_has_an_empty_index(house: House) -> None:
    start = house.channels.state("testing").snapshot
    house.admit("testing", house.arrival("a"))
    house.roll_back("testing", start.id)
    assert house.listed("testing") == set()


def test_a_snapshot_of_another_channel_is_no_place_to_go_back_to(house: House) -> None:
    with pytest.raises(MissingError, match="one of 'stable', not of 'testing'"):
        house.roll_back("testing", house.channels.state("stable").snapshot.id)


def test_channels_and_snapshots_are_compared(house: House) -> None:
    start = house.channels.state("testing").snapshot
    house.admit("testing", house.arrival("a"))
    by_number = house.channels.difference(str(start.id), "testing")
    by_name = house.channels.difference("stable", "testing")
    assert [entry.path for entry in by_number.added] == ["linux-64/a-1.0-h1_0.conda"]
    assert by_number == by_name


def test_uploads_at_once_are_all_listed(house: House) -> None:
    arrivals = [house.arrival(f"p{number}") for number in range(12)]
    threads = [Thread(target=house.admit, args=("testing", arrival)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(house.listed("testing")) == 12
    assert len(house.channels.history("testing", limit=100)) == 13


@ALONE
def test_a_second_forge_on_the_same_folder_is_refused_at_once(house: House) -> None:
    with pytest.raises(OutsideError, match="another forge is running"), open_channels(house.folder):
        pass


def test_an_index_that_a_kill_left_behind_is_written_at_the_next_start(folder: ForgeFolder) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("a"))
        old = (folder.channel("testing") / "linux-64" / "repodata.json").read_bytes()
        marker = (folder.channel("testing") / ".snapshot").read_bytes()
        House(channels).admit("testing", House(channels).arrival("b"))
    (folder.channel("testing") / "linux-64" / "repodata.json").write_bytes(old)
    (folder.channel("testing") / ".snapshot").write_bytes(marker)
    (folder.channel("testing") / "linux-64" / "b-1.0-h1_0.conda").unlink()
    with open_channels(folder) as channels:
        assert House(channels).listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}


def test_a_link_that_a_kill_left_without_entry_gives_way(house: House) -> None:
    stray = house.folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"never acknowledged")
    house.admit("testing", house.arrival())
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}


@ALONE
def test_an_upload_in_progress_at_a_kill_leaves_nothing(folder: ForgeFolder) -> None:
    with open_channels(folder):
        (folder.incoming / "half").mkdir()
        (folder.incoming / "half" / "0").write_bytes(b"cut")
    with open_channels(folder):
        assert not list(folder.incoming.iterdir())


def test_an_index_goes_on_from_the_one_on_disk(folder: ForgeFolder) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("a"))
    with open_channels(folder) as channels:
        house = House(channels)
        house.admit("testing", house.arrival("b"))
        assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}
        assert len(list((folder.channel("testing") / "linux-64" / "shards").iterdir())) == 2


def test_what_can_not_be_indexed_is_never_committed(house: House) -> None:
    poisoned = house.arrival()
    fields = json.loads(poisoned.record.json) | {"more": 10**30}
    with pytest.raises(WrongInputError, match="the metadata of 'zlib' can't be written"):
        house.admit("testing", replace(poisoned, record=replace(poisoned.record, json=json.dumps(fields))))
    assert house.channels.state("testing").snapshot.kind is Kind.CREATED
    house.admit("testing", house.arrival("xz"))
    assert house.listed("testing") == {"xz-1.0-h1_0.conda"}


@pytest.fixture
def poisoned(folder: ForgeFolder) -> ForgeFolder:
    """A forge in whose ledger somebody wrote what can't be indexed, for one of its channels."""
    with open_channels(folder) as channels:
        house = House(channels)
        house.admit("testing", house.arrival("zlib"))
        house.admit("stable", house.arrival("xz"))
        large = func.replace(FILES.c.record, '"build_number":0', f'"build_number":1{"0" * 30}')
        with transaction(channels.ledger.engine, immediate=True) as connection:
            connection.execute(update(FILES).where(FILES.c.file_name.like("zlib%")).values(record=large))
    (folder.channel("testing") / ".snapshot").unlink()
    return folder


def test_a_broken_channel_keeps_nobody_from_the_others(poisoned: ForgeFolder) -> None:
    with open_channels(poisoned) as channels:
        house = House(channels)
        assert list(channels.unavailable()) == ["testing"]
        assert "build_number" in str(channels.unavailable()["testing"])
        warm_up(channels)
        with pytest.raises(BrokenChannelError, match="zlib-1"):
            channels.state("testing")
        with pytest.raises(BrokenChannelError):
            house.admit("testing", house.arrival("curl"))
        house.admit("stable", house.arrival("bzip2"))
        assert house.listed("stable") == {"xz-1.0-h1_0.conda", "bzip2-1.0-h1_0.conda"}


@pytest.mark.parametrize("name", ["repodata.json", "repodata.json.zst", "repodata_shards.msgpack.zst"])
@pytest.mark.parametrize("content", [b"x", b""])
def test_a_damaged_index_file_is_written_again_at_the_next_start(
    folder: ForgeFolder, name: str, content: bytes
) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("zlib"))
    index = folder.channel("testing") / "linux-64" / name
    sound = index.read_bytes()
    index.write_bytes(content)
    with open_channels(folder):
        assert index.read_bytes() == sound
    index.unlink()
    with open_channels(folder):
        assert index.read_bytes() == sound


def test_index_files_that_nobody_touched_are_left_as_they_are(folder: ForgeFolder) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("zlib"))
    index = folder.channel("testing") / "linux-64" / "repodata.json"
    before = index.stat().st_ino
    with open_channels(folder) as channels:
        assert mend(channels) == ()
    assert index.stat().st_ino == before


def test_a_package_file_that_was_removed_or_cut_short_is_shown_again(house: House) -> None:
    house.admit("testing", house.arrival("removed"), house.arrival("cut"))
    place = house.folder.channel("testing") / "linux-64"
    (place / "removed-1.0-h1_0.conda").unlink()
    (place / "cut-1.0-h1_0.conda").unlink()
    (place / "cut-1.0-h1_0.conda").write_bytes(b"cut")
    assert mend(house.channels) == ()
    assert len(house.listed("testing")) == 2


def test_a_package_file_that_was_removed_is_shown_again_when_it_is_uploaded_again(house: House) -> None:
    house.admit("testing", house.arrival())
    (house.folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda").unlink()
    assert not house.admit("testing", house.arrival()).change
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}


def test_a_file_that_even_the_store_has_lost_is_told_and_taken_again(house: House) -> None:
    done = house.admit("testing", house.arrival())
    place = house.folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda"
    for path in (place, house.channels.store.path_of(done.change.added[0].record.sha256)):
        path.unlink()
    assert "lost this file" in str(mend(house.channels)[0])
    house.admit("testing", house.arrival())
    assert mend(house.channels) == ()
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}


@pytest.mark.parametrize("content", [None, b"x"])
def test_a_lost_or_damaged_shard_is_written_again(house: House, content: bytes | None) -> None:
    house.admit("testing", house.arrival())
    shard = next((house.folder.channel("testing") / "linux-64" / "shards").iterdir())
    sound = shard.read_bytes()
    shard.unlink()
    if content is not None:
        shard.write_bytes(content)
    mend(house.channels)
    assert shard.read_bytes() == sound


@ALONE
def test_what_killed_forges_left_half_written_is_swept_away(folder: ForgeFolder) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("zlib"))
    place = folder.channel("testing") / "linux-64"
    (place / ".repodata.json.x1y2z3.part").touch()
    (place / "shards" / ".abc.x1y2z3.part").touch()
    (place / ".show.x1y2z3").mkdir()
    (place / ".show.x1y2z3" / "file").touch()
    with open_channels(folder):
        assert not list(folder.public.rglob("*.part"))
        assert not list(folder.public.rglob(".show.*"))


def test_a_promotion_is_of_what_the_whole_spec_chooses(house: House) -> None:
    house.admit("testing", house.arrival("hello"))
    with pytest.raises(WrongInputError, match="nothing matches"):
        house.promote("testing", "stable", "hello[build_number=99]")
    with pytest.raises(WrongInputError, match="another channel"):
        house.promote("testing", "stable", "conda-forge/noarch::hello")
    house.promote("testing", "stable", "he*[build_number=0]")
    assert house.listed("stable") == {"hello-1.0-h1_0.conda"}


def test_a_channel_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="'a' is given twice"):
        create_forge(ForgeFolder(root=tmp_path / "f"), [Charter(name=name) for name in "aba"])
    assert not (tmp_path / "f").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WrongInputError, match="holds something else"):
        create_forge(ForgeFolder(root=tmp_path), DEFAULT_CHARTERS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_channel_needs_a_name_that_conda_takes(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="can't be a channel's name"):
        create_forge(ForgeFolder(root=tmp_path / "f"), [Charter(name="No Name")])
    assert not (tmp_path / "f").exists()


def test_a_disk_that_refuses_the_index_leaves_it_owed(house: House) -> None:
    house.admit("testing", house.arrival("a"))
    index = house.folder.channel("testing") / "linux-64" / "repodata.json"
    index.unlink()
    index.mkdir()  # a folder in the way stands for any disk that refuses
    (index / "x").touch()
    with pytest.raises(OutsideError, match="can't be written"):
        house.admit("testing", house.arrival("b"))
    (index / "x").unlink()
    index.rmdir()
    assert not house.admit("testing", house.arrival("b")).change
    assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}


def test_a_disk_that_refuses_at_the_start_keeps_nobody_from_reading(folder: ForgeFolder) -> None:
    with open_channels(folder) as channels:
        House(channels).admit("testing", House(channels).arrival("a"), House(channels).arrival("n", subdir="noarch"))
    (folder.channel("testing") / ".snapshot").unlink()
    index = folder.channel("testing") / "noarch" / "repodata.json"
    index.unlink()
    index.mkdir()  # a folder in the way stands for any disk that refuses
    (index / "x").touch()
    with open_channels(folder) as channels:
        house = House(channels)
        assert set(channels.state("testing").contents) == {"linux-64/a-1.0-h1_0.conda", "noarch/n-1.0-h1_0.conda"}
        assert "repodata.json" in str(mend(channels)[0])
        (index / "x").unlink()
        index.rmdir()
        house.admit("testing", house.arrival("b"))
        assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}
        assert house.listed("testing", "noarch") == {"n-1.0-h1_0.conda"}
