"""Debian's source archive as a place of archives, through ``apt-get source``.

apt gets a sources file, lists and a state of its own in a folder of ours, so that nothing of the machine's
apt is changed and no right is needed; the archive's address, its keyring and apt's proxies are the machine's.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from ownconda.errors import OutsideError, Where
from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Content, NotHereError, open_file
from ownconda.sources.places import Offer
from ownconda.sources.places.apt_configuration import (
    Archive,
    debian_archive,
    parse_deb822,
    parse_one_line,
    sources_file,
)
from ownconda.sources.source import APT_SOURCE, Source, is_debian_source
from ownconda.wires.files import exclusive_lock, write_atomically
from ownconda.wires.http import redacted
from ownconda.wires.processes import Finished, run

FRESH_SECONDS = 24 * 60 * 60
UPDATE_SECONDS = 600.0
DOWNLOAD_SECONDS = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where this machine says what it is, and how its apt is configured."""

    apt: Path = Path("/etc/apt")
    os_release: Path = Path("/etc/os-release")


class Debian:
    """The source packages of one Debian release; ``folder`` is ours and is kept from run to run."""

    def __init__(self, *, release: str, folder: Path, machine: Machine | None = None) -> None:
        self._release = release
        self._folder = folder / release
        self._machine = machine or Machine()
        self._trouble: str | None = None

    @property
    def name(self) -> str:
        """What the place is called in messages."""
        return f"Debian's source archive ({self._release})"

    def offers(self, source: Source) -> Iterator[Offer]:
        """Give the source package that the source names, else the one called like the recipe's package."""
        package = source.debian_source or source.package
        if package is None or not is_debian_source(package):
            raise NotHereError("no Debian source package is named for it")
        address = f"{APT_SOURCE}:{package} ({self._release})"
        yield Offer(address=address, open=partial(self._open, package, source))

    @contextmanager
    def _open(self, package: str, source: Source, _start: int = 0) -> Iterator[Content]:
        self._prepare()
        with TemporaryDirectory(dir=self._folder, prefix="download-") as folder:
            downloaded = Path(folder)
            done = run(
                (
                    "apt-get", "source", "--download-only", "--tar-only", "--only-source",
                    *self._options(), package,
                ),
                cwd=downloaded,
                env=_PLAIN,
                timeout=DOWNLOAD_SECONDS,
            )  # fmt: skip
            # Whatever the exit code is: a .dsc can be gone while the archive itself is there.
            arrived = [path for path in sorted(downloaded.iterdir()) if path.is_file()]
            files = {path: source.checksum.of_file(path) for path in arrived}
            with open_file(_chosen(files, source, done)) as content:
                yield content

    def _prepare(self) -> None:
        """Have fresh lists of the release: updated when they are missing or older than a day."""
        if self._trouble is not None:
            raise NotHereError(f"not asked again: {self._trouble}")
        try:
            with exclusive_lock(self._folder / "lock"):
                if not self._fresh():
                    self._update()
        except OutsideError as error:
            self._trouble = error.problems[0].what
            raise

    def _fresh(self) -> bool:
        try:
            return time.time() - (self._folder / "updated").stat().st_mtime < FRESH_SECONDS and self._has_lists()
        except FileNotFoundError:
            return False

    def _has_lists(self) -> bool:
        return any((self._folder / "lists").glob("*_Sources*"))

    def _update(self) -> None:
        text = sources_file(_machine_archive(self._machine), self._release)
        write_atomically(self._folder / "sources" / "debian.sources", text.encode())
        (self._folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        done = run(("apt-get", "update", *self._options()), env=_PLAIN, timeout=UPDATE_SECONDS)
        if not self._has_lists():
            raise OutsideError(
                f"apt-get update didn't bring the lists of {self._release!r}: {_reason(done)}",
                hint="check the setting sources.debian, the network and apt's own configuration",
            )
        if done.code == 0:
            write_atomically(self._folder / "updated", b"")

    def _options(self) -> Iterator[str]:
        folder = self._folder.absolute()
        for option in (
            "Dir::Etc::sourcelist=/dev/null",
            f"Dir::Etc::sourceparts={folder / 'sources'}",
            f"Dir::State::lists={folder / 'lists'}",
            # Otherwise apt-get prefers the version that is installed here.
            "Dir::State::status=/dev/null",
            "Dir::Cache::pkgcache=",
            "Dir::Cache::srcpkgcache=",
            "APT::Sandbox::User=root",
            "APT::Get::List-Cleanup=false",
        ):
            yield from ("-o", option)


_PLAIN = {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _chosen(files: dict[Path, Checksum], source: Source, done: Finished) -> Path:
    for path, checksum in files.items():
        if checksum == source.checksum:
            return path
    named = next((path for path in files if path.name == source.file_name), None)
    if named is not None and source.url.startswith(f"{APT_SOURCE}:"):
        return named  # the recipe meant this very file: let its checksum be told
    if files:
        found = ", ".join(f"{path.name} ({checksum})" for path, checksum in files.items())
        raise NotHereError(f"it has only {found}")
    raise NotHereError(_reason(done))


def _machine_archive(machine: Machine) -> Archive:
    codename = _codename(machine.os_release)
    files = (machine.apt / "sources.list", *sorted((machine.apt / "sources.list.d").glob("*")))
    archives = chain.from_iterable(_archives(path) for path in files)
    found = debian_archive(archives, codename) if codename else None
    if found is None:
        raise OutsideError(
            "this machine's apt isn't configured for Debian",
            where=Where(file=machine.apt),
            hint="empty the setting sources.debian, or configure another mirror in sources.mirrors",
        )
    return found


def _archives(path: Path) -> Iterator[Archive]:
    parsers = {".list": parse_one_line, ".sources": parse_deb822}
    if path.suffix in parsers and path.is_file():
        yield from parsers[path.suffix](path.read_text(encoding="utf-8", errors="replace"))


def _codename(os_release: Path) -> str | None:
    if not os_release.is_file():
        return None
    text = os_release.read_text(encoding="utf-8", errors="replace")
    values = dict(re.findall(r"^(\w+)=\"?([^\"\n]*)\"?$", text, re.MULTILINE))
    return values.get("VERSION_CODENAME") if values.get("ID") == "debian" else None


def _reason(done: Finished) -> str:
    said = [line for line in (done.err + done.out).splitlines() if line.startswith(("E:", "W:"))]
    return redacted(said[0][2:].strip() if said else str(done))
