"""Channels, snapshots and entries as JSON."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ownconda.access.moments import written_moment
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.caches.caches import Caches
from ownconda.channels.channels import Channels
from ownconda.channels.gatekeeping import Judged
from ownconda.channels.ledger.ledger import Step
from ownconda.channels.notes import Hold, Tag
from ownconda.channels.snapshots import BrokenChannelError, Change, Snapshot, State
from ownconda.channels.telling.changelog import told_changes
from ownconda.repodata.entries import Entry
from ownconda.wires.http import redacted


def summaries(channels: Channels, names: Iterable[str]) -> list[dict[str, Any]]:
    """Tell the figures of some channels, but for those that are broken."""
    told: list[dict[str, Any]] = []
    for name in names:
        with contextlib.suppress(BrokenChannelError):
            told.append(summary(channels.state(name)))
    return told


def summary(state: State) -> dict[str, Any]:
    """Tell a channel in a few figures; sizes are in bytes."""
    records = [entry.record for entry in state.contents.values()]
    return {
        "name": state.snapshot.channel,
        "packages": len({record.name for record in records}),
        "files": len(records),
        "size": sum(record.size for record in records),
        "subdirs": sorted({record.subdir for record in records}),
        "snapshot": snapshot_json(state.snapshot),
    }


def caches_json(caches: Caches) -> list[dict[str, Any]]:
    """Tell the figures of every cache: what it is of, how many packages are kept, and their bytes."""
    figures = {name: caches.figures(name) for name in caches.terms}
    return [
        {"name": name, "cache_of": redacted(caches.terms[name].url), "files": files, "size": size}
        for name, (files, size) in figures.items()
    ]


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """Write a snapshot as JSON."""
    return {
        "id": snapshot.id,
        "channel": snapshot.channel,
        "parent": snapshot.parent,
        "at": moment(snapshot.at),
        "author": snapshot.author,
        "reason": snapshot.reason,
        "kind": snapshot.kind.value,
        "waived": dict(snapshot.waived),
        "expired": snapshot.expired,
    }


def step_json(step: Step) -> dict[str, Any]:
    """Write a line of history as JSON."""
    return snapshot_json(step.snapshot) | {"added": step.added, "removed": step.removed, "changed": step.changed}


def entry_json(entry: Entry) -> dict[str, Any]:
    """Write an entry as JSON."""
    record = entry.record
    return {
        "path": entry.path,
        "name": record.name,
        "version": record.version,
        "build": record.build,
        "build_number": record.build_number,
        "subdir": record.subdir,
        "sha256": record.sha256,
        "size": record.size,
        "license": record.license,
        "depends": list(record.depends),
        "indexed_at": moment(entry.indexed_at),
        "yanked": entry.yanked,
        "sidecars": {SUFFIXES[kind]: sha256 for kind, sha256 in entry.sidecars.digests.items()},
    }


def patched_json(own: Entry, shown: Entry) -> dict[str, Any]:
    """Tell which fields clients see otherwise than the package says, with what it says; nothing when there are none."""
    if own == shown:
        return {}
    says, seen = json.loads(own.record.json), json.loads(shown.record.json)
    other = {key: says.get(key) for key in sorted(says.keys() | seen.keys()) if says.get(key) != seen.get(key)}
    return {"patched": other | ({} if own.yanked == shown.yanked else {"yanked": own.yanked})}


def change_json(change: Change) -> dict[str, Any]:
    """Write a change as JSON."""
    return {
        "added": [entry_json(entry) for entry in change.added],
        "removed": [entry_json(entry) for entry in change.removed],
        "terms": change.terms is not None,
    }


def changelog_json(before: State, after: State) -> list[dict[str, Any]]:
    """Write what leads from one state to another, package by package, as JSON."""
    return [asdict(change) | {"kind": change.kind.value} for change in told_changes(before.contents, after.contents)]


def moment(milliseconds: int) -> str:
    """Write a time, given in milliseconds since 1970, as ISO 8601 in UTC."""
    return written_moment(milliseconds)


def verdict_json(judgement: Judged | None) -> dict[str, Any] | None:
    """Write what a gate says as JSON, with the text for people."""
    return None if judgement is None else {**judgement.verdict.fields(), "text": str(judgement.verdict)}


def terms_json(state: State) -> dict[str, Any]:
    """Write what holds for a channel beside its entries as JSON."""
    terms = state.terms
    return {"base": terms.base, "overrides": terms.overrides, "patched": bool(terms.patches)}


def hold_json(hold: Hold) -> dict[str, Any]:
    """Write a hold as JSON."""
    return {"spec": hold.spec, "reason": hold.reason, "author": hold.author, "at": moment(hold.at)}


def tag_json(tag: Tag) -> dict[str, Any]:
    """Write a tag as JSON."""
    return {"name": tag.name, "snapshot": tag.snapshot, "author": tag.author, "at": moment(tag.at)}
