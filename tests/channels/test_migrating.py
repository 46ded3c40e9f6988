import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from databases import PASSWORD, Postgres
from yards import CHARTERS, Yard, opened

from ownconda.access.audit_table import AuditTable
from ownconda.access.token_table import TokenTable
from ownconda.access.tokens import make_token
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.upkeep.backup import back_up
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.migrating import migrate
from ownconda.channels.upkeep.restoring import complete, restore
from ownconda.cli.main import run
from ownconda.errors import OutsideError, WrongInputError
from ownconda.journeys.forge_tokens import add_token
from ownconda.wires.database_server import Server, read_server

pytestmark = pytest.mark.postgresql


@pytest.fixture
def server(postgres_server: Postgres) -> Server:
    return read_server(postgres_server.new_database(f"t{uuid4().hex[:12]}"))


@pytest.fixture
def folder(tmp_path: Path) -> ForgeFolder:
    """A forge with some of everything, its ledger in a file."""
    made = ForgeFolder(root=tmp_path / "forge")
    create_forge(made, CHARTERS, clock=lambda: 0)
    with opened(made) as yard:
        first = yard.admit("testing", "zlib")
        yard.admit("testing", "xz", "curl")
        yard.roll_back("testing", first)
        yard.channels.tag("testing", "v1", "", author="ann")
        yard.channels.hold("stable", "xz", author="ann", reason="a door\nin the back, ü")
        yard.attest("stable", "zlib", b"claimed")
        TokenTable(yard.channels.ledger.engine).add(make_token("ci", at=1)[1])
        AuditTable(yard.channels.ledger.engine, lambda: 1)
    return made


def told(yard: Yard) -> list[tuple[Any, ...]]:
    """Give all that there is to tell of a forge."""
    channels = yard.channels
    return [
        (
            channels.history(one, limit=99),
            dict(channels.state(one).contents),
            channels.tags(one),
            channels.holds(one),
            [token.name for token in TokenTable(channels.ledger.engine).all()],
        )
        for one in channels.names()
    ]


def test_a_ledger_moves_to_a_server_and_back_as_it_was(folder: ForgeFolder, server: Server) -> None:
    with opened(folder) as yard:
        before = told(yard)
    there = replace(folder, database=server)
    moved = migrate(folder, server)
    assert moved.rows["snapshots"] == sum(len(history) for history, *_ in before)
    assert moved.before == str(folder.ledger)
    with opened(there) as yard:
        assert told(yard) == before
        yard.admit("testing", "later")
        TokenTable(yard.channels.ledger.engine).add(make_token("later", at=1)[1])
        AuditTable(yard.channels.ledger.engine, lambda: 1).refused("bob", "upload", address="10.0.0.1")
        after = told(yard)
    assert migrate(there, None).before.startswith("postgresql://127.0.0.1")
    with opened(folder) as yard:
        assert told(yard) == after
        yard.admit("testing", "latest")
    assert check(folder, CHARTERS, mend=False) == ()


def test_the_ledger_that_was_moved_away_is_left_and_not_used(folder: ForgeFolder, server: Server) -> None:
    content = folder.ledger.read_bytes()
    migrate(folder, server)
    assert folder.ledger.read_bytes() == content
    for use in (lambda: open_channels(folder).__enter__(), lambda: migrate(folder, server)):
        with pytest.raises(WrongInputError, match="the ledger of this forge is in the database"):
            use()
    with pytest.raises(WrongInputError, match="is in the database"):
        add_token(folder.root, token_name="more")
    there = replace(folder, database=server)
    with pytest.raises(WrongInputError, match="there already"):
        migrate(there, server)
    migrate(there, None)
    with pytest.raises(WrongInputError, match="the ledger of this forge is a file"), open_channels(there):
        pass


def test_nothing_is_moved_over_another_ledger_or_under_a_running_forge(folder: ForgeFolder, server: Server) -> None:
    with opened(folder), pytest.raises(OutsideError, match="another forge is running"):
        migrate(folder, server)
    other = ForgeFolder(root=folder.root.with_name("other"), database=server)
    create_forge(other, CHARTERS, clock=lambda: 0)
    with pytest.raises(WrongInputError, match="there is a forge in this database already"):
        migrate(folder, server)
    assert not folder.ledger_elsewhere.exists()


def test_a_backup_is_the_same_from_wherever_and_goes_back_to_a_server(
    folder: ForgeFolder, server: Server, tmp_path: Path
) -> None:
    with opened(folder) as yard:
        before = told(yard)
        back_up(folder, tmp_path / "backup", at=1)
    shutil.rmtree(folder.root)
    there = replace(folder, database=server)
    restore(tmp_path / "backup", there, ())
    with open_channels(there, CHARTERS, alone=True) as channels:
        complete(channels, ())
    assert not there.ledger.exists()
    with opened(there) as yard:
        assert told(yard) == before


def test_the_command_moves_to_where_the_settings_say(
    folder: ForgeFolder, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forge", "migrate", str(folder.root), "--to", "postgresql"]) == 2
    assert "set OWNCONDA_FORGE_DATABASE" in capsys.readouterr().err
    monkeypatch.setenv("OWNCONDA_FORGE_DATABASE", server.url.replace("+psycopg", ""))
    assert run(["forge", "migrate", str(folder.root), "--to", "postgresql"]) == 0
    said = capsys.readouterr().err
    assert f"the ledger before is left at {folder.ledger}" in said
    assert run(["forge", "migrate", str(folder.root)]) == 0
    assert run(["forge", "token", "list", "--folder", str(folder.root)]) == 0
    assert run(["forge", "fsck", str(folder.root)]) == 0
    assert run(["forge", "migrate", str(folder.root), "--to", "sqlite"]) == 0
    assert run(["forge", "fsck", str(folder.root)]) == 2
    assert "unset forge.database" in (told := capsys.readouterr().err)
    assert PASSWORD not in said + told


def test_without_the_database_a_ledger_is_made_from_the_packages(folder: ForgeFolder, server: Server) -> None:
    migrate(folder, server)
    for left in (folder.ledger_elsewhere, folder.ledger):
        left.unlink()
    assert all(one.mended for one in check(folder, CHARTERS, mend=True))
    with opened(folder) as yard:
        assert {entry.record.name for entry in yard.channels.state("testing").contents.values()} == {"zlib"}
