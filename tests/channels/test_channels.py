import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from backports import zstd
from making import make_package

from ownconda.channels.channels import Arrival, Channels, Done, create_forge, open_channels
from ownconda.channels.folder import DEFAULT_CHANNELS, ForgeFolder
from ownconda.channels.ledger import Ledger
from ownconda.channels.snapshots import Kind, MissingError
from ownconda.conda.package_files import read_package
from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.wires.files import sha256_of


class House:
    """A forge's channels in a temporary folder, with what tests ask of them."""

    def __init__(self, folder: ForgeFolder, channels: Channels, ledger: Ledger) -> None:
        self.folder, self.channels, self.ledger = folder, channels, ledger

    def arrival(
        self, name: str = "zlib", version: str = "1.0", *, content: bytes = b"", subdir: str = "linux-64"
    ) -> Arrival:
        path = make_package(self.folder.incoming, name, version, files={"x": content}, subdir=subdir)
        return Arrival(file=path, record=read_package(path))

    def admit(self, channel: str, *arrivals: Arrival) -> Done:
        return self.channels.admit(channel, arrivals, author="ann")

    def listed(self, channel: str, subdir: str = "linux-64") -> set[str]:
        place = self.folder.channel(channel) / subdir
        plain = (place / "repodata.json").read_bytes()
        assert zstd.decompress((place / "repodata.json.zst").read_bytes()) == plain
        index = json.loads(plain)
        for name, record in (index["packages"] | index["packages.conda"]).items():
            assert sha256_of(place / name) == record["sha256"]
        return set(index["packages"]) | set(index["packages.conda"])


@pytest.fixture
def folder(tmp_path: Path) -> ForgeFolder:
    made = ForgeFolder(root=tmp_path / "forge")
    create_forge(made, DEFAULT_CHANNELS)
    return made


@pytest.fixture
def house(folder: ForgeFolder) -> Iterator[House]:
    with open_channels(folder) as (channels, ledger):
        yield House(folder, channels, ledger)


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
    house.channels.roll_back("testing", start.id, author="ann", reason="")
    with pytest.raises(ConflictError):
        house.admit("testing", house.arrival(content=b"two"))


def test_a_promotion_shows_the_same_file(house: House) -> None:
    house.admit("testing", house.arrival("a"), house.arrival("b"))
    done = house.channels.promote("testing", "staging", ["a"], author="bob", reason="tested")
    assert house.listed("staging") == {"a-1.0-h1_0.conda"}
    assert (done.snapshot.author, done.snapshot.reason) == ("bob", "tested")
    place = "linux-64/a-1.0-h1_0.conda"
    assert (house.folder.channel("staging") / place).samefile(house.folder.channel("testing") / place)


def test_a_plan_changes_nothing_and_is_what_would_happen(house: House) -> None:
    house.admit("testing", house.arrival("a"))
    plan = house.channels.plan_promotion("testing", "staging", [])
    assert house.listed("staging", "noarch") == set()
    done = house.channels.promote("testing", "staging", [], author="bob", reason="")
    assert [entry.record for entry in done.change.added] == [entry.record for entry in plan.change.added]


def test_promoting_again_makes_no_snapshot(house: House) -> None:
    house.admit("testing", house.arrival("a"))
    first = house.channels.promote("testing", "staging", [], author="bob", reason="")
    assert house.channels.promote("testing", "staging", [], author="bob", reason="").snapshot == first.snapshot


def test_a_channel_is_not_promoted_to_itself(house: House) -> None:
    with pytest.raises(WrongInputError, match="itself"):
        house.channels.plan_promotion("testing", "testing", [])


def test_a_rollback_lists_what_was_listed_and_keeps_the_files(house: House) -> None:
    then = house.admit("testing", house.arrival("a")).snapshot
    entries = house.channels.state("testing").contents
    house.admit("testing", house.arrival("b", "2.0"))
    done = house.channels.roll_back("testing", then.id, author="ann", reason="b is broken")
    assert house.listed("testing") == {"a-1.0-h1_0.conda"}
    assert house.channels.state("testing").contents == entries
    assert (house.folder.channel("testing") / "linux-64" / "b-2.0-h1_0.conda").is_file()
    house.channels.roll_back("testing", done.snapshot.parent or 0, author="ann", reason="it wasn't")
    assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-2.0-h1_0.conda"}


def test_a_subdir_that_a_rollback_empties_has_an_empty_index(house: House) -> None:
    start = house.channels.state("testing").snapshot
    house.admit("testing", house.arrival("a"))
    house.channels.roll_back("testing", start.id, author="ann", reason="")
    assert house.listed("testing") == set()


def test_a_snapshot_of_another_channel_is_no_place_to_go_back_to(house: House) -> None:
    with pytest.raises(MissingError, match="one of 'stable', not of 'testing'"):
        house.channels.plan_rollback("testing", house.channels.state("stable").snapshot.id)


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


def test_a_second_forge_on_the_same_folder_is_refused_at_once(house: House) -> None:
    with pytest.raises(OutsideError, match="another forge is running"), open_channels(house.folder):
        pass


def test_an_index_that_a_kill_left_behind_is_written_at_the_next_start(folder: ForgeFolder) -> None:
    with open_channels(folder) as (channels, ledger):
        House(folder, channels, ledger).admit("testing", House(folder, channels, ledger).arrival("a"))
        old = (folder.channel("testing") / "linux-64" / "repodata.json").read_bytes()
        marker = (folder.channel("testing") / ".snapshot").read_bytes()
        House(folder, channels, ledger).admit("testing", House(folder, channels, ledger).arrival("b"))
    (folder.channel("testing") / "linux-64" / "repodata.json").write_bytes(old)
    (folder.channel("testing") / ".snapshot").write_bytes(marker)
    (folder.channel("testing") / "linux-64" / "b-1.0-h1_0.conda").unlink()
    with open_channels(folder) as (channels, ledger):
        assert House(folder, channels, ledger).listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}


def test_a_link_that_a_kill_left_without_entry_gives_way(house: House) -> None:
    stray = house.folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"never acknowledged")
    house.admit("testing", house.arrival())
    assert house.listed("testing") == {"zlib-1.0-h1_0.conda"}


def test_an_upload_in_progress_at_a_kill_leaves_nothing(folder: ForgeFolder) -> None:
    with open_channels(folder):
        (folder.incoming / "half").mkdir()
        (folder.incoming / "half" / "0").write_bytes(b"cut")
    with open_channels(folder):
        assert not list(folder.incoming.iterdir())


def test_an_index_goes_on_from_the_one_on_disk(folder: ForgeFolder) -> None:
    with open_channels(folder) as (channels, ledger):
        House(folder, channels, ledger).admit("testing", House(folder, channels, ledger).arrival("a"))
    with open_channels(folder) as (channels, ledger):
        house = House(folder, channels, ledger)
        house.admit("testing", house.arrival("b"))
        assert house.listed("testing") == {"a-1.0-h1_0.conda", "b-1.0-h1_0.conda"}
        assert len(list((folder.channel("testing") / "linux-64" / "shards").iterdir())) == 2


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WrongInputError, match="holds something else"):
        create_forge(ForgeFolder(root=tmp_path), DEFAULT_CHANNELS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_channel_needs_a_name_that_conda_takes(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="can't be a channel's name"):
        create_forge(ForgeFolder(root=tmp_path / "f"), ["No Name"])
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
