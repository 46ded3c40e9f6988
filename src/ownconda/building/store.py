"""Where sources are looked for and kept, and one of them brought there."""

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.building.wanted import Archive, Repository
from ownconda.errors import OutsideError, OwncondaError, Problem, Where, WrongInputError
from ownconda.sources.fetching import Fetched, fetch_any
from ownconda.sources.git_repositories import export
from ownconda.sources.inspecting import Inspection, inspected
from ownconda.sources.places import Place
from ownconda.sources.source import Alternative, Source, alternative_source
from ownconda.wires.files import sha256_of
from ownconda.wires.http import redacted
from ownconda.wires.progress import Progress

OFFLINE_HINT = (
    "only the cache, folders and the forge are asked (offline): run `ownconda source fetch` where it can be had"
)
UNSAFE_HINT = (
    "don't use it; or give the source a file_name, so that it isn't unpacked, and let the script look after it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where archives are looked for, which is asked for when the first one is, and the folder that keeps them.

    ``offline`` says that the places ask no outside host; then repositories aren't asked either. An alternative that is
    in ``made_from`` (sha256) goes before the source that it stands in for.
    """

    places: Callable[[], tuple[Place, ...]]
    cache: Path
    offline: bool = False
    made_from: Container[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Obtained:
    """A source at hand: its file, what it is (the alternative, if that was taken), and what is to be said of it.

    ``sha256`` is the file's, whatever the recipe knows it by; ``brought`` says that the cache hadn't got it; ``commit``
    is a repository's.
    """

    path: Path
    source: Source
    sha256: str
    inspection: Inspection
    brought: bool = False
    alternative: Alternative | None = None
    commit: str | None = None


def obtain(wanted: Archive | Repository, store: Store, progress: Progress, *, where: Where | None = None) -> Obtained:
    """Bring an archive, or a repository's commit as one, into the cache, and look through it.

    Raises WrongInputError or OutsideError at ``where`` when it can't be had, WrongInputError when it mustn't be
    unpacked.
    """
    try:
        found = _archive(wanted, store, progress) if isinstance(wanted, Archive) else _commit(wanted, store, progress)
    except OwncondaError as error:
        raise _at(where, error, offline=store.offline) from error
    if found.inspection.faults and wanted.unpacked:
        faults = "; ".join(found.inspection.faults)
        raise WrongInputError(f"{found.path.name} isn't safe to unpack: {faults}", where=where, hint=UNSAFE_HINT)
    return found


def _archive(wanted: Archive, store: Store, progress: Progress) -> Obtained:
    fetched = _fetched(wanted, store, progress)
    return Obtained(
        path=fetched.path,
        source=fetched.source,
        sha256=_sha256(fetched.source, fetched.path),
        inspection=inspected(store.cache, fetched.path),
        brought=fetched.address is not None,
        alternative=fetched.alternative,
    )


def _fetched(wanted: Archive, store: Store, progress: Progress) -> Fetched:
    chosen = next((one for one in wanted.alternatives if one.sha256 in store.made_from), None)
    if chosen is None:
        return fetch_any(
            wanted.source, wanted.alternatives, places=store.places(), cache=store.cache, progress=progress
        )
    source = alternative_source(chosen, wanted.source)
    found = fetch_any(source, (), places=store.places(), cache=store.cache, progress=progress)
    return replace(found, alternative=chosen)


def _sha256(source: Source, path: Path) -> str:
    return source.checksum.digest if source.checksum.kind == "sha256" else sha256_of(path)


def _commit(wanted: Repository, store: Store, progress: Progress) -> Obtained:
    made = export(wanted.git, store.cache, progress, places=store.places, offline=store.offline)
    path = made.path(store.cache)
    return Obtained(
        path=path,
        source=replace(made.archive, urls=(f"{redacted(wanted.git.url)}@{made.commit}",)),
        sha256=made.sha256,
        inspection=inspected(store.cache, path),
        commit=made.commit,
    )


def _at(where: Where | None, error: OwncondaError, *, offline: bool) -> OwncondaError:
    """Say where in the recipe the source is asked for, and what is to be done where nobody outside may be asked."""
    first, *others = error.problems
    hint = OFFLINE_HINT if offline and isinstance(error, OutsideError) else first.hint
    what = str(first) if where else first.what
    return type(error).of([Problem(what=what, where=where or first.where, hint=hint), *others])
