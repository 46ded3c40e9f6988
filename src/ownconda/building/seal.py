"""Seal: the one act that rewrites a package after the builder, into its final, reproducible form.

What the builder leaves of the machine and the hour (time stamps, the folder it built in, where a mirror's copy of a
source lay, owners and modes) is replaced by what is the same everywhere. The folder's path is replaced, byte by
byte, by another path of the same length, so that nothing in a binary file moves.
"""

import base64
import csv
import hashlib
import io
import json
import os
import posixpath
import re
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ownconda.conda.package_archives import Kept, Member, Spool, read_members, write_conda
from ownconda.errors import NoError

RECORD = "info/ownconda.json"
PYC_HEADER = 16  # bytes: magic, flags, source's time, source's size (PEP 552)
ELF_MAGIC = b"\x7fELF"
BUILD_ID_NOTE = struct.pack("<III4s", 4, 20, 3, b"GNU\0")  # sizes of name and digest, NT_GNU_BUILD_ID, the name
OUR_ROOT = "/ownconda"
DROPPED = ".dist-info/direct_url.json"  # where pip found the source on the building machine (PEP 610)
INSTALLED_FILES = ".dist-info/RECORD"
CHANNEL = "https://channel.invalid"
"""What is written instead of the channels that requirements came from: their names and digests tell which they were."""
GZIP_MAGIC = b"\x1f\x8b\x08"

_REPEATED_CHANNEL = re.compile(rf"^( *- {re.escape(CHANNEL)}/?\n)\1+", re.MULTILINE)
_MACHINE = re.compile(r"^( *)virtual_packages:\n(?:\1- .*\n)+", re.MULTILINE)
_TIMESTAMP = re.compile(r"^(\s*)timestamp: \d{4}-\d\d-\d\dT.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What a package is sealed with.

    ``scratch`` is the folder in which everything was built; ``time`` (seconds since 1970) stands for every time;
    ``texts`` are the further replacements in the rendered recipe; ``recipe`` is the recipe's file as it was written, or
    None when the builder's own isn't kept; ``record`` is what ownconda says of the build (info/ownconda.json).
    ``index`` and ``about`` go into the files of those names; None takes an entry out.
    ``constrains`` is added to the package's own.
    """

    scratch: str
    time: int
    recipe: bytes | None = field(repr=False)
    texts: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, object] = field(default_factory=dict)
    index: Mapping[str, object] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)
    constrains: tuple[str, ...] = ()

    @property
    def path(self) -> bytes:
        """The path that is replaced."""
        return os.fsencode(self.scratch)

    @property
    def stand_in(self) -> bytes:
        """The path that is written instead, as many bytes long."""
        return f"{OUR_ROOT}/build".encode().ljust(len(self.path), b"_")[: len(self.path)]


def sealing_of(fields: Mapping[str, Any]) -> Sealing:
    """Make a Sealing of fields that have travelled as JSON."""
    recipe = fields["recipe"]
    return Sealing(**{**fields, "recipe": None if recipe is None else recipe.encode()})


def seal(package: Path, target: Path, sealing: Sealing) -> None:
    """Write ``package`` (.conda) to ``target`` in its final form; the same input gives the same bytes.

    Raises NoError when the package isn't as a builder makes it.
    """
    try:
        _rewrite(package, target, sealing)
    except (ValueError, KeyError, StopIteration, zipfile.BadZipFile, tarfile.TarError) as error:
        raise NoError(f"{package.name} can't be sealed: {error}") from error


def _rewrite(package: Path, target: Path, sealing: Sealing) -> None:
    with Spool() as payload, zipfile.ZipFile(package) as source:
        for member in read_members(source, "pkg-"):
            if not member.name.endswith(DROPPED):
                payload.put(replace(member, content=_sealed_content(member, sealing)))
        for kept in [one for name, one in payload.entries.items() if name.endswith(INSTALLED_FILES)]:
            content = _installed_files(payload.get(kept).decode(errors="surrogateescape"), kept.name, payload.entries)
            payload.put(Member(kept.name, executable=kept.executable, content=content))
        info = _sealed_info(read_members(source, "info-"), sealing, payload.entries)
        write_conda(target, payload, info, time=sealing.time)


def _sealed_content(member: Member, sealing: Sealing) -> bytes:
    content = member.content.replace(sealing.path, sealing.stand_in)
    if member.name.endswith(".pyc"):
        return _pyc_with_time(content, sealing.time)
    if content.startswith(GZIP_MAGIC):
        return content[:4] + bytes(4) + content[8:]  # when it was compressed (RFC 1952)
    return _elf_with_build_id(content) if content.startswith(ELF_MAGIC) else content


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


def _installed_files(text: str, name: str, entries: Mapping[str, Kept]) -> bytes:
    """Let a RECORD list what the package holds, with the digests that it has now.

    pip wrote it when it installed on the building machine: with scripts that a client makes anew, for one. See the
    specification "Recording installed projects".
    """
    root = posixpath.dirname(posixpath.dirname(name))
    listed = io.StringIO()
    writer = csv.writer(listed, lineterminator="\n")
    for row in csv.reader(text.splitlines()):
        kept = entries.get(posixpath.normpath(posixpath.join(root, row[0]))) if row else None
        if kept is None:
            continue
        if kept.link is None and row[1:2] != [""]:
            digest = base64.urlsafe_b64encode(bytes.fromhex(kept.sha256)).rstrip(b"=").decode()
            row[1:] = [f"sha256={digest}", str(kept.size)]
        writer.writerow(row)
    return listed.getvalue().encode(errors="surrogateescape")


def _sealed_info(members: Iterable[Member], sealing: Sealing, entries: Mapping[str, Kept]) -> Iterator[Member]:
    for member in members:
        content = member.content.replace(sealing.path, sealing.stand_in)
        match member.name:
            case "info/index.json":
                content = _sealed_index(json.loads(content), sealing)
            case "info/paths.json":
                content = _sealed_paths(json.loads(content), entries)
            case "info/recipe/recipe.yaml":
                if sealing.recipe is None:
                    continue
                content = sealing.recipe
            case "info/about.json":
                content = _sealed_about(json.loads(_with_texts(content.decode(), sealing)), sealing)
            case "info/recipe/rendered_recipe.yaml":
                content = _sealed_rendered(member.content.decode(), sealing).encode()
        yield replace(member, content=content)
    yield Member(RECORD, content=_pretty(sealing.record))


def _sealed_index(index: dict[str, Any], sealing: Sealing) -> bytes:
    if sealing.constrains:
        index["constrains"] = [*index.get("constrains", ()), *sealing.constrains]
    for key in ("depends", "constrains"):  # the builder's order varies
        if key in index:
            index[key] = sorted(index[key])
    return _pretty(_with_entries(index, sealing.index) | {"timestamp": sealing.time * 1000})


def _with_entries(told: Mapping[str, Any], more: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in {**told, **more}.items() if key not in more or value is not None}


def _sealed_about(about: dict[str, Any], sealing: Sealing) -> bytes:
    if "channels" in about:
        about["channels"] = list(dict.fromkeys(channel.rstrip("/") for channel in about["channels"]))
    return _pretty(_with_entries(about, sealing.about))


def _sealed_paths(paths: dict[str, Any], entries: Mapping[str, Kept]) -> bytes:
    paths["paths"] = [
        entry | _digest(entries[entry["_path"]], entries) for entry in paths["paths"] if entry["_path"] in entries
    ]
    return _pretty(paths)


def _digest(kept: Kept, entries: Mapping[str, Kept]) -> dict[str, object]:
    """Give a file's digest and size; a link has the digest of the file that it leads to, and keeps its own size."""
    if kept.link is None:
        return {"sha256": kept.sha256, "size_in_bytes": kept.size}
    leads_to = entries.get(posixpath.normpath(posixpath.join(posixpath.dirname(kept.name), kept.link)))
    if leads_to is None:
        return {}
    return {"sha256": leads_to.sha256} if leads_to.link is None else _digest(leads_to, entries)


def _with_texts(text: str, sealing: Sealing) -> str:
    for old in sorted(sealing.texts, key=len, reverse=True):
        text = text.replace(old, sealing.texts[old])
    return text


def _sealed_rendered(text: str, sealing: Sealing) -> str:
    text = _with_texts(text, sealing).replace(sealing.scratch, sealing.stand_in.decode())
    text = _MACHINE.sub(r"\1virtual_packages: []\n", _REPEATED_CHANNEL.sub(r"\1", text))
    return _TIMESTAMP.sub(rf"\g<1>timestamp: {_iso(sealing.time)}", text)


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pretty(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
