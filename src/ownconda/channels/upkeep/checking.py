"""Checking a stopped forge's folder against its ledger, and mending it; nothing is deleted, only put aside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import text

from ownconda.channels.charters import Charter, default_charters
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.journal import Line
from ownconda.channels.ledger.beside import lying, placed
from ownconda.channels.ledger.bytes_elsewhere import check_bytes_at
from ownconda.channels.ledger.following import want_all_beside
from ownconda.channels.ledger.keeping import read_past
from ownconda.channels.ledger.ledger import Ledger, open_ledger
from ownconda.channels.ledger.schema import no_forge
from ownconda.channels.opening import checked_place, milliseconds
from ownconda.channels.shelf import unnoted
from ownconda.channels.upkeep.checking_files import (
    Kept,
    changed_files,
    changed_objects,
    changed_sources,
    lost_links,
    missing_files,
    orphans,
)
from ownconda.channels.upkeep.checking_indexes import wrong_indexes
from ownconda.channels.upkeep.faults import Fault, Finding, Found
from ownconda.channels.upkeep.needs import archives_among, kept_snapshots, needs_of
from ownconda.channels.upkeep.rebuilding import rebuild
from ownconda.channels.upkeep.restoring import reserve
from ownconda.errors import WrongInputError
from ownconda.wires.database import DamagedError, transaction
from ownconda.wires.files import exclusive_lock, make_folder

LOST_WITH_IT = "lost with it are tokens, tags, holds, repodata patches and older snapshots; make a token: --new-token"


def check(
    folder: ForgeFolder, charters: Sequence[Charter], *, mend: bool, journal: Sequence[Line] = ()
) -> tuple[Finding, ...]:
    """Find what is wrong in a forge's folder, and with ``mend`` put right what can be.

    When the ledger has to be made again, names that the ``journal`` knows stay taken. Every file is read to its end.
    Raises WrongInputError when there is no forge, BrokenChannelError when the ledger holds something that can't be
    read, OutsideError when the forge is running or the disk refuses.
    """
    if not folder.is_there and not (folder.public / "conda").is_dir():
        raise no_forge(folder.ledger)
    checked_place(folder)
    with exclusive_lock(folder.lock, busy=folder.busy()):
        make_folder(folder.incoming)
        fault = _ledger_fault(folder) if folder.database is None else ""  # a server looks after itself
        if fault and (folder.bucket or not mend):
            return (_lost(fault, folder),)
        rebuilt = _rebuilt(folder, fault) if fault else []
        ledger = open_ledger(folder.ledger_place)
        try:
            check_bytes_at(ledger.engine, folder.bytes_at)
            if fault:
                reserve(ledger, journal)
            found = (*rebuilt, *_checked(folder, ledger, charters, mend=mend))
            if found and mend:
                want_all_beside(ledger.engine)
            return found
        finally:
            ledger.close()


def _ledger_fault(folder: ForgeFolder) -> str:
    """Tell what is wrong with the ledger, if it can't be used any more; otherwise nothing."""
    if not folder.ledger.is_file():
        return "is lost"
    try:
        ledger = open_ledger(folder.ledger)
        try:
            with transaction(ledger.engine) as connection:
                told = str(connection.scalar(text("PRAGMA integrity_check")))
        finally:
            ledger.close()
    except (DamagedError, WrongInputError) as error:
        return str(error)
    return "" if told == "ok" else told


def _lost(what: str, folder: ForgeFolder) -> Finding:
    hint = "put back a backup: ownconda forge restore"
    if (
        folder.bucket is None
    ):  # otherwise the packages aren't here, and what no ledger knows would be removed as garbage
        hint += "; without one, --mend makes it again from the packages"
    return Finding(fault=Fault.LEDGER, place="ledger.sqlite", what=what, hint=hint)


def _rebuilt(folder: ForgeFolder, fault: str) -> list[Finding]:
    findings = rebuild(folder, at=milliseconds())
    return [replace(_lost(fault, folder), mended=True, hint=LOST_WITH_IT), *findings]


def _checked(folder: ForgeFolder, ledger: Ledger, charters: Sequence[Charter], *, mend: bool) -> Iterator[Finding]:
    past = read_past(ledger)
    chartered = charters or default_charters(ledger.channels())
    needs = needs_of(past, kept_snapshots(past, {}), archives_among(chartered))
    store, noted = folder.store(), placed(ledger.engine)
    beside = lying(noted) | unnoted(folder, store, {one.place for one in noted})
    kept = Kept(folder=folder, store=store, ledger=ledger, past=past, needs=needs, lying=beside)
    for look in (changed_files, changed_objects, changed_sources, missing_files, lost_links, orphans):
        yield from _cured(look(kept), mend=mend)
    yield from _cured(wrong_indexes(folder, ledger), mend=mend)


def _cured(findings: Iterable[Found], *, mend: bool) -> Iterator[Finding]:
    for found, cure in findings:
        yield replace(found, mended=mend and cure is not None and cure())
