"""An environment made, or brought to what is asked for, for machines that have no conda client."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.solver import Installed, Solved, install, solve
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import make_folder
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A prefix on disk, what was solved for it, and what that changed."""

    prefix: Path
    solved: Solved
    changes: Installed


def create(
    prefix: Path,
    channels: Sequence[str],
    specs: Sequence[str],
    progress: Progress,
    *,
    subdir: str | None = None,
) -> Environment:
    """Install what satisfies ``specs`` from ``channels`` into ``prefix``.

    An interrupted call is completed by the next one. Raises WrongInputError when the prefix is a folder of
    something else.
    """
    prefix = prefix.absolute()
    check_prefix(prefix)
    with progress.bar("solving"):
        solved = solve(channels, specs, subdir=subdir)
    make_folder(prefix / "conda-meta")
    with progress.bar("installing", len(solved.names)) as bar:

        def linked(name: str) -> None:
            bar.say(name)
            bar.advance(1)

        changes = install(solved, prefix, on_package=linked)
    (prefix / "conda-meta" / "history").touch()  # by this file conda knows an environment
    return Environment(prefix=prefix, solved=solved, changes=changes)


def check_prefix(prefix: Path) -> None:
    """Raise WrongInputError unless ``prefix`` is absent, empty, or an environment."""
    if prefix.exists() and not prefix.is_dir():
        raise WrongInputError("is a file, not a folder", where=Where(file=prefix))
    if prefix.is_dir() and any(prefix.iterdir()) and not (prefix / "conda-meta").is_dir():
        raise WrongInputError(
            "isn't empty and isn't an environment", where=Where(file=prefix), hint="choose another --prefix"
        )
