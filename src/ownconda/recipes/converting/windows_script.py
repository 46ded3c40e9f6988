"""The build script for Windows: ``bld.bat`` beside a ``meta.yaml``, ``build.bat`` beside a ``recipe.yaml``."""

from collections.abc import Iterator
from pathlib import Path

from ownconda.errors import OutsideError, Problem, Where
from ownconda.wires.files import disk_error, write_atomically

_OLD, _NEW = "bld.bat", "build.bat"


def script_problems(recipe: Path) -> Iterator[Problem]:
    """Tell what becomes of the script beside an old recipe."""
    old, new = recipe.parent / _OLD, recipe.parent / _NEW
    if old.is_file() and not new.exists():
        yield Problem(what=f"{_OLD} is called {_NEW} in v1, and is copied", where=Where(file=recipe))
    elif old.is_file() and _content(old) != _content(new):
        yield Problem(
            what=f"{_OLD} isn't what {_NEW} is, which v1 runs",
            where=Where(file=recipe),
            hint=f"take over from {_OLD} what is missing",
        )


def copy_script(folder: Path) -> tuple[Path, ...]:
    """Copy the script to its new name, unless that is taken; give what was written."""
    old, new = folder / _OLD, folder / _NEW
    if not old.is_file() or new.exists():
        return ()
    write_atomically(new, _content(old), mode=old.stat().st_mode & 0o777)
    return (new,)


def remove_script(folder: Path) -> None:
    """Remove the script by its old name, if the one by its new name is the same."""
    old, new = folder / _OLD, folder / _NEW
    if old.is_file() and new.is_file() and _content(old) == _content(new):
        remove(old)


def remove(file: Path) -> None:
    """Remove a file. Raises OutsideError when the disk refuses."""
    try:
        file.unlink()
    except OSError as error:
        raise disk_error(error, file) from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=file)) from error
