"""Seal: the one act that rewrites a package after the builder, into its final, reproducible form.

What the builder leaves of the machine and the hour (time stamps, the folder it built in, where a mirror's copy of a
source lay, owners and modes) is replaced by what is the same everywhere, in files as in what is said of them.
"""

import base64
import csv
import io
import json
import os
import posixpath
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ownconda.building.sealed_content import SMALL, Stamp, settle
from ownconda.building.streams import chunks
from ownconda.conda.package_archives import Kept, Member, Spool, read_files, read_members, write_conda
from ownconda.errors import NoError
from ownconda.wires.addresses import with_hidden_password, without_credentials

RECORD = "info/ownconda.json"
RECIPE = "info/recipe"
OUR_ROOT = "/ownconda"
DROPPED = ".dist-info/direct_url.json"  # where pip found the source on the building machine (PEP 610)
INSTALLED_FILES = ".dist-info/RECORD"
CHANNEL = "https://channel.invalid"
"""What is written instead of the channels that requirements came from: their names and digests tell which they were."""

_REPEATED_CHANNEL = re.compile(rf"^( *- {re.escape(CHANNEL)}/?\n)\1+", re.MULTILINE)
_MACHINE = re.compile(r"^( *)virtual_packages:\n(?:\1- .*\n)+", re.MULTILINE)
_DEPENDENCIES = re.compile(r"^(    (?:specs|depends|constraints|resolved):\n)((?:    (?:- |  ).*\n)+)", re.MULTILINE)
_ITEM = re.compile(r"    - .*\n(?:      .*\n)*")
"""One item of such a list, in the section ``finalized_dependencies`` of a rendered recipe."""

_TIMESTAMP = re.compile(r"^(\s*)timestamp: \d{4}-\d\d-\d\dT.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What a package is sealed with.

    ``scratch`` is the folder in which everything was built; ``time`` (seconds since 1970) stands for every time;
    ``texts`` are the further replacements in the rendered recipe; ``recipe`` is the recipe's file as it was written, or
    None when the builder's own isn't kept; ``recipe_folder`` is where that and the files beside it lie, all of which
    ``record``, what ownconda says of the build (info/ownconda.json), lists; ``files`` are texts to be added.
    ``index`` and ``about`` go into the files of those names; None takes an entry out.
    ``constrains`` is added to the package's own.
    """

    scratch: str
    time: int
    recipe: bytes | None = field(repr=False)
    recipe_folder: str
    texts: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, object] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)
    constrains: tuple[str, ...] = ()

    @property
    def stand_in(self) -> str:
        """The path that is written instead of ``scratch``, as many bytes long."""
        length = len(os.fsencode(self.scratch))
        return f"{OUR_ROOT}/build".ljust(length, "_")[:length]

    @property
    def stamp(self) -> Stamp:
        """What holds for the content of every file."""
        return Stamp(path=os.fsencode(self.scratch), stand_in=self.stand_in.encode(), time=self.time)


def channel_texts(urls: Iterable[str]) -> dict[str, str]:
    """Give the replacements of channels' addresses, in each way in which the builder writes one that has a password."""
    plain = [url.rstrip("/") for url in urls]
    spelt = (spelling(url) for url in plain for spelling in (str, with_hidden_password, without_credentials))
    return dict.fromkeys(spelt, CHANNEL)


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
        for member, content in read_files(source, "pkg-"):
            if not member.name.endswith(DROPPED):
                _put(payload, member, content, sealing)
        for kept in [one for name, one in payload.entries.items() if name.endswith(INSTALLED_FILES)]:
            listed = _installed_files(payload.get(kept).decode(errors="surrogateescape"), kept.name, payload.entries)
            payload.put(Member(kept.name, executable=kept.executable, content=listed))
        info = _sealed_info(read_members(source, "info-"), sealing, payload.entries)
        write_conda(target, payload, info, time=sealing.time)


def _put(payload: Spool, member: Member, content: IO[bytes], sealing: Sealing) -> None:
    with tempfile.SpooledTemporaryFile(SMALL) as file:
        for chunk in chunks(content):
            file.write(chunk)
        with settle(member.name, file, sealing.stamp) as settled:
            payload.put_file(member, settled)


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
    there = set()
    for member in members:
        there.add(member.name)
        content = member.content.replace(sealing.stamp.path, sealing.stamp.stand_in)
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
                text = _with_texts(member.content.decode(), sealing).replace(sealing.scratch, sealing.stand_in)
                content = _sealed_about(json.loads(text), sealing)
            case "info/recipe/rendered_recipe.yaml":
                content = _sealed_rendered(member.content.decode(), sealing).encode()
        yield replace(member, content=content)
    yield from _left_out(sealing, there)
    yield from (Member(name, content=text.encode()) for name, text in sealing.files.items())
    yield Member(RECORD, content=_pretty(sealing.record))


def _left_out(sealing: Sealing, there: Container[str]) -> Iterator[Member]:
    """Add what belongs to the recipe and the builder has left out: files whose names begin with a dot."""
    for name in sealing.record.get("recipe_files", ()):
        path, member = Path(sealing.recipe_folder, name), f"{RECIPE}/{name}"
        if member in there or not (path.is_symlink() or path.is_file()):
            continue
        if path.is_symlink():
            yield Member(member, executable=True, link=str(path.readlink()))
        else:
            yield Member(member, executable=bool(path.stat().st_mode & 0o100), content=path.read_bytes())


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
    text = _with_texts(text, sealing).replace(sealing.scratch, sealing.stand_in)
    text = _MACHINE.sub(r"\1virtual_packages: []\n", _REPEATED_CHANNEL.sub(r"\1", text))
    text = _DEPENDENCIES.sub(_sorted_items, text)
    return _TIMESTAMP.sub(rf"\g<1>timestamp: {_iso(sealing.time)}", text)


def _sorted_items(found: re.Match[str]) -> str:
    """Sort a list of dependencies, whose order depends on that of a hash table."""
    return found[1] + "".join(sorted(_ITEM.findall(found[2])))


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pretty(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
