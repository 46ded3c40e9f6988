"""What lies beside packages: noted by the ledger, shown in the folder, told as gone."""

from pathlib import Path
from threading import Thread

import pytest
from databases import Postgres
from sqlalchemy import text
from yards import CHARTERS

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.ledger.beside import GONE, placed
from ownconda.channels.ledger.following import FollowingError
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.transfers.beginning import begin_following
from ownconda.channels.upkeep.catching_up import mend
from ownconda.errors import OutsideError
from ownconda.stores.directory import DirectoryStore
from ownconda.wires.database import transaction
from ownconda.wires.database_server import Server, read_server


@pytest.fixture
def folder(tmp_path: Path, database: Server | None) -> ForgeFolder:
    made = ForgeFolder(root=tmp_path / "forge", database=database)
    create_forge(made, CHARTERS)
    return made


def test_each_change_has_a_number_that_grows_and_what_is_gone_is_told_as_gone(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS, clock=lambda: 7) as channels:
        shelf, sha256 = channels.shelf, channels.store.keep(b"a")
        first, second = folder.sources / sha256 / "a.tar", folder.channel("stable") / "own-1.sh"
        shelf.show({first: sha256, second: sha256})
        shelf.show({}, gone=[first])
        shelf.show({second: sha256})
        told = placed(channels.ledger.engine)
        assert [(one.place, one.sha256, one.at) for one in told] == [
            (f"sources/{sha256}/a.tar", GONE, 7),
            ("conda/stable/own-1.sh", sha256, 7),
        ]
        assert [one.number for one in told] == sorted({one.number for one in told})
        assert shelf.lying() == {"conda/stable/own-1.sh": sha256}
        assert not first.parent.exists()
        assert second.read_bytes() == b"a"


def test_what_an_older_ownconda_showed_is_noted_at_the_first_opening(folder: ForgeFolder) -> None:
    store = DirectoryStore(root=folder.files)
    shown = {
        folder.channel("stable") / "own-1.sh": store.keep(b"#!"),
        folder.channel("stable") / "own-1.sh.sha256": store.keep(b"sum"),
        folder.sources / "0" / "a.tar": store.keep(b"a"),
        folder.docs / "shop" / "main" / "site.json": store.keep(b"{}"),
    }
    store.show(shown)
    (folder.channel("stable") / "stray.sh").write_text("nobody's")
    with open_channels(folder, CHARTERS) as channels:
        expected = {path.relative_to(folder.public).as_posix(): sha256 for path, sha256 in shown.items()}
        assert channels.shelf.lying() == expected
        numbers = [one.number for one in placed(channels.ledger.engine)]
    with open_channels(folder, CHARTERS) as channels:
        assert [one.number for one in placed(channels.ledger.engine)] == numbers


def test_a_ledger_of_the_schema_before_gets_what_it_lacks(folder: ForgeFolder) -> None:
    begin_following(folder, "http://leader")
    with open_channels(folder, CHARTERS) as channels, transaction(channels.ledger.engine, immediate=True) as connection:
        connection.execute(text("ALTER TABLE following DROP COLUMN beside"))
        connection.execute(text("DROP TABLE beside"))
        connection.execute(text("UPDATE schema SET version = 2"))
    with open_channels(folder, CHARTERS) as channels:
        assert channels.shelf.lying() == {}
        with transaction(channels.ledger.engine) as connection:
            assert connection.scalar(text("SELECT version FROM schema")) == 3
            assert connection.scalar(text("SELECT beside FROM following")) == 0


def test_what_differs_from_the_ledger_is_put_right_and_what_is_lost_told(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS) as channels:
        store, stable = channels.store, folder.channel("stable")
        one, other = store.keep(b"one"), store.keep(b"two")
        channels.shelf.show({stable / f"own-{number}.sh": one for number in range(4)})
        (stable / "own-0.sh").unlink()
        (stable / "own-1.sh").unlink()
        (stable / "own-1.sh").write_bytes(b"two")  # as long, and no link
        channels.shelf.show({stable / "own-2.sh": other}, gone=[stable / "own-3.sh"])
        store.show({stable / "own-3.sh": one})
        store.discard(other)
        [lost] = mend(channels)
        assert str(lost).startswith(f"{stable / 'own-2.sh'}: the store has lost this file")
        assert {path.name: path.read_bytes() for path in stable.glob("*.sh")} == {
            "own-0.sh": b"one",
            "own-1.sh": b"one",
            "own-2.sh": b"two",
        }


def test_nothing_is_noted_of_what_may_not_be_shown(folder: ForgeFolder) -> None:
    begin_following(folder, "http://leader")
    with open_channels(folder, CHARTERS) as channels:
        place = folder.sources / "0" / "a.tar"
        with pytest.raises(FollowingError):
            channels.shelf.show({place: channels.store.keep(b"a")})
        assert not place.exists()
        assert channels.shelf.lying() == {}


def test_where_the_folder_refuses_the_next_start_shows_what_was_noted(folder: ForgeFolder) -> None:
    with open_channels(folder, CHARTERS) as channels:
        sha256 = channels.store.keep(b"a")
        (folder.public / "sources").write_text("no folder")
        with pytest.raises(OutsideError):
            channels.shelf.show({folder.sources / sha256 / "a.tar": sha256})
        folder.sources.unlink()
    with open_channels(folder, CHARTERS) as channels:
        assert mend(channels) == ()
        assert (folder.sources / sha256 / "a.tar").read_bytes() == b"a"


@pytest.mark.postgresql
def test_two_processes_that_show_and_remove_the_same_leave_what_the_ledger_says(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    folder = ForgeFolder(root=tmp_path / "forge", database=read_server(postgres_server.new_database("shelves")))
    create_forge(folder, CHARTERS)
    with open_channels(folder, CHARTERS) as first, open_channels(folder, CHARTERS) as other:
        place, sha256 = folder.docs / "shop" / "main" / "site.json", first.store.keep(b"a")

        def show() -> None:
            for _ in range(20):
                first.shelf.show({place: sha256})

        def remove() -> None:
            for _ in range(20):
                other.shelf.show({}, gone=[place])

        threads = [Thread(target=show), Thread(target=remove)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert place.exists() == bool(first.shelf.lying())
        assert [one.number for one in placed(first.ledger.engine)] == [40]
