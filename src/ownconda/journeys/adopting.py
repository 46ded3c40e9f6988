"""A folder of packages that grew elsewhere becomes a channel of a forge, with its history."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from ownconda.conda.names import SUBDIRS
from ownconda.errors import ConflictError, NoError, Problem, Where
from ownconda.forge_client.client import ForgeClient, adoption_terms
from ownconda.repodata.channel_folder import package_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.old_index import OldIndex, patch_of, read_old_index
from ownconda.repodata.package_reading import read_entries
from ownconda.repodata.patch_instructions import patches_json
from ownconda.repodata.patches import Patch
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The packages that were first listed on one day (UTC); ``since`` is in milliseconds since 1970."""

    since: int
    files: tuple[Path, ...]

    @property
    def date(self) -> str:
        """The day as ISO 8601 has it."""
        return datetime.fromtimestamp(self.since / 1000, UTC).date().isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a folder holds: its days, the earliest first; what its index corrects and has removed; what is damaged."""

    days: tuple[Day, ...]
    patches: Mapping[str, Patch] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    damaged: tuple[Problem, ...] = ()


def survey(folder: Path) -> Survey:
    """Read every package of a folder, and what its index says of them.

    Raises NoError when there is none.
    """
    found = list(read_entries([file for subdir in sorted(SUBDIRS) for file in package_files(folder / subdir)]))
    entries = [one for one in found if isinstance(one, Entry)]
    damaged = [problem for one in found if not isinstance(one, Entry) for problem in one]
    if not entries:
        hint = "packages lie in <folder>/<subdir>, for example linux-64"
        raise NoError("no package was found", where=Where(file=folder), hint=hint)
    indexes = {subdir: read_old_index(folder / subdir) for subdir in {entry.record.subdir for entry in entries}}
    return Survey(
        days=tuple(_days(folder, entries, indexes)),
        patches=_patches(entries, indexes),
        removed=tuple(
            f"{one.name} =={one.version} {one.build}[subdir={one.subdir}]"
            for one in (entry.record for entry in entries)
            if one.file_name in indexes[one.subdir].removed
        ),
        damaged=tuple(damaged),
    )


def adopt(forge: ForgeClient, channel: str, found: Survey, *, skip_clashes: bool, progress: Progress) -> int:
    """Let a new channel become what was found, a snapshot a day; gives how many packages it has then.

    Called again, it goes on where it was interrupted. Raises ConflictError that names each package whose name stands
    for other contents in the forge, unless they are to be skipped.
    """
    clashes = set(forge.clashes(channel, [file for day in found.days for file in day.files]))
    if not skip_clashes:
        check_clashes(f"{file.parent.name}/{file.name}" for file in clashes)
    taken = 0
    for day in found.days:
        files = [file for file in day.files if file not in clashes]
        reason = f"adopted: listed on {day.date}"
        taken += len(forge.upload(channel, files, adopted=adoption_terms(day.since, reason), progress=progress))
    if found.patches:
        instructions = patches_json(found.patches)
        forge.act(channel, "hotfix", patches=json.loads(instructions), reason="adopted: what the index had corrected")
    if found.removed:
        forge.act(channel, "yank", specs=list(found.removed), reason="adopted: removed from the index")
    return taken


def check_clashes(paths: Iterable[str]) -> None:
    """Raise ConflictError that names each of these packages, if there are any, with a way out."""
    clashes = sorted(paths)
    if clashes:
        raise ConflictError.of([_clash(path) for path in clashes])


def _days(folder: Path, entries: Sequence[Entry], indexes: Mapping[str, OldIndex]) -> list[Day]:
    dated = sorted((_since(entry, indexes), entry.path) for entry in entries)
    return [
        Day(since=(same := list(some))[-1][0], files=tuple(folder / path for _, path in same))
        for _, some in groupby(dated, key=lambda one: one[0] // 86_400_000)
    ]


def _since(entry: Entry, indexes: Mapping[str, OldIndex]) -> int:
    return indexes[entry.record.subdir].since(entry.record) or entry.indexed_at


def _patches(entries: Sequence[Entry], indexes: Mapping[str, OldIndex]) -> dict[str, Patch]:
    made = {
        subdir: patch_of(index, [entry.record for entry in entries if entry.record.subdir == subdir])
        for subdir, index in indexes.items()
        if subdir in SUBDIRS
    }
    return {subdir: patch for subdir, patch in made.items() if patch.fields}


def _clash(path: str) -> Problem:
    return Problem(
        what="this file name already stands for other contents in the forge",
        where=Where(file=path),
        hint="--skip-clashes leaves it out; or build it again with a higher build number",
    )
