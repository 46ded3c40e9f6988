"""Files written wholly or not at all, hashed, linked and locked."""

import contextlib
import errno
import hashlib
import math
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.locks import lock

CHUNK = 1 << 20
PART = ".part"
"""How files end that are still being written."""

BESIDE = ".show."
"""How folders begin in which a file waits to take another one's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """A file's size in bytes and its hexadecimal digests."""

    size: int
    sha256: str
    md5: str


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = 0o644, durable: bool = True) -> Iterator[IO[bytes]]:
    """Open a temporary file beside ``path`` that takes its name, synced to disk, when the block ends well.

    When the block raises, nothing is left. A full disk or a read-only folder becomes an OutsideError. What is no file
    (a pipe, ``/dev/stdout``) is written to as it is: it would be gone when a file took its name.
    """
    if _is_special(path):
        with _written_into(path) as special:
            yield special
        return
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}{PART}")  # a character may take four bytes
    try:
        with _created(temporary) as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
        temporary.rename(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise disk_error(error, path) from error
        raise


def _created(path: Path) -> IO[bytes]:
    """Open a new file that nobody else may read yet, in a folder that is made where it isn't there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, flags, 0o600)
    return os.fdopen(handle, "wb")


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextlib.contextmanager
def _written_into(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise disk_error(error, path) from error


@contextlib.contextmanager
def growing_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to go on with what an interrupted process wrote of it, one process or thread at a time.

    Others wait until it is done or given up. What the block doesn't rename or remove stays for the next one, unless
    it is empty. What the disk refuses becomes an OutsideError, and then nothing stays, so that there is space again.
    """
    make_folder(path.parent)
    with _locked(path) as file:
        try:
            yield file
        except OSError as error:
            path.unlink(missing_ok=True)
            raise disk_error(error, path) from error
        finally:
            if not file.closed and _is_at(file, path) and not path.stat().st_size:
                path.unlink(missing_ok=True)


def settle(file: IO[bytes], path: Path, target: Path) -> None:
    """Give a file that has grown at ``path`` its own name, synced to disk.

    Raises OutsideError when the disk refuses.
    """
    make_folder(target.parent)
    try:
        file.flush()
        path.chmod(0o644)
        os.fsync(file.fileno())
        path.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error


def sweep(root: Path, *, before: float = math.inf) -> None:
    """Remove what killed processes left below ``root``: files and folders that weren't given their name yet.

    Nobody else may be writing there what is from ``before`` a time, in seconds since 1970. Raises OutsideError when the
    disk refuses.
    """
    try:
        for folder, folders, files in os.walk(root):
            for name in files:
                if name.startswith(".") and name.endswith(PART) and _is_older(Path(folder, name), before):
                    Path(folder, name).unlink(missing_ok=True)
            for name in [name for name in folders if name.startswith(BESIDE)]:
                folders.remove(name)
                if _is_older(Path(folder, name), before):
                    shutil.rmtree(Path(folder, name), ignore_errors=True)
    except OSError as error:
        raise disk_error(error, root) from error


def _is_older(path: Path, than: float) -> bool:
    try:
        return path.stat().st_mtime < than
    except FileNotFoundError:
        return False  # its writer has given it its name


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old content or the new, never a part."""
    with atomic_file(path, mode=mode, durable=durable) as file:
        if not durable:
            _reserve(file, 0, len(data))
        file.write(data)


def write_blocks(path: Path, blocks: Iterable[bytes]) -> None:
    """Write blocks, one after the other, to ``path`` as `write_atomically` does; a power cut may undo it.

    Raises OutsideError when the disk refuses.
    """
    with atomic_file(path, durable=False) as file:
        end = 0
        for block in blocks:
            _reserve(file, end, len(block))
            file.write(block)
            end += len(block)


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that isn't there yet. Raises WrongInputError where it is, OutsideError when the disk refuses."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except FileExistsError as error:
        hint = "choose another name, or move it away"
        raise WrongInputError("is there already", where=Where(file=path), hint=hint) from error
    except OSError as error:
        raise disk_error(error, path) from error


def _reserve(file: IO[bytes], start: int, size: int) -> None:
    """Give the next bytes of a file their place on disk.

    A file that has none yet is written at once by ext4 when it takes another one's place.
    """
    with contextlib.suppress(OSError, AttributeError):  # some systems can't; what is missing shows with the first write
        if size:
            os.posix_fallocate(file.fileno(), start, size)


def place(source: Path, target: Path, *, mode: int = 0o644) -> None:
    """Move a file to its place: ``target`` is the old file or the whole new one, never a part.

    Raises OutsideError when the disk refuses.
    """
    try:
        make_folder(target.parent)
        if _is_special(target):
            raise FileExistsError(errno.EEXIST, "it is no file", str(target))
        source.chmod(mode)
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise disk_error(error, target) from error
        with atomic_file(target, mode=mode) as file, source.open("rb") as content:
            shutil.copyfileobj(content, file, CHUNK)
        source.unlink()


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises OutsideError when the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, folder) from error


def link_or_copy(source: Path, target: Path) -> None:
    """Let ``target`` appear, whole, with ``source``'s content: a hard link where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except FileExistsError:
        return
    except OSError:
        with atomic_file(target) as file, source.open("rb") as content:
            shutil.copyfileobj(content, file, CHUNK)


def digests_of(path: Path) -> Digests:
    """Read ``path`` once for its size, sha256 and md5 (which repodata still carries)."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
            size += len(chunk)
    return Digests(size=size, sha256=sha256.hexdigest(), md5=md5.hexdigest())


def sha256_of(path: Path) -> str:
    """Give the hexadecimal sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def exclusive_lock(path: Path, *, busy: OutsideError | None = None, shared: bool = False) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; the kernel lets go of it when the process dies.

    Another holder is waited for, or ``busy`` is raised at once where it is given. Who holds it ``shared`` keeps out
    those alone who don't.
    """
    make_folder(path.parent)
    with _opened(path) as file:
        try:
            lock(file, wait=busy is None, shared=shared)
        except BlockingIOError:
            if busy is None:
                raise
            raise busy from None
        yield


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open and lock the file that stands at ``path``: who held it meanwhile may have moved it away."""
    while True:
        try:
            file = path.open("a+b")
        except OSError as error:
            raise disk_error(error, path) from error
        with file:
            lock(file, wait=True)
            if _is_at(file, path):
                yield file
                return


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("w")
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path) -> OutsideError:
    """Say what the disk refused, and what can be done."""
    hints = {
        errno.ENOSPC: "free some space, then run the same command again",
        errno.EDQUOT: "the quota is used up: free some space, then run the same command again",
        errno.EROFS: "choose a folder that can be written to",
        errno.EACCES: "choose a folder that you may write to",
    }
    return OutsideError(
        f"can't be written: {error.strerror or error}",
        where=Where(file=path),
        hint=hints.get(error.errno or 0),
    )
