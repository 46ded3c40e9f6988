"""Installers beside a channel's packages: checked, kept under a name for ever, the newest also under a plain one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ownconda.channels.channels import Channels
from ownconda.conda.versions import version_key
from ownconda.errors import ConflictError, Problem, Where, WrongInputError
from ownconda.forge.forms import Received
from ownconda.forge.installer_names import (
    CHECKSUM,
    EXTENSION,
    InstallerName,
    names_one_version,
    newest,
    parse_installer_name,
)
from ownconda.stores.store import Store
from ownconda.wires.files import sha256_of

NOTHING_RESERVED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """An installer that was received and looked at, in the forge's folder ``incoming``."""

    file: Path
    name: InstallerName
    sha256: str


def read_installer(received: Received) -> Installer:
    """Look at what came. Raises WrongInputError when it isn't a script, was damaged on its way or is called wrongly."""
    where = Where(file=received.name)
    name = parse_installer_name(received.name)
    with received.file.open("rb") as file:
        if file.read(2) != b"#!":
            raise WrongInputError("isn't an installer: a script begins with #!", where=where)
    sha256 = sha256_of(received.file)
    if received.announced not in ("", sha256):
        raise WrongInputError(f"arrived damaged: its sha256 is {sha256}", where=where, hint="send it again")
    return Installer(file=received.file, name=name, sha256=sha256)


def check_installers(
    installers: Sequence[Installer], folder: Path, reserved: Mapping[str, str] = NOTHING_RESERVED
) -> None:
    """Check that each name means one content for ever, in this channel's folder. Raises ConflictError.

    ``reserved`` are the contents of names that were here before a backup was put back.
    """
    meant = dict(reserved)
    clashes = [
        Problem(
            what="this installer's name already stands for other contents in this channel",
            where=Where(file=one.name.text),
            hint="give it a new version",
        )
        for one in installers
        if (kept_installer(folder, one.name.text) or meant.setdefault(one.name.text, one.sha256)) != one.sha256
    ]
    if clashes:
        raise ConflictError.of(clashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInstaller:
    """An installer that a channel has; ``size`` in bytes."""

    name: InstallerName
    sha256: str
    size: int


def listed_installers(folder: Path) -> list[ListedInstaller]:
    """Give those of one version that are in a channel's folder: by what they are called, each newest first."""
    paths = [path for path in folder.glob(f"*{EXTENSION}") if names_one_version(path.name)]
    listed = [
        ListedInstaller(name=parse_installer_name(path.name), sha256=sha256, size=path.stat().st_size)
        for path in paths
        if (sha256 := kept_installer(folder, path.name))
    ]
    newest_first = sorted(listed, key=lambda one: tuple(map(version_key, one.name.versions)), reverse=True)
    return sorted(newest_first, key=lambda one: one.name.pointer)


def new_installers(installers: Sequence[Installer], folder: Path) -> list[Installer]:
    """Give those that aren't in a channel's folder yet."""
    return [one for one in installers if not kept_installer(folder, one.name.text)]


def show_installers(installers: Sequence[Installer], folder: Path, channels: Channels) -> dict[str, bool]:
    """Put installers into a channel's folder, with their checksums, and tell of each whether it is new there.

    Raises ConflictError when a name stands for other contents already, OutsideError when the disk refuses.
    """
    store = channels.store
    with channels.shelf.changing():
        check_installers(installers, folder)
        new = {one.name.text: not kept_installer(folder, one.name.text) for one in installers}
        shown: dict[Path, str] = {}
        for one in installers:
            store.take(one.file, one.sha256)
            shown |= _named(folder, one.name.text, one.sha256, store)
        for pointer in sorted({one.name.pointer for one in installers}):
            shown |= _pointed(folder, pointer, installers, store)
        channels.shelf.show(shown)
    return new


def kept_installer(folder: Path, name: str) -> str:
    """Give the sha256 of an installer of one version that is in a channel's folder, empty when it isn't there.

    It stands in the file beside it, which is the last to be written.
    """
    try:
        return (folder / f"{name}{CHECKSUM}").read_text().partition(" ")[0] if names_one_version(name) else ""
    except FileNotFoundError:
        return ""


def _pointed(folder: Path, pointer: str, coming: Sequence[Installer], store: Store) -> dict[Path, str]:
    """Give what a plain name is to be: the newest of what is there and what comes."""
    there = [parse_installer_name(path.name) for path in folder.glob(f"*{EXTENSION}") if names_one_version(path.name)]
    digests = {name: kept_installer(folder, name.text) for name in there} | {one.name: one.sha256 for one in coming}
    versions = [name for name, sha256 in digests.items() if name.pointer == pointer and sha256]
    return _named(folder, pointer, digests[newest(versions)], store)


def _named(folder: Path, name: str, sha256: str, store: Store) -> dict[Path, str]:
    """Give what lies where under a name: the installer, then its checksum."""
    return {folder / name: sha256, folder / f"{name}{CHECKSUM}": store.keep(f"{sha256}  {name}\n".encode())}
