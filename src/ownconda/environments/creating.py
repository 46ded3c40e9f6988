"""An environment made, or brought to what is asked for, for machines that have no conda client."""

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.match_specs import spec_name
from ownconda.conda.prefixes import META, Linked, forget_credentials, linked_packages
from ownconda.conda.solver import Installed, Solved, arriving_files, install, solve
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.wires.addresses import without_credentials
from ownconda.wires.files import make_folder, write_atomically
from ownconda.wires.progress import Progress

LONGEST_PREFIX = 255  # bytes of the placeholder that conda-build and rattler-build build with
UNFINISHED = "ownconda-unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A prefix on disk, what was solved for it, and what that changed."""

    prefix: Path
    solved: Solved
    changes: Installed


def create(  # noqa: PLR0913  (the flags are keywords)
    prefix: Path,
    channels: Sequence[str],
    specs: Sequence[str],
    progress: Progress,
    *,
    subdir: str | None = None,
    replace: bool = False,
    force: bool = False,
) -> Environment:
    """Install what satisfies ``specs`` from ``channels`` into ``prefix``.

    An interrupted call is completed by the next one. Raises WrongInputError when the prefix is a folder of something
    else, when it was made for what ``specs`` don't name (unless ``replace``), and when a file there that belongs to no
    package would be overwritten (unless ``force``).
    """
    prefix = prefix.absolute()
    check_prefix(prefix)
    present = linked_packages(prefix)
    with progress.bar("solving"):
        solved = solve(channels, specs, subdir=subdir)
    if not replace:
        check_kept(prefix, present, solved)
    if not force:
        check_files(prefix, present, solved)
    make_folder(prefix / META)
    with progress.bar("installing", len(solved.names)) as bar, _unfinished(prefix, solved.names):

        def linked(name: str) -> None:
            bar.say(name)
            bar.advance(1)

        changes = install(solved, prefix, on_package=linked)
        if any(without_credentials(url) != url for url in solved.urls):
            forget_credentials(prefix)
    (prefix / META / "history").touch()  # by this file conda knows an environment
    return Environment(prefix=prefix, solved=solved, changes=changes)


def check_prefix(prefix: Path) -> None:
    """Raise WrongInputError unless ``prefix`` is absent, empty, or an environment, and short enough for packages."""
    length = len(os.fsencode(prefix))
    if length > LONGEST_PREFIX:
        raise WrongInputError(
            f"the path is too long: {length} bytes; packages leave room for {LONGEST_PREFIX}",
            where=Where(file=prefix),
            hint="choose a shorter --prefix",
        )
    if prefix.exists() and not prefix.is_dir():
        raise WrongInputError("is a file, not a folder", where=Where(file=prefix))
    if prefix.is_dir() and any(prefix.iterdir()) and not (prefix / META).is_dir():
        raise WrongInputError(
            "isn't empty and isn't an environment", where=Where(file=prefix), hint="choose another --prefix"
        )


def check_kept(prefix: Path, present: Sequence[Linked], solved: Solved) -> None:
    """Raise WrongInputError when a package that the environment was made for isn't asked for any more.

    Where no package remembers that, as after some other clients, each package is one that it was made for.
    """
    if any(package.requested for package in present):
        asked = {spec_name(spec) for spec in solved.specs}
        dropped = [spec for package in present if package.name not in asked for spec in package.requested]
    else:
        staying = {*solved.names, *_begun(prefix)}
        dropped = [package.name for package in present if package.name not in staying]
    if dropped:
        raise WrongInputError(
            f"the environment was made for {', '.join(dropped)} as well, which would be removed",
            where=Where(file=prefix),
            hint=f"repeat what is to stay ({shlex.join(dropped)}), or let go of it with --replace",
        )


def check_files(prefix: Path, present: Sequence[Linked], solved: Solved) -> None:
    """Raise WrongInputError that lists the files which would be overwritten and belong to no package."""
    if not prefix.is_dir() or all(path.name == META for path in prefix.iterdir()):
        return
    owned = {file for package in present for file in package.files}
    begun = _begun(prefix)
    arriving = arriving_files(solved, {package.identifier for package in present})
    problems = [
        Problem(
            what=f"belongs to no package, and {package} would overwrite it",
            where=Where(file=prefix / path),
            hint="move it away, or give --force to lose it",
        )
        for path, package in sorted(arriving.items())
        if path not in owned and package not in begun and os.path.lexists(prefix / path)
    ]
    if problems:
        raise WrongInputError.of(problems)


@contextmanager
def _unfinished(prefix: Path, names: Sequence[str]) -> Iterator[None]:
    """Note which packages are being installed: after an interruption, their files are taken for theirs."""
    note = prefix / META / UNFINISHED
    begun = sorted({*names, *_begun(prefix)})
    write_atomically(note, "".join(f"{name}\n" for name in begun).encode())
    yield
    note.unlink(missing_ok=True)


def _begun(prefix: Path) -> frozenset[str]:
    try:
        return frozenset((prefix / META / UNFINISHED).read_text().split())
    except (OSError, UnicodeDecodeError):
        return frozenset()
