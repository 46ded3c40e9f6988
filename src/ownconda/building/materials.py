"""What a Build needs at hand before the builder starts: its archives, fetched, and a folder with its recipe."""

import shutil
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath

from ownconda.building.store import Obtained, Store, obtain
from ownconda.building.wanted import Archive, Folder, in_v1_words, patches, wanted
from ownconda.errors import WrongInputError
from ownconda.git import working_tree
from ownconda.recipes.buildable import buildable_text
from ownconda.recipes.builds import Build, WrittenSource
from ownconda.recipes.faults import where_in
from ownconda.recipes.v0.v1_sources import NO_HOIST
from ownconda.sources.checksums import DIGITS
from ownconda.sources.inspecting import Inspection
from ownconda.wires.files import make_folder
from ownconda.wires.progress import Progress

GIT_FIELDS = frozenset(
    {"git", "rev", "tag", "branch", "depth", "lfs", "git_url", "git_rev", "git_tag", "git_branch", "git_depth"}
)
"""What either format says of a repository; the builder gets an archive of it instead."""

NO_TIME = 315_532_800  # 1980-01-01, the earliest that every archive format can say


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
    origins: tuple[Mapping[str, object], ...] = field(default=())


def gather(build: Build, store: Store, progress: Progress, *, made_from: Container[str] = frozenset()) -> Materials:
    """Fetch a Build's sources; where a source and its alternative are to be had, the one that is in ``made_from``.

    Raises WrongInputError or OutsideError when one can't be had, naming the recipe.
    """
    chosen = replace(store, made_from=made_from)
    pieces = [_piece(build, in_v1_words(build, written), chosen, progress) for written in build.sources]
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
    """Copy the folders and files among the sources into ``scratch``; gives the sources as they are then."""
    return [_in_scratch(source, scratch / "sources" / str(n), without) for n, source in enumerate(sources)]


def _in_scratch(source: Mapping[str, object], folder: Path, without: Path) -> Mapping[str, object]:
    path = Path(str(source["path"])) if "path" in source else None
    if path is None:
        return source
    if path.is_dir():
        working_tree.copy(path, folder, without=without)
        return {**source, "path": str(folder)}
    make_folder(folder)
    return {**source, "path": str(shutil.copy2(path, folder))}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One source at hand: the builder's fields, how its place is written there and in the recipe, when it was made."""

    fields: Mapping[str, object]
    local: str = ""
    written: str = ""
    time: int | None = None
    origin: Mapping[str, object] | None = None


def _piece(build: Build, written: WrittenSource, store: Store, progress: Progress) -> _Piece:
    applied = [asdict(patch) for patch in patches(build, written)]
    what = wanted(build, written)
    if isinstance(what, Folder):
        piece = _folder(build, written, what.path)
    else:
        field = "source.sha256" if isinstance(what, Archive) else "source.git"
        piece = _archive(written, obtain(what, store, progress, where=where_in(build.recipe, field)))
    return replace(piece, origin={**(piece.origin or {"path": written.path}), "patches": applied}) if applied else piece


def _archive(written: WrittenSource, obtained: Obtained) -> _Piece:
    local, source = obtained.path.as_uri(), obtained.source
    fields = {key: value for key, value in written.fields.items() if key not in {*GIT_FIELDS, *DIGITS, NO_HOIST}}
    return _Piece(
        fields={**fields, "url": local, "sha256": obtained.sha256, **_kept_folder(written, obtained.inspection)},
        local=local,
        written=source.url,
        time=obtained.inspection.newest,
        origin=_origin(written, obtained),
    )


def _kept_folder(written: WrittenSource, inspection: Inspection) -> Mapping[str, object]:
    """Name the only folder of an archive as that to unpack into, where it isn't to be taken away."""
    if not (written.fields.get(NO_HOIST) and inspection.top):
        return {}
    return {"target_directory": str(PurePosixPath(str(written.fields.get("target_directory", "")), inspection.top))}


def _origin(written: WrittenSource, obtained: Obtained) -> Mapping[str, object]:
    if obtained.commit:
        tag = written.fields.get("tag") or written.fields.get("git_tag")
        return {"git": obtained.source.url.rpartition("@")[0], "commit": obtained.commit} | (
            {"tag": tag} if tag else {}
        )
    origin = {"url": obtained.source.url, "sha256": obtained.sha256}
    return origin | {"note": obtained.alternative.note} if obtained.alternative else origin


def _folder(build: Build, written: WrittenSource, place: Path) -> _Piece:
    if not place.exists():
        raise WrongInputError(f"{written.path!r} isn't there", where=where_in(build.recipe, "source.path"))
    return _Piece(
        fields={**written.fields, "path": str(place)},
        time=working_tree.last_commit_time(place if place.is_dir() else place.parent),
    )
