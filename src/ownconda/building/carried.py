"""What a package carries to be made again: its recipe with the files beside it, its variant, its lock."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ownconda.building.inputs import recipe_digest
from ownconda.building.locks import lock_inside
from ownconda.building.seal import RECIPE, RECORD
from ownconda.conda.locks import Lock
from ownconda.conda.names import NOARCH
from ownconda.conda.package_archives import Member, read_members
from ownconda.conda.package_files import read_member
from ownconda.errors import Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.collection import CONTEXT
from ownconda.recipes.folders import find_recipes, render_each
from ownconda.recipes.rendering import Rendering
from ownconda.wires.files import make_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A package's Build as its own recipe renders to it, with what; the lock; the digest of what it was made from.

    ``sources`` are the sha256 of the archives that it was made from.
    """

    build: Build
    rendering: Rendering
    lock: Lock
    digest: str
    sources: frozenset[str]


def carried(package: Path, folder: Path, *, recipe: Path | None = None) -> Carried:
    """Lay out a package's recipe in ``folder`` and render it, or render ``recipe`` if that is the same one.

    Raises WrongInputError when the package wasn't made by ownconda, doesn't carry everything, or ``recipe`` isn't what
    it was made from.
    """
    where = Where(file=package)
    record, lock = _record(package), lock_inside(package)
    if record is None or lock is None:
        raise WrongInputError(
            "the package carries no recipe and lock of ownconda's", where=where, hint="build it with `ownconda build`"
        )
    rendering = _rendering(record["variant"])
    found = _found(recipe) if recipe else _laid_out(package, record, folder)
    build = _build(found, rendering, package)
    _check_folders(build, folder if recipe is None else None, where)
    channel = package.resolve().parent.parent  # which may lie in the project, and is no part of it
    if recipe_digest(build, without=channel) != record["recipe_sha256"]:
        raise WrongInputError(f"the package wasn't made from {recipe or 'the recipe in it'} as it is", where=where)
    return Carried(
        build=build,
        rendering=rendering,
        lock=lock,
        digest=record["recipe_sha256"],
        sources=frozenset(source["sha256"] for source in record["sources"] if "sha256" in source),
    )


def _record(package: Path) -> Mapping[str, Any] | None:
    content = read_member(package, RECORD)
    record = json.loads(content) if content else {}
    return record if "variant" in record else None


def _rendering(variant: Mapping[str, str]) -> Rendering:
    platform = variant.get("target_platform")
    return Rendering(
        variants={key: (value,) for key, value in variant.items() if key != "target_platform"},
        target_platform=None if platform == NOARCH else platform,
        context=CONTEXT,
    )


def _found(recipe: Path) -> Path:
    found = find_recipes([recipe])
    if len(found) != 1:
        raise WrongInputError("there is more than one recipe", where=Where(file=recipe), hint="name one of them")
    return found[0]


def _laid_out(package: Path, record: Mapping[str, Any], folder: Path) -> Path:
    names = [name for name in record["recipe_files"] if _is_inside(name)]
    with zipfile.ZipFile(package) as archive:
        members = {member.name: member for member in read_members(archive, "info-") if member.name.startswith(RECIPE)}
    there = {name: members[f"{RECIPE}/{name}"] for name in names if f"{RECIPE}/{name}" in members}
    for name, member in sorted(there.items(), key=lambda one: one[1].link is not None):  # files before links
        _write(member, folder / name)
    return folder / str(record["recipe"])


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _write(member: Member, path: Path) -> None:
    make_folder(path.parent)
    if member.link is None:
        path.write_bytes(member.content)
        path.chmod(0o755 if member.executable else 0o644)
    else:
        path.symlink_to(member.link)


def _build(recipe: Path, rendering: Rendering, package: Path) -> Build:
    [outcome] = render_each([recipe], rendering)
    if outcome.error:
        raise outcome.error
    build = next((one.build for one in outcome.rendered if one.build.file_name == package.name), None)
    if build is None:
        raise WrongInputError(f"its recipe doesn't render to {package.name} here", where=Where(file=package))
    return build


def _check_folders(build: Build, folder: Path | None, where: Where) -> None:
    """Refuse what was made from a folder that isn't in the package."""
    outside = [
        source.path
        for source in build.sources
        if source.path and folder and not (build.recipe.parent / source.path).resolve().is_relative_to(folder.resolve())
    ]
    if outside:
        raise WrongInputError(
            f"it was made from the folder {outside[0]!r}, which isn't in the package",
            where=where,
            hint="give the project that it was made from with --recipe",
        )
