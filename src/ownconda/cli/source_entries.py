"""Sources as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.filesize import decimal

from ownconda.building.wanted import Archive, Folder, Listed, Repository
from ownconda.cli import terminal
from ownconda.errors import Problem
from ownconda.journeys.fetching_sources import Arrival
from ownconda.journeys.listing_sources import Found
from ownconda.journeys.pushing_sources import Pushed
from ownconda.sources.checksums import COMMIT, Checksum
from ownconda.wires.http import redacted


def fate(arrival: Arrival) -> str:
    """Say in a word or two what became of a source."""
    if arrival.error:
        return "failed"
    if arrival.obtained is None:
        return "a folder"
    return "fetched" if arrival.obtained.brought else "there already"


def show_found(found: Sequence[Found]) -> None:
    """Print where sources are, as a table."""
    rows = [
        (
            one.listed.wanted.label,
            ", ".join(one.listed.packages),
            "" if one.size is None else decimal(one.size),
            _state(one),
            one.comes_from or "nowhere",
            ", ".join(patch.name for patch in one.listed.patches),
        )
        for one in found
    ]
    if rows:
        terminal.print_table(("SOURCE", "PACKAGES", "SIZE", "IN", "COMES FROM", "PATCHES"), rows)


def _state(found: Found) -> str:
    return " ".join(name for name, there in (("cache", found.in_cache), ("forge", found.in_forge)) if there)


def found_entry(found: Found) -> dict[str, object]:
    """Describe a source and where it is, for JSON."""
    return {
        **_described(found.listed),
        **_digest(found.checksum),
        "commit": found.commit,
        "size": found.size,
        "in_cache": found.in_cache,
        "in_forge": found.in_forge,
        "comes_from": found.comes_from or None,
    }


def arrival_entry(arrival: Arrival) -> dict[str, object]:
    """Describe a source and what became of it, for JSON."""
    obtained = arrival.obtained
    return {
        **_described(arrival.listed),
        "outcome": fate(arrival),
        "path": str(obtained.path) if obtained else None,
        "sha256": obtained.sha256 if obtained else None,
        "commit": obtained.commit if obtained else None,
        "reason": str(arrival.error) if arrival.error else "",
    }


def pushed_entry(pushed: Pushed) -> dict[str, object]:
    """Describe a source and what became of it in the forge, for JSON."""
    return {
        **_described(pushed.listed),
        "outcome": pushed.outcome,
        "name": pushed.name,
        **_digest(pushed.checksum),
        "reason": str(pushed.error) if pushed.error else "",
    }


def _digest(checksum: Checksum | None) -> dict[str, str | None]:
    """Give a checksum under its kind, a commit as such; ``sha256`` is always there."""
    kind = "commit" if checksum and checksum.kind == COMMIT else checksum.kind if checksum else ""
    return {"sha256": None} | ({kind: checksum.digest} if checksum else {})


def _described(listed: Listed) -> dict[str, object]:
    """Tell what a source is, as its recipe writes it."""
    described: dict[str, object] = {
        "source": listed.wanted.label,
        "kind": {Archive: "archive", Repository: "git", Folder: "folder"}[type(listed.wanted)],
        "packages": list(listed.packages),
        "recipe": str(listed.where.file),
        "line": listed.where.line,
        "patches": [asdict(patch) for patch in listed.patches],
    }
    if isinstance(listed.wanted, Archive):
        described["urls"] = [redacted(url) for url in listed.wanted.source.urls]
        described["alternatives"] = [asdict(one) for one in listed.wanted.alternatives]
    if isinstance(listed.wanted, Repository):
        described["git"], described["tag"] = redacted(listed.wanted.git.url), listed.wanted.git.tag
    return described


def problem_entry(problem: Problem) -> dict[str, object]:
    """Describe a finding, for JSON."""
    return {"what": problem.what, "where": str(problem.where) if problem.where else None, "hint": problem.hint}
