"""Folders of builds that are kept for a look: each one moved to a place of its own, as if it had been built there."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from ownconda.building.relocation import relocate
from ownconda.building.scratch import PATH_LENGTH, padded, roomy
from ownconda.recipes.builds import Build
from ownconda.wires.files import disk_error, make_folder

NAME_LENGTH = 24
"""How many bytes of a package's name, version and build string a path has room for at least."""

_WORK = "out*/bld/*/work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The folder in which a package was built, and the script that makes a shell's environment that of its build.

    There is none when the build failed before its own script began.
    """

    folder: Path
    environment: Path | None = None


def kept_folder(build: Build, parent: Path) -> Path:
    """Say where below ``parent`` a Build's folder is kept, or below the temporary folder when that is too deep.

    It has its name from the package, and replaces what was kept of that one before.
    """
    place = roomy(parent, room=NAME_LENGTH)
    if place != parent.resolve():
        place /= f"kept-{_digest(str(parent.resolve()))}"  # channels share that folder
    return padded(place, _fitting(build.file_name.removesuffix(".conda"), PATH_LENGTH - len(str(place)) - 1))


def keep(parts: list[Path], folder: Path, *, scratch: Path) -> None:
    """Move parts of a scratch folder to where they are kept, and put that path in the place of the old one in them.

    Raises OutsideError when the disk refuses.
    """
    try:
        if folder.exists():
            shutil.rmtree(folder)
        make_folder(folder)
        for part in parts:
            shutil.move(part, folder / part.name)
        relocate(folder, old=scratch, new=folder)
    except OSError as error:
        raise disk_error(error, folder) from error


def found_kept(folder: Path, name: str) -> Kept | None:
    """Find what was kept of the build of a package with this name; nothing when nothing was."""
    if not folder.is_dir():
        return None
    scripts = sorted(folder.glob(f"{_WORK}/build_env.sh"), key=lambda one: one.parts[-3] != f"rattler-build_{name}")
    return Kept(folder=folder, environment=next(iter(scripts), None))


def _fitting(name: str, length: int) -> str:
    """Shorten a name where it is too long, in such a way that different ones stay different."""
    digest = _digest(name)
    return name if len(name) <= length else f"{name[: length - len(digest) - 1]}-{digest}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
