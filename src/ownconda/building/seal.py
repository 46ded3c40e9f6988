"""Seal: the one act that rewrites a package after the builder, into its final, reproducible form.

What the builder leaves of the machine and the hour (time stamps, the folder it built in, where a mirror's copy of a
source lay, owners and modes) is replaced by what is the same everywhere. The folder's path is replaced, byte by
byte, by another path of the same length, so that nothing in a binary file moves.
"""

import hashlib
import io
import json
import os
import re
import shutil
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from backports import zstd

from ownconda.wires.files import atomic_file

RECORD = "info/ownconda.json"
COMPRESSION_LEVEL = 15
SMALL = 8 << 20  # bytes; from there on threads are worth their start. The bytes don't depend on how many there are
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say
PYC_HEADER = 16  # bytes: magic, flags, source's time, source's size (PEP 552)
ELF_MAGIC = b"\x7fELF"
BUILD_ID_NOTE = struct.pack("<III4s", 4, 20, 3, b"GNU\0")  # sizes of name and digest, NT_GNU_BUILD_ID, the name
OUR_ROOT = "/ownconda"
DROPPED = ".dist-info/direct_url.json"  # where pip found the source on the building machine (PEP 610)

_THREADED: dict[int, int] = {
    zstd.CompressionParameter.compression_level: COMPRESSION_LEVEL,
    zstd.CompressionParameter.nb_workers: os.cpu_count() or 1,
}
_TIMESTAMP = re.compile(r"^(\s*)timestamp: \d{4}-\d\d-\d\dT.*$", re.MULTILINE)


_Changed = dict[str, tuple[str, int]]
"""For each file that was rewritten, by its sha256 before: its sha256 and its size in bytes afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What a package is sealed with.

    ``scratch`` is the folder in which everything was built; ``time`` (seconds since 1970) stands for every time;
    ``texts`` are the further replacements in the rendered recipe; ``recipe`` is the recipe's file as it was written;
    ``record`` is what ownconda says of the build (info/ownconda.json).
    """

    scratch: str
    time: int
    recipe: bytes = field(repr=False)
    texts: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, object] = field(default_factory=dict)

    @property
    def stand_in(self) -> str:
        """The path that is written instead of ``scratch``, as long as it."""
        return (OUR_ROOT + "/build").ljust(len(self.scratch), "_")[: len(self.scratch)]


@dataclass(frozen=True, slots=True)
class _Member:
    """One entry of a tar: where, its Unix mode, its content, or where a link leads."""

    name: str
    executable: bool
    content: bytes = b""
    link: str | None = None


def seal(package: Path, target: Path, sealing: Sealing) -> None:
    """Write ``package`` (.conda) to ``target`` in its final form; the same input gives the same bytes."""
    changed: _Changed = {}
    stem = target.name.removesuffix(".conda")
    with tempfile.TemporaryFile() as payload, zipfile.ZipFile(package) as source:
        kept = (member for member in _members(source, "pkg-") if not member.name.endswith(DROPPED))
        members = (_sealed_member(member, sealing, changed) for member in kept)
        _write_tar(payload, members, sealing.time)
        info = io.BytesIO()
        _write_tar(info, _sealed_info(list(_members(source, "info-")), sealing, changed), sealing.time)
        with atomic_file(target, durable=False) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as sealed:
            _add(sealed, "metadata.json", io.BytesIO(b'{"conda_pkg_format_version":2}'))
            _add(sealed, f"pkg-{stem}.tar.zst", payload)
            _add(sealed, f"info-{stem}.tar.zst", info)


def _members(source: zipfile.ZipFile, component: str) -> Iterator[_Member]:
    inner = next(name for name in source.namelist() if name.startswith(component))
    with (
        source.open(inner) as compressed,
        zstd.open(compressed) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for entry in archive:
            if entry.issym() or entry.islnk():
                yield _Member(entry.name, executable=True, link=entry.linkname)
            elif entry.isfile():
                content = archive.extractfile(entry)
                yield _Member(entry.name, bool(entry.mode & 0o100), content.read() if content else b"")


def _sealed_member(member: _Member, sealing: Sealing, changed: _Changed) -> _Member:
    content = member.content.replace(sealing.scratch.encode(), sealing.stand_in.encode())
    if member.name.endswith(".pyc"):
        content = _pyc_with_time(content, sealing.time)
    elif member.name.endswith(".dist-info/RECORD"):
        content = b"".join(line for line in content.splitlines(keepends=True) if DROPPED.encode() not in line)
    elif content.startswith(ELF_MAGIC):
        content = _elf_with_build_id(content)
    if content != member.content:
        changed[hashlib.sha256(member.content).hexdigest()] = (hashlib.sha256(content).hexdigest(), len(content))
    return _Member(member.name, member.executable, content, member.link)


def _pyc_with_time(content: bytes, time: int) -> bytes:
    """Let bytecode that is checked by its source's time expect the time that the source gets here (PEP 552)."""
    if len(content) < PYC_HEADER or struct.unpack_from("<I", content, 4)[0] != 0:
        return content
    return content[:8] + struct.pack("<I", time & 0xFFFFFFFF) + content[12:]


def _elf_with_build_id(content: bytes) -> bytes:
    """Derive the build id anew: the linker's is a digest of the file with the paths that stood in it then."""
    note = content.find(BUILD_ID_NOTE)
    if note < 0:
        return content
    start, end = note + len(BUILD_ID_NOTE), note + len(BUILD_ID_NOTE) + 20
    blank = content[:start] + bytes(20) + content[end:]
    return content[:start] + hashlib.sha256(blank).digest()[:20] + content[end:]


def _sealed_info(members: Iterable[_Member], sealing: Sealing, changed: _Changed) -> Iterator[_Member]:
    for member in members:
        content = member.content.replace(sealing.scratch.encode(), sealing.stand_in.encode())
        match member.name:
            case "info/index.json":
                content = _sealed_index(json.loads(content), sealing)
            case "info/paths.json":
                content = _sealed_paths(content, changed)
            case "info/recipe/recipe.yaml":
                content = sealing.recipe
            case "info/about.json":
                content = _pretty(json.loads(_with_texts(content.decode(), sealing)))
            case "info/recipe/rendered_recipe.yaml":
                content = _sealed_rendered(member.content.decode(), sealing).encode()
        yield _Member(member.name, member.executable, content, member.link)
    yield _Member(RECORD, executable=False, content=_pretty(sealing.record))


def _sealed_index(index: dict[str, Any], sealing: Sealing) -> bytes:
    for key in ("depends", "constrains"):  # the builder's order varies
        if key in index:
            index[key] = sorted(index[key])
    return _pretty(index | {"timestamp": sealing.time * 1000})


def _sealed_paths(content: bytes, changed: _Changed) -> bytes:
    paths = json.loads(content)
    paths["paths"] = [entry for entry in paths["paths"] if not entry["_path"].endswith(DROPPED)]
    for entry in paths["paths"]:
        if entry.get("sha256") in changed:
            entry["sha256"], size = changed[entry["sha256"]]
            if entry["path_type"] == "hardlink":  # a link has its target's digest, and a size of its own
                entry["size_in_bytes"] = size
    return _pretty(paths)


def _with_texts(text: str, sealing: Sealing) -> str:
    for old in sorted(sealing.texts, key=len, reverse=True):
        text = text.replace(old, sealing.texts[old])
    return text


def _sealed_rendered(text: str, sealing: Sealing) -> str:
    text = _with_texts(text, sealing).replace(sealing.scratch, sealing.stand_in)
    return _TIMESTAMP.sub(rf"\g<1>timestamp: {_iso(sealing.time)}", text)


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pretty(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _write_tar(file: IO[bytes], members: Iterable[_Member], time: int) -> None:
    with tempfile.SpooledTemporaryFile(SMALL) as plain:
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for member in sorted(members, key=lambda one: one.name):
                archive.addfile(_tar_entry(member, time), io.BytesIO(member.content))
        size = plain.tell()
        plain.seek(0)
        if size <= SMALL:
            file.write(zstd.compress(plain.read(), COMPRESSION_LEVEL))
        else:
            with zstd.ZstdFile(file, "w", options=_THREADED) as compressed:
                shutil.copyfileobj(plain, compressed, 1 << 20)
    file.seek(0)


def _tar_entry(member: _Member, time: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(member.name)
    entry.mtime = time
    entry.mode = 0o755 if member.executable else 0o644
    if member.link is None:
        entry.size = len(member.content)
    else:
        entry.type, entry.linkname = tarfile.SYMTYPE, member.link
    return entry


def _add(archive: zipfile.ZipFile, name: str, content: IO[bytes]) -> None:
    entry = zipfile.ZipInfo(name, ZIP_EPOCH)
    entry.create_system = 3  # Unix, wherever it is made
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w", force_zip64=False) as file:
        while chunk := content.read(1 << 20):
            file.write(chunk)
