"""Larger questions to a forge: where a package is used, whether a channel is sound; and what holds its packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ownconda.errors import Problem
from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSpan:
    """A channel lists a package from one of its snapshots on, until another one (None: it still does)."""

    channel: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPackage:
    """A package, where it is or was listed, and by which requirements it needs what was asked for.

    ``copies`` are files in it that are copies of libraries of what was asked for.
    """

    path: str
    name: str
    version: str
    build: str
    needs: tuple[str, ...]
    listed: tuple[ListedSpan, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderInfo:
    """What was reported to hold packages: a lock file, a prefix, an installer; ``at`` is ISO 8601 in UTC."""

    kind: str
    name: str
    author: str
    at: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesInfo:
    """What a spec chooses, what needs that, what holds it, and what carries copies of its libraries."""

    chosen: tuple[UsedPackage, ...]
    dependents: tuple[UsedPackage, ...]
    holders: tuple[HolderInfo, ...]
    carriers: tuple[UsedPackage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInfo:
    """What speaks against a channel at a snapshot, and how many of its packages were looked at."""

    snapshot: int
    packages: int
    problems: tuple[Problem, ...]


def where_used(forge: ForgeClient, spec: str) -> UsesInfo:
    """Tell where the packages that a spec chooses are used."""
    told = forge.ask("GET", "where-used", params={"spec": spec})
    return UsesInfo(
        chosen=_packages(told["chosen"]),
        dependents=_packages(told["dependents"]),
        holders=tuple(_holder(one) for one in told["holders"]),
        carriers=_packages(told.get("carriers", ())),
    )


def report(forge: ForgeClient, kind: str, name: str, files: Mapping[str, str]) -> HolderInfo:
    """Tell the forge what holds which package files (by name, with their sha256) instead of what was told before."""
    return _holder(forge.ask("POST", "reports", json={"kind": kind, "name": name, "files": dict(files)}))


def check(forge: ForgeClient, channel: str, *, deep: bool, solve: bool) -> CheckInfo:
    """Check a channel; ``deep`` reads every byte, ``solve`` asks whether all of it can be installed."""
    asked = {"deep": str(deep).lower(), "solve": str(solve).lower()}
    told = forge.ask("GET", f"channels/{quote(channel, safe='')}/check", params=asked)
    problems = tuple(Problem(what=one["what"], hint=one.get("hint")) for one in told["problems"])
    return CheckInfo(snapshot=told["snapshot"], packages=told["packages"], problems=problems)


def _packages(told: Sequence[Mapping[str, Any]]) -> tuple[UsedPackage, ...]:
    return tuple(
        UsedPackage(
            path=one["path"],
            name=one["name"],
            version=one["version"],
            build=one["build"],
            needs=tuple(one["needs"]),
            listed=tuple(_span(span) for span in one["listed"]),
            copies=tuple(one.get("copies", ())),
        )
        for one in told
    )


def _span(told: Mapping[str, Any]) -> ListedSpan:
    return ListedSpan(channel=told["channel"], since=told["from"], until=told["until"])


def _holder(told: Mapping[str, Any]) -> HolderInfo:
    return HolderInfo(
        kind=told["kind"], name=told["name"], author=told["author"], at=told["at"], files=dict(told["files"])
    )
