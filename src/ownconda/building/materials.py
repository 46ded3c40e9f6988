"""What a Build needs at hand before the builder starts: its archives, fetched, and a folder with its recipe."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ownconda.errors import OwncondaError, WrongInputError
from ownconda.git import working_tree
from ownconda.recipes.buildable import buildable_text
from ownconda.recipes.builds import Build, WrittenSource
from ownconda.recipes.faults import where_in
from ownconda.recipes.v0.v1_sources import beside_recipe, v1_source
from ownconda.sources.archives import newest_time
from ownconda.sources.fetching import Fetched, fetch, fetch_any
from ownconda.sources.places import Place
from ownconda.sources.source import Alternative, Source, alternative_source, parse_source
from ownconda.wires.progress import Progress

NO_TIME = 315_532_800  # 1980-01-01, the earliest that every archive format can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where archives are looked for, which is asked for when the first one is, and the folder that keeps them.

    An alternative that is in ``made_from`` (sha256) goes before the source that it stands in for.
    """

    places: Callable[[], tuple[Place, ...]]
    cache: Path
    made_from: Container[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """A Build's sources as the builder takes them.

    ``sources`` are rattler-build's own fields with local addresses; ``texts`` gives for each local address what the
    recipe says instead; ``epoch`` (seconds since 1970) is when the newest source was made; ``origins`` are the
    archives' addresses and checksums, for the record.
    """

    sources: tuple[Mapping[str, object], ...]
    texts: Mapping[str, str]
    epoch: int
    origins: tuple[Mapping[str, str], ...] = field(default=())


def gather(build: Build, store: Store, progress: Progress, *, made_from: Container[str] = frozenset()) -> Materials:
    """Fetch a Build's sources; where a source and its alternative are to be had, the one that is in ``made_from``.

    Raises WrongInputError or OutsideError when one can't be had, naming the recipe.
    """
    chosen = replace(store, made_from=made_from)
    pieces = [_piece(build, _in_v1_words(build, written), chosen, progress) for written in build.sources]
    return Materials(
        sources=tuple(piece.fields for piece in pieces),
        texts={piece.local: piece.written for piece in pieces if piece.local},
        epoch=max((piece.time for piece in pieces if piece.time is not None), default=NO_TIME),
        origins=tuple(piece.origin for piece in pieces if piece.origin),
    )


def lay_out(build: Build, materials: Materials, scratch: Path, *, variables: Sequence[str], without: Path) -> Path:
    """Copy what belongs to the recipe, and to folders that it takes as sources, into ``scratch``.

    The recipe is written there as the builder needs it; gives that file. What is below ``without``, where packages are
    built, belongs to nothing.
    """
    recipe = scratch / "recipe" / build.recipe.name
    working_tree.copy(build.recipe.parent, recipe.parent, without=without)
    sources = sources_in_scratch(materials.sources, scratch, without=without)
    text = build.recipe.read_text(encoding="utf-8")
    recipe.write_text(
        buildable_text(text, folder=build.recipe.parent, sources=sources, variables=variables, epoch=materials.epoch),
        encoding="utf-8",
    )
    return recipe


def sources_in_scratch(
    sources: Sequence[Mapping[str, object]], scratch: Path, *, without: Path
) -> list[Mapping[str, object]]:
    """Copy the folders among the sources into ``scratch``; gives the sources as they are then."""
    return [_in_scratch(source, scratch / "sources" / str(n), without) for n, source in enumerate(sources)]


def _in_scratch(source: Mapping[str, object], folder: Path, without: Path) -> Mapping[str, object]:
    path = Path(str(source["path"])) if "path" in source else None
    if path is None or not path.is_dir():
        return source
    working_tree.copy(path, folder, without=without)
    return {**source, "path": str(folder)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One source at hand: the builder's fields, how its place is written there and in the recipe, when it was made."""

    fields: Mapping[str, object]
    local: str = ""
    written: str = ""
    time: int | None = None
    origin: Mapping[str, str] | None = None


def _in_v1_words(build: Build, written: WrittenSource) -> WrittenSource:
    if build.format == "v1":
        return written
    fields = dict(written.fields)
    if written.path:  # which may be that of a repository that is here
        fields = {key: value for key, value in fields.items() if not key.startswith("git_")} | {"path": written.path}
    try:
        return replace(written, path=beside_recipe(written.path or "") or None, fields=v1_source(fields))
    except WrongInputError as error:
        first = error.problems[0]
        raise WrongInputError(first.what, where=where_in(build.recipe, "source"), hint=first.hint) from error


def _piece(build: Build, written: WrittenSource, store: Store, progress: Progress) -> _Piece:
    if written.urls:
        return _archive(written, _fetch(build, written, store, progress))
    if written.path:
        return _folder(build, written, written.path)
    return _repository(build, written)


def _archive(written: WrittenSource, fetched: Fetched) -> _Piece:
    local = fetched.path.as_uri()
    origin = {"url": fetched.source.url, "sha256": fetched.source.sha256}
    return _Piece(
        fields={**written.fields, "url": local, "sha256": fetched.source.sha256},
        local=local,
        written=fetched.source.url,
        time=newest_time(fetched.path),
        origin=origin | {"note": fetched.alternative.note} if fetched.alternative else origin,
    )


def _folder(build: Build, written: WrittenSource, path: str) -> _Piece:
    place = (build.recipe.parent / path).resolve()
    if not place.exists():
        raise WrongInputError(f"{path!r} isn't there", where=where_in(build.recipe, "source.path"))
    return _Piece(
        fields={**written.fields, "path": str(place)},
        time=working_tree.last_commit_time(place if place.is_dir() else place.parent),
    )


def _repository(build: Build, written: WrittenSource) -> _Piece:
    fixed = {key: str(written.fields[key]) for key in ("git", "rev", "tag") if key in written.fields}
    if "git" in fixed and len(fixed) == 1:
        field, lacking = ("git", "neither rev nor tag") if build.format == "v1" else ("git_url", "no git_rev")
        raise WrongInputError(
            f"{fixed['git']} has {lacking}",
            where=where_in(build.recipe, f"source.{field}"),
            hint="name the commit, so that the same recipe means the same source",
        )
    here = build.recipe.parent / fixed.get("git", "")
    local = {"git": str(here.resolve())} if "git" in fixed and here.is_dir() else {}
    return _Piece(fields={**written.fields, **local}, origin=fixed)


def _fetch(build: Build, written: WrittenSource, store: Store, progress: Progress) -> Fetched:
    where = where_in(build.recipe, "source.sha256")
    if not written.sha256:
        weak = next((f", only {key}" for key in ("md5", "sha1") if key in written.fields), "")
        raise WrongInputError(f"{written.urls[0]} has no sha256{weak}", where=where, hint="add the archive's sha256")
    source: Source = parse_source(
        written.urls, written.sha256, package=build.name, debian_source=build.debian_source, where=where
    )
    alternatives = [
        Alternative(url=one.url, sha256=one.sha256, note=one.note)
        for one in build.alternatives
        if one.instead_of == written.sha256
    ]
    chosen = next((one for one in alternatives if one.sha256 in store.made_from), None)
    try:
        if chosen:
            wanted = alternative_source(chosen, source)
            path = fetch(wanted, places=store.places(), cache=store.cache, progress=progress)
            return Fetched(path=path, source=wanted, alternative=chosen)
        return fetch_any(source, alternatives, places=store.places(), cache=store.cache, progress=progress)
    except OwncondaError as error:
        first, *others = error.problems
        raise type(error).of([replace(first, what=f"{first}", where=where), *others]) from error
