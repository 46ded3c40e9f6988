"""What is known of a package that was built: read from the sealed file, and from the repository of its recipe."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconda.building.invocation import Run
from ownconda.building.locks import LOCK
from ownconda.building.seal import RECORD
from ownconda.conda.package_files import read_info
from ownconda.git.commit import commit_of, is_modified
from ownconda.recipes.builds import Build
from ownconda.wires.files import sha256_of

ABOUT, INDEX, LICENCES = "info/about.json", "info/index.json", "info/licenses/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where a recipe is kept: its path in the repository, the commit, and whether it was changed since.

    Outside a repository ``commit`` is empty and ``recipe`` its folder's and its own name.
    """

    recipe: str
    address: str = ""
    commit: str = ""
    modified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A package as it was made: the file, what it says of itself, what it was made from, and when.

    ``index``, ``about`` and ``record`` are the package's index.json, about.json and ownconda.json; ``lock`` is the
    sha256 of the lock inside it.
    """

    file_name: str
    sha256: str
    index: Mapping[str, Any]
    about: Mapping[str, Any]
    record: Mapping[str, Any]
    lock: str
    licence_texts: Mapping[str, str]
    repository: Repository
    variant: Mapping[str, str]
    subdir: str
    channels: tuple[str, ...]
    run: Run

    @property
    def sources(self) -> Sequence[Mapping[str, Any]]:
        """The sources that ownconda.json lists."""
        listed: Sequence[Mapping[str, Any]] = self.record.get("sources", ())
        return listed

    @property
    def environment(self) -> Mapping[str, str]:
        """What was installed to build it: path in a channel to sha256."""
        listed: Mapping[str, str] = self.record.get("requirements", {})
        return listed


def read_built(package: Path, build: Build, *, channels: Sequence[str], run: Run, without: Path) -> Built:
    """Gather what is known of a sealed package; what is below ``without``, where packages are built, is no input."""
    info = read_info(package, lambda name: name in {RECORD, ABOUT, INDEX, LOCK} or name.startswith(LICENCES))
    return Built(
        file_name=package.name,
        sha256=sha256_of(package),
        index=json.loads(info[INDEX]),
        about=json.loads(info.get(ABOUT, b"{}")),
        record=json.loads(info[RECORD]),
        lock=hashlib.sha256(info[LOCK]).hexdigest(),
        licence_texts={
            name.removeprefix(LICENCES): text.decode(errors="replace")
            for name, text in sorted(info.items())
            if name.startswith(LICENCES)
        },
        repository=_repository(build, without),
        variant=build.variant,
        subdir=build.subdir,
        channels=tuple(channels),
        run=run,
    )


def _repository(build: Build, without: Path) -> Repository:
    folder = build.recipe.parent.resolve()
    recipe = folder / build.recipe.name
    found = commit_of(folder)
    if found is None or not recipe.is_relative_to(found.root):
        return Repository(recipe=f"{folder.name}/{recipe.name}")
    inputs = [folder, *((folder / source.path).resolve() for source in build.sources if source.path)]
    return Repository(
        recipe=recipe.relative_to(found.root).as_posix(),
        address=found.address,
        commit=found.commit,
        modified=is_modified(found, inputs, without=without),
    )
