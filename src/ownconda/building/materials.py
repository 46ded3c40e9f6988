"""What a Build needs at hand before the builder starts: its archives, fetched, and a folder with its recipe."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.errors import Where, WrongInputError
from ownconda.git import working_tree
from ownconda.recipes.buildable import buildable_text
from ownconda.recipes.builds import Build, WrittenSource
from ownconda.sources.archives import newest_time
from ownconda.sources.fetching import Fetched, fetch_any
from ownconda.sources.places import Place
from ownconda.sources.source import Alternative, Source, parse_source
from ownconda.wires.files import make_folder
from ownconda.wires.progress import Progress

NO_TIME = 315_532_800  # 1980-01-01, the earliest that every archive format can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where archives are looked for, which is asked for when the first one is, and the folder that keeps them."""

    places: Callable[[], tuple[Place, ...]]
    cache: Path


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


def gather(build: Build, store: Store, progress: Progress) -> Materials:
    """Fetch a Build's sources.

    Raises WrongInputError or OutsideError when one can't be had, naming the recipe.
    """
    sources: list[Mapping[str, object]] = []
    texts: dict[str, str] = {}
    times: list[int | None] = []
    origins: list[Mapping[str, str]] = []
    for written in build.sources:
        if written.urls:
            fetched = _fetch(build, written, store, progress)
            local = fetched.path.as_uri()
            sources.append({**written.fields, "url": local, "sha256": fetched.source.sha256})
            texts[local] = fetched.source.url
            times.append(newest_time(fetched.path))
            origins.append(_origin(fetched))
        elif written.path:
            folder = (build.recipe.parent / written.path).resolve()
            _check_folder(build, written.path, folder)
            sources.append({**written.fields, "path": str(folder)})
            texts[f"path: {folder}"] = f"path: {written.path}"
            times.append(working_tree.last_commit_time(folder if folder.is_dir() else folder.parent))
        else:
            sources.append(dict(written.fields))
    known = [time for time in times if time is not None]
    return Materials(sources=tuple(sources), texts=texts, epoch=max(known, default=NO_TIME), origins=tuple(origins))


def lay_out(build: Build, materials: Materials, folder: Path, *, variables: Sequence[str]) -> Path:
    """Copy the recipe's folder to ``folder`` and write the recipe there as the builder needs it; give that file."""
    shutil.copytree(build.recipe.parent, folder, symlinks=True)
    make_folder(folder)
    recipe = folder / build.recipe.name
    text = build.recipe.read_text(encoding="utf-8")
    recipe.write_text(
        buildable_text(
            text,
            folder=build.recipe.parent,
            sources=materials.sources,
            variables=variables,
            epoch=materials.epoch,
        ),
        encoding="utf-8",
    )
    return recipe


def _fetch(build: Build, written: WrittenSource, store: Store, progress: Progress) -> Fetched:
    where = Where(file=build.recipe, field="source")
    if not written.sha256:
        raise WrongInputError(f"{written.urls[0]} has no sha256", where=where, hint="add the archive's sha256")
    source: Source = parse_source(
        written.urls, written.sha256, package=build.name, debian_source=build.debian_source, where=where
    )
    alternatives = [
        Alternative(url=one.url, sha256=one.sha256, note=one.note)
        for one in build.alternatives
        if one.instead_of == written.sha256
    ]
    return fetch_any(source, alternatives, places=store.places(), cache=store.cache, progress=progress)


def _origin(fetched: Fetched) -> Mapping[str, str]:
    origin = {"url": fetched.source.url, "sha256": fetched.source.sha256}
    return origin | {"note": fetched.alternative.note} if fetched.alternative else origin


def _check_folder(build: Build, written: str, folder: Path) -> None:
    if not folder.exists():
        raise WrongInputError(f"{written!r} isn't there", where=Where(file=build.recipe, field="source.path"))
