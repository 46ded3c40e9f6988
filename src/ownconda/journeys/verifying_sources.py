"""Sources verified: what the cache holds is what its checksums say, and what recipes ask for is there and sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.store import UNSAFE_HINT, Store
from ownconda.building.wanted import Archive, Folder, Listed, Repository
from ownconda.errors import OutsideError, Problem, Where
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.sources.bare_repositories import tag_at_origin
from ownconda.sources.cache import archives, present, put_aside
from ownconda.sources.checksums import Checksum
from ownconda.sources.git_packs import pack_source
from ownconda.sources.git_repositories import exported
from ownconda.sources.inspecting import inspected
from ownconda.sources.source import Source, alternative_source
from ownconda.wires.progress import Progress

FETCH_HINT = "`ownconda source fetch` brings it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """How many archives of the cache were read; what is wrong, and what is only to be known."""

    archives: int
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()


def verify_sources(listed: Sequence[Listed], store: Store, forge: ForgeClient | None, progress: Progress) -> Verified:
    """Read every archive of the cache, move damaged ones aside, and look for what the recipes ask for.

    What the cache hasn't got may be in the ``forge``. Unless the store is offline, the hosts of repositories are asked
    whether their tags are still where they were.
    """
    as_they_are = {
        one.wanted.source.checksum for one in listed if isinstance(one.wanted, Archive) and not one.wanted.unpacked
    }
    problems: list[Problem] = []
    remarks: list[Problem] = []
    found = list(archives(store.cache))
    with progress.bar("reading the cache", len(found)) as bar:
        for _, told in several_at_once(lambda one: _check_file(store.cache, *one, as_they_are), found):
            problems += told
            bar.advance(1)
    for one in listed:
        wrong, odd = _check_listed(one, store, forge)
        problems += wrong
        remarks += odd
    return Verified(archives=len(found), problems=tuple(problems), remarks=tuple(remarks))


def _check_file(cache: Path, path: Path, wanted: Checksum, as_they_are: set[Checksum]) -> list[Problem]:
    where = Where(file=path)
    try:
        found = wanted.of_file(path)
    except OSError as error:
        return [Problem(what=f"can't be read: {error.strerror}", where=where, hint="check the disk")]
    if found != wanted:
        aside = put_aside(cache, path)
        what = f"is damaged: its {found.kind} is {found.digest}; it is {aside} now"
        return [Problem(what=what, where=where, hint=FETCH_HINT)]
    faults = () if found in as_they_are else inspected(cache, path).faults
    return [Problem(what=f"isn't safe to unpack: {fault}", where=where, hint=UNSAFE_HINT) for fault in faults]


def _check_listed(listed: Listed, store: Store, forge: ForgeClient | None) -> tuple[list[Problem], list[Problem]]:
    wanted = listed.wanted
    if isinstance(wanted, Folder):
        there = wanted.path.exists()
        return ([] if there else [Problem(what=f"{wanted.path} isn't there", where=listed.where)]), []
    if isinstance(wanted, Repository):
        return _check_repository(listed, wanted, store, forge)
    sources = [wanted.source, *(alternative_source(one, wanted.source) for one in wanted.alternatives)]
    return _missing(listed, sources, store, forge), []


def _missing(listed: Listed, sources: Sequence[Source], store: Store, forge: ForgeClient | None) -> list[Problem]:
    if any(present(store.cache, source) for source in sources):
        return []
    try:
        if forge is not None and any(forge.has_source(source.checksum.label, source.file_name) for source in sources):
            return []
    except OutsideError as error:
        what = f"{listed.wanted.label} isn't in the cache, and the forge can't be asked: {error.problems[0].what}"
        return [Problem(what=what, where=listed.where, hint=FETCH_HINT)]
    place = "neither in the cache nor in the forge" if forge else "not in the cache"
    return [Problem(what=f"{listed.wanted.label} is {place}", where=listed.where, hint=FETCH_HINT)]


def _check_repository(
    listed: Listed, wanted: Repository, store: Store, forge: ForgeClient | None
) -> tuple[list[Problem], list[Problem]]:
    found = exported(wanted.git, store.cache)
    if found is None or not present(store.cache, found.archive):
        commits = [pack_source(wanted.git.commit)] if wanted.git.commit else []
        return _missing(listed, commits, store, forge), []
    if wanted.git.commit:
        return [], []
    hint = f"write rev: {found.commit}"
    remark = Problem(what=f"the tag {wanted.git.tag!r} is {found.commit} here", where=listed.where, hint=hint)
    if store.offline:
        return [], [remark]
    try:
        now = tag_at_origin(wanted.git)
    except OutsideError as error:
        return [], [remark, *error.problems]
    if now == found.commit:
        return [], [remark]
    what = f"the tag {wanted.git.tag!r} has moved: it was {found.commit} when it was fetched, and is {now or 'gone'}"
    return [Problem(what=what, where=listed.where, hint="find out why; then name a commit")], []
