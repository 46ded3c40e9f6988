"""Where sources are, and from where they would come: the cache, the forge, or whoever is asked first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ownconda.building.store import Store
from ownconda.building.wanted import Archive, Folder, Listed, Repository
from ownconda.errors import OutsideError
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.sources.cache import present
from ownconda.sources.checksums import Checksum
from ownconda.sources.git_packs import pack_source
from ownconda.sources.git_repositories import exported
from ownconda.sources.places import Place
from ownconda.sources.places.directory import Directory
from ownconda.sources.places.forge import Forge as ForgePlace
from ownconda.sources.places.own_address import OwnAddress
from ownconda.sources.places.python_index import PythonIndex
from ownconda.sources.source import Source, alternative_source
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source and where it is.

    ``checksum`` and ``size`` (bytes) are those of its archive in the cache, or what the recipe says; ``in_forge`` is
    None where the forge wasn't asked or doesn't answer; ``comes_from`` is empty when nobody would be asked.
    """

    listed: Listed
    checksum: Checksum | None = None
    size: int | None = None
    in_cache: bool = False
    in_forge: bool | None = None
    comes_from: str = ""
    commit: str | None = None


def find_sources(listed: Sequence[Listed], store: Store, forge: ForgeClient | None, progress: Progress) -> list[Found]:
    """Look for each source, without fetching any. Only the forge is asked."""
    places = store.places()
    known = _Forge(forge, progress)
    done = dict(several_at_once(lambda one: _found(one, store, places, known), listed))
    return [done[index] for index in range(len(listed))]


class _Forge:
    """A forge that is asked no more once it didn't answer."""

    def __init__(self, client: ForgeClient | None, progress: Progress) -> None:
        self._client, self._progress = client, progress

    def has(self, source: Source) -> bool | None:
        if self._client is None:
            return None
        try:
            return self._client.has_source(source.checksum.label, source.file_name)
        except OutsideError as error:
            if self._client is not None:  # else another thread has told it
                self._progress.note(f"the forge isn't asked: {error}")
            self._client = None
            return None


def _found(listed: Listed, store: Store, places: Sequence[Place], forge: _Forge) -> Found:
    wanted = listed.wanted
    if isinstance(wanted, Folder):
        return Found(listed=listed, comes_from=str(wanted.path))
    if isinstance(wanted, Repository):
        return _repository(listed, wanted, store, forge)
    return _archive(listed, wanted, store, places, forge)


def _repository(listed: Listed, wanted: Repository, store: Store, forge: _Forge) -> Found:
    made = exported(wanted.git, store.cache)
    path = present(store.cache, made.archive) if made else None
    commit = made.commit if made else wanted.git.commit
    in_forge = forge.has(pack_source(commit)) if commit else None
    askable = wanted.git.is_local or not store.offline
    return Found(
        listed=listed,
        checksum=made.archive.checksum if made else None,
        size=path.stat().st_size if path else None,
        in_cache=path is not None,
        in_forge=in_forge,
        comes_from="the cache" if path else "the forge" if in_forge else "its repository" if askable else "",
        commit=commit,
    )


def _archive(listed: Listed, wanted: Archive, store: Store, places: Sequence[Place], forge: _Forge) -> Found:
    path, in_forge = present(store.cache, wanted.source), forge.has(wanted.source)
    first = "the cache" if path else "the forge" if in_forge else next(_likely(wanted.source, places), "")
    first = first or next(_instead(wanted, store, forge), "")
    return Found(
        listed=listed,
        checksum=wanted.source.checksum,
        size=path.stat().st_size if path else None,
        in_cache=path is not None,
        in_forge=in_forge,
        comes_from=first,
    )


def _instead(wanted: Archive, store: Store, forge: _Forge) -> Iterator[str]:
    """Name where alternatives are that would be taken because no place at all has the source."""
    for alternative in wanted.alternatives:
        source = alternative_source(alternative, wanted.source)
        if present(store.cache, source):
            yield f"the cache, as {source.file_name}"
        elif forge.has(source):
            yield f"the forge, as {source.file_name}"


def _likely(source: Source, places: Sequence[Place]) -> Iterator[str]:
    """Name the places that would be asked, the forge aside: folders are looked into, hosts aren't."""
    for place in places:
        here = isinstance(place, Directory | OwnAddress) or (isinstance(place, PythonIndex) and place.is_folder)
        if not isinstance(place, ForgePlace) and (_offers(place, source) if here else _may_have(place, source)):
            yield place.name


def _may_have(place: Place, source: Source) -> bool:
    return not isinstance(place, PythonIndex) or place.project(source) is not None


def _offers(place: Place, source: Source) -> bool:
    try:
        return bool(tuple(place.offers(source)))
    except OutsideError:
        return False
