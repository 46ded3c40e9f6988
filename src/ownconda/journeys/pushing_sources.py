"""Sources put into a forge: what it hasn't got yet, fetched first if the cache hasn't got it either."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from ownconda.building.store import Store, obtain
from ownconda.building.wanted import Archive, Folder, Listed, Repository
from ownconda.errors import OwncondaError
from ownconda.forge_client.answers import TOKEN_HINT
from ownconda.forge_client.client import ForgeClient
from ownconda.sources.checksums import COMMIT, Checksum
from ownconda.sources.git_packs import pack_source
from ownconda.sources.git_repositories import packs
from ownconda.wires.http import UnreachableError
from ownconda.wires.progress import Progress

Outcome = Literal["added", "there already", "stays here", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of one source: the name and the checksum that it has in the forge; ``error`` when it failed.

    Folders stay where they are. Of a repository the forge gets the commit, and those of its submodules.
    """

    listed: Listed
    outcome: Outcome
    name: str
    checksum: Checksum | None = None
    error: OwncondaError | None = None


def push_sources(listed: Sequence[Listed], store: Store, forge: ForgeClient, progress: Progress) -> list[Pushed]:
    """Put every archive into the forge; one that can't be had or sent stops no other.

    Raises OutsideError when the forge can't be reached, WrongInputError when it refuses the token.
    """
    pushed: list[Pushed] = []
    with progress.bar("sources", len(listed)) as bar:
        for one in listed:
            bar.say(one.wanted.label)
            pushed.append(_push(one, store, forge, progress))
            bar.advance(1)
    return pushed


def _push(listed: Listed, store: Store, forge: ForgeClient, progress: Progress) -> Pushed:
    wanted = listed.wanted
    if isinstance(wanted, Folder):
        return Pushed(listed=listed, outcome="stays here", name=wanted.label)
    try:
        if isinstance(wanted, Repository):
            return _push_commits(listed, wanted, store, forge, progress)
        return _push_archive(listed, wanted, store, forge, progress)
    except UnreachableError:
        raise  # the forge itself
    except OwncondaError as error:
        if error.problems[0].hint == TOKEN_HINT:
            raise
        checksum = wanted.source.checksum if isinstance(wanted, Archive) else None
        return Pushed(listed=listed, outcome="failed", name=wanted.label, checksum=checksum, error=error)


def _push_archive(listed: Listed, wanted: Archive, store: Store, forge: ForgeClient, progress: Progress) -> Pushed:
    name, checksum = wanted.source.file_name, wanted.source.checksum
    if forge.has_source(checksum.label, name):
        return Pushed(listed=listed, outcome="there already", name=name, checksum=checksum)
    obtained = obtain(wanted, store, progress, where=listed.where)
    name, checksum = obtained.source.file_name, obtained.source.checksum  # an alternative's, maybe
    added = forge.put_source(checksum.label, obtained.path, name=name, progress=progress)
    return Pushed(listed=listed, outcome="added" if added else "there already", name=name, checksum=checksum)


def _push_commits(listed: Listed, wanted: Repository, store: Store, forge: ForgeClient, progress: Progress) -> Pushed:
    obtained = obtain(wanted, store, progress, where=listed.where)
    added = False
    with TemporaryDirectory() as folder:
        for commit, write in packs(wanted.git, store.cache, Path(folder)):
            source = pack_source(commit)
            label, name = source.checksum.label, source.file_name
            if not forge.has_source(label, name):
                added |= forge.put_source(label, write(), name=name, progress=progress)
    checksum = Checksum(kind=COMMIT, digest=obtained.commit) if obtained.commit else None
    return Pushed(listed=listed, outcome="added" if added else "there already", name=wanted.label, checksum=checksum)
