"""Putting a forge back from a backup, with what a journal knows of the time since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, insert, select

from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.journal import Line
from ownconda.channels.ledger.bytes_elsewhere import note_bytes_at
from ownconda.channels.ledger.keeping import Past, read_past
from ownconda.channels.ledger.ledger import Ledger, open_ledger
from ownconda.channels.ledger.schema import FILES, RESERVED
from ownconda.channels.ledger.writing import batches
from ownconda.channels.opening import holds_something, note_where
from ownconda.channels.publishing import retract_all
from ownconda.channels.snapshots import MissingError
from ownconda.channels.upkeep.backup import SETTINGS, read_manifest, store_of
from ownconda.channels.upkeep.catching_up import index_anew
from ownconda.channels.upkeep.migrating import copy_to_server
from ownconda.channels.upkeep.moving_bytes import bring
from ownconda.channels.upkeep.needs import archives_among, kept_snapshots, needs_of
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.database import transaction
from ownconda.wires.files import disk_error, make_folder, sha256_of, write_atomically

MARKER = ".restoring"
"""Stands in a folder until a forge is wholly there, so that a restore that was interrupted can be run again."""

NOTHING = "purged"
"""What stands for the sha256 of a purged file's name: no contents have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back: how many files, how many names are reserved since, and which files are lost.

    ``later`` are the places of installers and sources that came after the backup.
    """

    files: int
    reserved: int
    lost: tuple[str, ...]
    later: tuple[str, ...] = ()


def restore(source: Path, folder: ForgeFolder, lines: Sequence[Line]) -> Restored:
    """Put a backup's ledger and files into an empty folder, and reserve the names that a journal knows beside.

    Every file is read to its end. What clients download is made next, by `complete`. Raises WrongInputError when
    there is no backup, or the folder holds something; OutsideError when the ledger is damaged or a disk refuses.
    """
    manifest = read_manifest(source)
    _check_empty(folder)
    kept = source / manifest.ledger
    if not kept.is_file() or sha256_of(kept) != manifest.sha256:
        raise OutsideError("the backup's ledger is damaged", where=Where(file=kept), hint="take another backup")
    try:
        make_folder(folder.root)
        (folder.root / MARKER).touch()
        write_atomically(folder.root / "ledger.part", kept.read_bytes())
        ledger = open_ledger(folder.root / "ledger.part")
        try:
            past = read_past(ledger)
            reserved = reserve(ledger, lines)
            note_bytes_at(ledger.engine, folder.bytes_at)
        finally:
            ledger.close()
        later = {line.path for line in lines if not line.is_package} - manifest.beside.keys()
        restored = replace(_put_files(source, folder, past, manifest.beside, reserved), later=tuple(sorted(later)))
        if (source / SETTINGS).is_file():
            write_atomically(folder.root / SETTINGS, (source / SETTINGS).read_bytes(), mode=0o600)
        if folder.bucket:  # it may show what the backup doesn't know, and names that others will have
            retract_all(folder.bucket)
        _put_ledger(folder, folder.root / "ledger.part")
    except OSError as error:
        raise disk_error(error, folder.root) from error
    return restored


def complete(channels: Channels, lines: Iterable[Line]) -> None:
    """Show clients all that kept snapshots list, and purge what a journal says was purged since."""
    past = read_past(channels.ledger)
    needs = needs_of(past, kept_snapshots(past, {}), archives_among(channels.charters()))
    for name, places in needs.places.items():
        root = channels.folder.channel(name)
        there = {root / place: sha256 for place, sha256 in places.items() if channels.store.holds(sha256)}
        channels.store.show(channels.store.not_shown(there))
    for channel in channels.all():  # a subdir that has had a package has an index
        with channels.changing(channel.name), channel.noting_what_breaks():
            index_anew(channel)
    for line in lines:
        if line.purged:
            _purge(channels, line)
    (channels.folder.root / MARKER).unlink(missing_ok=True)


def _put_ledger(folder: ForgeFolder, file: Path) -> None:
    """Put a ledger, which is a file, where the forge is to have it."""
    if folder.database is None:
        file.replace(folder.ledger)
        return
    ledger = open_ledger(file)
    try:
        copy_to_server(ledger.engine, folder.database)
    finally:
        ledger.close()
    note_where(folder, folder.database)
    file.unlink()


def _check_empty(folder: ForgeFolder) -> None:
    there = holds_something(folder.root)
    if there and not (folder.root / MARKER).exists():
        raise WrongInputError(
            "this folder holds something", where=Where(file=folder.root), hint="choose an empty or a new folder"
        )


def reserve(ledger: Ledger, lines: Sequence[Line]) -> int:
    """Reserve the names that the ledger doesn't know; where one was tried with several contents, the last counts.

    A source's name tells its contents by itself, and so does that of a documentation's archive. Installers have names
    of their channel, of whatever lies there.
    """
    named = {line.path: line for line in lines if not line.path.startswith(("sources/", "docs/"))}
    with transaction(ledger.engine, immediate=True) as connection:
        connection.execute(delete(RESERVED))
        known = {f"{subdir}/{name}" for subdir, name in connection.execute(select(FILES.c.subdir, FILES.c.file_name))}
        rows = [_row(line) for path, line in named.items() if path not in known]
        for some in batches(rows):
            connection.execute(insert(RESERVED), some)
    return len(rows)


def _row(line: Line) -> dict[str, str]:
    subdir, _, file_name = line.path.rpartition("/")
    return {"subdir": subdir, "file_name": file_name, "sha256": NOTHING if line.purged else line.sha256}


def _put_files(source: Path, folder: ForgeFolder, past: Past, beside: Mapping[str, str], reserved: int) -> Restored:
    store = folder.store()
    needed = needs_of(past, kept_snapshots(past, {}), ()).digests | set(beside.values())
    lost = bring(store_of(source), store, needed, desk=folder.incoming)
    store.show({folder.public / place: sha256 for place, sha256 in beside.items() if sha256 not in lost})
    return Restored(files=len(needed) - len(lost), reserved=reserved, lost=tuple(sorted(lost)))


def _purge(channels: Channels, line: Line) -> None:
    try:
        channels.purge(line.path, author=line.author, reason=line.reason)
    except MissingError:
        return  # it came and went since the backup, or is purged already
