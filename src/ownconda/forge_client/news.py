"""What a forge tells of changes to its channels' users: changelogs, notices, announcements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote

from ownconda.conda.package_changes import Kind, PackageChange
from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Changelog:
    """What leads a channel from a snapshot to another, of its own or of the one that it is promoted from.

    ``before`` and ``after`` are what they were called.
    """

    channel: str
    before: str
    after: str
    snapshots: tuple[int, int]
    changes: tuple[PackageChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeInfo:
    """A notice of a channel; times are ISO 8601."""

    id: str
    message: str
    level: str
    created_at: str
    expires_at: str


def changelog(forge: ForgeClient, before: str, after: str) -> Changelog:
    """Tell what leads from one channel or snapshot to another, package by package."""
    told = forge.ask("GET", f"channels/{quote(before, safe='')}/diff", params={"from": before, "to": after})
    first, second = told["snapshots"]
    changes = tuple(_package_change(one) for one in told["changes"])
    return Changelog(channel=told["channel"], before=before, after=after, snapshots=(first, second), changes=changes)


def notices(forge: ForgeClient, channel: str) -> tuple[NoticeInfo, ...]:
    """Tell a channel's notices that haven't expired, the newest first."""
    return _notices(forge.ask("GET", _path(channel, "notices")))


def post_notice(forge: ForgeClient, channel: str, message: str, *, level: str, expires: str = "") -> NoticeInfo:
    """Tell something to a channel's users, until a date (by default for 30 days)."""
    body = {"message": message, "level": level, "expires": expires}
    [notice] = _notices(forge.ask("POST", _path(channel, "notices"), json=body))
    return notice


def remove_notice(forge: ForgeClient, channel: str, number: str) -> None:
    """Take a notice away."""
    forge.ask("POST", _path(channel, "notices/remove"), json={"id": number})


def announced(forge: ForgeClient, changes: Changelog) -> frozenset[str]:
    """Tell to which targets these changes were announced."""
    before, after = changes.snapshots
    told = forge.ask("GET", _path(changes.channel, "announcements"), params={"from": before, "to": after})
    return frozenset(told["targets"])


def note_announced(forge: ForgeClient, changes: Changelog, targets: Collection[str]) -> None:
    """Note to which targets these changes were announced."""
    before, after = changes.snapshots
    body = {"from": before, "to": after, "targets": sorted(targets)}
    forge.ask("POST", _path(changes.channel, "announcements"), json=body)


def _path(channel: str, rest: str) -> str:
    return f"channels/{quote(channel, safe='')}/{rest}"


def _package_change(told: Mapping[str, Any]) -> PackageChange:
    return PackageChange(
        name=told["name"],
        kind=Kind(told["kind"]),
        before=tuple(told["before"]),
        after=tuple(told["after"]),
        subdirs=tuple(told["subdirs"]),
        link=told["link"],
        summary=told["summary"],
    )


def _notices(told: Mapping[str, Any]) -> tuple[NoticeInfo, ...]:
    known = [one.name for one in fields(NoticeInfo)]
    return tuple(NoticeInfo(**{key: str(one[key]) for key in known}) for one in told["notices"])
