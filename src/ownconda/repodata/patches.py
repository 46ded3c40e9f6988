"""Repodata patches: corrections of what an index says of packages that are there already, without new packages."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ownconda.conda.records import Record, record_from_fields
from ownconda.repodata.entries import Entry

REVOKED = "package_has_been_revoked"
"""What a revoked package depends on: no channel has it, so nothing that is new can be installed with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What is corrected in one subdir, by the names of package files.

    ``fields`` are those that a record gets instead of its own; None takes one away. What is ``removed`` isn't offered
    to clients any more, but its file stays.
    """

    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    @property
    def file_names(self) -> frozenset[str]:
        """All files that it says something of."""
        return self.revoked | self.removed | self.fields.keys()

    def said_of(self, file_name: str) -> tuple[Mapping[str, Any] | None, bool, bool]:
        """Give all that it says of one file."""
        return self.fields.get(file_name), file_name in self.revoked, file_name in self.removed


NO_PATCH = Patch()


def patched(entries: Iterable[Entry], patch: Patch) -> list[Entry]:
    """Give the entries of a subdir as clients see them."""
    touched = patch.file_names
    return [_patched(entry, patch) if entry.record.file_name in touched else entry for entry in entries]


def patched_channel(entries: Iterable[Entry], patches: Mapping[str, Patch]) -> list[Entry]:
    """Give the entries of a channel as clients see them; ``patches`` are those of its subdirs."""
    touched = {(subdir, file_name) for subdir, patch in patches.items() for file_name in patch.file_names}
    return [
        _patched(entry, patches[entry.record.subdir])
        if (entry.record.subdir, entry.record.file_name) in touched
        else entry
        for entry in entries
    ]


def names_of_difference(before: Patch, after: Patch) -> frozenset[str]:
    """Give the names of the packages of which two patches say different things."""
    if before == after:
        return frozenset()
    return frozenset(
        file_name.rsplit("-", 2)[0]
        for file_name in before.file_names | after.file_names
        if before.said_of(file_name) != after.said_of(file_name)
    )


def _patched(entry: Entry, patch: Patch) -> Entry:
    fields, revoked, removed = patch.said_of(entry.record.file_name)
    record = _corrected(entry.record, fields or {}, revoked=revoked) if fields or revoked else entry.record
    return replace(entry, record=record, yanked=entry.yanked or removed)


def _corrected(record: Record, fields: Mapping[str, Any], *, revoked: bool) -> Record:
    values = {key: value for key, value in (json.loads(record.json) | fields).items() if value is not None}
    if revoked:
        values |= {"revoked": True, "depends": [*values.get("depends", ()), REVOKED]}
    run_exports = json.loads(record.run_exports) if record.run_exports else {}
    return record_from_fields(values, file_name=record.file_name, run_exports=run_exports, about=record.about)
