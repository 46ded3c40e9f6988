"""What a package was made from, as a digest: the recipe's folder, the project's own files, the variant."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.seal import RECORD
from ownconda.conda.package_files import read_member
from ownconda.git import working_tree
from ownconda.recipes.builds import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The digest of what a Build is made from, and the packages (path, sha256) of the environments it is built in.

    ``image`` is the digest of the container image that it is built in, or empty.
    """

    recipe: str
    requirements: frozenset[tuple[str, str]]
    image: str = ""


def recipe_digest(build: Build, *, without: Path) -> str:
    """Digest everything that belongs to the recipe: its folder, folders that it takes as source, its variant.

    What is below ``without``, where packages are built, belongs to nothing.
    """
    digest = hashlib.sha256(json.dumps(dict(build.variant), sort_keys=True).encode())
    folder = build.recipe.parent
    roots = [folder, *((folder / source.path).resolve() for source in build.sources if source.path)]
    for root in roots:
        for path, name in _files(root, without):
            digest.update(f"{name}\0{_kind(path)}\0".encode(errors="surrogateescape"))
            digest.update(hashlib.sha256(_content(path)).digest())
    return digest.hexdigest()


def recorded_inputs(package: Path) -> Inputs | None:
    """Read what a sealed package says it was made from; None when it says nothing."""
    return inputs_of(read_member(package, RECORD))


def inputs_of(content: bytes | None) -> Inputs | None:
    """Take what a package was made from out of its record (info/ownconda.json)."""
    if content is None:
        return None
    record = json.loads(content)
    return Inputs(
        recipe=record["recipe_sha256"],
        requirements=frozenset(record["requirements"].items()),
        image=record.get("builder", {}).get("id", ""),
    )


def _files(root: Path, without: Path) -> Iterable[tuple[Path, str]]:
    if root.is_file():
        return [(root, root.name)]
    return [(path, path.relative_to(root).as_posix()) for path in working_tree.files(root, without=without)]


def _kind(path: Path) -> str:
    return "link" if path.is_symlink() else "program" if path.stat().st_mode & 0o100 else "file"


def _content(path: Path) -> bytes:
    return os.fsencode(path.readlink()) if path.is_dir() else path.read_bytes()
