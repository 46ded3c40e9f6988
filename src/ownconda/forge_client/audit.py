"""A forge's audit log."""

from dataclasses import dataclass, fields

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditInfo:
    """Something that happened; ``at`` is ISO 8601 in UTC, ``missed`` are refusals before it that weren't noted."""

    at: str
    kind: str
    who: str
    what: str
    address: str
    missed: int


def audit(forge: ForgeClient, *, since: int = 0, who: str = "**") -> tuple[AuditInfo, ...]:
    """Tell what happened since a time, in milliseconds since 1970, by whom a pattern means: the oldest first."""
    told = forge.ask("GET", "audit", params={"since": since, "who": who})
    known = [one.name for one in fields(AuditInfo)]
    return tuple(AuditInfo(**{key: line[key] for key in known}) for line in told["lines"])
