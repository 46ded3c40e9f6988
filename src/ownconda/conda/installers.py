"""The packages in an installer that is a shell script, as constructor makes them, read without running it.

Such a script ends with a line ``@@END_HEADER@@``. Behind it stand one or more payloads, whose sizes in bytes the script
says (``boundary1=$(( boundary0 + 34630736 ))``): programs that install, and last a tar with the packages below
``pkgs/``. Older scripts say no sizes, and have that tar alone.
https://github.com/conda/constructor (``header.sh``, ``shar.py``)
"""

import io
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ownconda.conda.names import EXTENSIONS
from ownconda.conda.package_tars import DAMAGE, bounded_entries
from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.files import CHUNK, disk_error

LARGEST_SCRIPT = 4 << 20
"""Bytes in which a script's end has to be found; a licence that it shows is a part of it."""

FOLDER = "pkgs"
_END = re.compile(rb"^@@END_HEADER@@\r?\n", re.MULTILINE)
_SIZE = re.compile(rb"^boundary\d+=\$\(\(\s*\$?\{?boundary\d+\}?\s*\+\s*(\d{1,15})\s*\)\)", re.MULTILINE)
_HINT = "give the lock file that it was made of, a folder of its packages, or the prefix that it installs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """The package files of an installer, and how many bytes of programs it has besides, which are no packages."""

    packages: tuple[Path, ...]
    programs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    start: int
    size: int
    programs: int


def unpack_installer(installer: Path, folder: Path) -> Unpacked:
    """Copy the packages of an installer into a folder that is there.

    Raises WrongInputError when it is none of constructor's, or is damaged, OutsideError when the disk refuses.
    """
    where = Where(file=installer)
    try:
        file = installer.open("rb")
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=where) from error
    with file:
        place = _place(file, installer.stat().st_size, where)
        file.seek(place.start)
        try:
            packages = _unpacked(_Part(file, place.size), folder)
        except DAMAGE as error:
            raise WrongInputError(f"the installer is damaged ({error})", where=where, hint="fetch it again") from error
    if not packages:
        raise WrongInputError("there are no packages in this installer", where=where, hint=_HINT)
    return Unpacked(packages=tuple(packages), programs=place.programs)


def _place(file: IO[bytes], size: int, where: Where) -> _Place:
    """Find the tar of packages."""
    script = file.read(LARGEST_SCRIPT)
    end = _END.search(script) if script.startswith(b"#!") else None
    if end is None:
        raise WrongInputError(
            "isn't an installer that constructor made: its script has no end", where=where, hint=_HINT
        )
    sizes = [int(one) for one in _SIZE.findall(script[: end.start()])]
    if not sizes:
        return _Place(start=end.end(), size=size - end.end(), programs=0)
    programs = sum(sizes[:-1])
    start = end.end() + programs
    if start + sizes[-1] > size:
        what = f"the installer is cut short: it has {size} bytes, and should have {start + sizes[-1]}"
        raise WrongInputError(what, where=where, hint="fetch it again")
    return _Place(start=start, size=sizes[-1], programs=programs)


def _unpacked(part: "_Part", folder: Path) -> list[Path]:
    found: dict[str, Path] = {}
    for archive, entry in bounded_entries(part):
        path = PurePosixPath(entry.name)
        if not entry.isfile() or path.parts[:-1] != (FOLDER,) or not path.name.endswith(EXTENSIONS):
            continue
        content = archive.extractfile(entry)
        if content is not None:
            found[path.name] = _copied(content, folder / path.name)
    part.check_end()
    return list(found.values())


def _copied(content: IO[bytes], target: Path) -> Path:
    try:
        with target.open("wb") as file:
            shutil.copyfileobj(content, file)
    except OSError as error:
        raise disk_error(error, target) from error
    return target


class _Part(io.BufferedIOBase):
    """So many bytes of a file from where it stands, which are a tar."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self._last = b""

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._file.read(self._left if size is None or size < 0 else min(size, self._left))
        self._left -= len(data)
        self._last = (self._last + data)[-tarfile.BLOCKSIZE :]
        return data

    def check_end(self) -> None:
        """Raise ValueError when the tar has no end, which is empty blocks: one that is cut between files looks well."""
        while self.read(CHUNK):
            pass
        if self._last.strip(b"\0") or len(self._last) < tarfile.BLOCKSIZE:
            raise ValueError("its packages have no end")
