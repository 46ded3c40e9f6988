"""What holds packages outside of a forge, as it was reported: lock files, prefixes, installers, and their files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, delete, insert, select

from ownconda.channels.ledger.schema import REPORTED, REPORTS
from ownconda.channels.ledger.writing import batches
from ownconda.wires.database import transaction

KINDS = ("lock", "prefix", "installer", "image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Something of a name that holds packages: its files, each with its sha256. ``at`` is in ms since 1970."""

    kind: str
    name: str
    author: str
    at: int
    files: Mapping[str, str] = field(default_factory=dict)


def take_report(engine: Engine, report: Report) -> None:
    """Note what something holds now, instead of what it held before; with nothing, it is forgotten."""
    same = (REPORTS.c.kind == report.kind) & (REPORTS.c.name == report.name)
    facts = {"kind": report.kind, "name": report.name, "author": report.author, "at": report.at}
    with transaction(engine, immediate=True) as connection:
        connection.execute(delete(REPORTED).where(REPORTED.c.report.in_(select(REPORTS.c.id).where(same))))
        connection.execute(delete(REPORTS).where(same))
        if report.files:
            number = connection.execute(insert(REPORTS).values(facts).returning(REPORTS.c.id)).scalar_one()
            rows = [{"report": number, "file_name": name, "sha256": digest} for name, digest in report.files.items()]
            connection.execute(insert(REPORTED), rows)


def holders(engine: Engine, digests: Collection[str]) -> tuple[Report, ...]:
    """Give what was reported to hold any of these files, by their sha256; each with those of them that it holds."""
    found: dict[tuple[str, str], Report] = {}
    query = select(REPORTS, REPORTED.c.file_name, REPORTED.c.sha256).join(REPORTED, REPORTED.c.report == REPORTS.c.id)
    with transaction(engine) as connection:
        for some in batches(sorted(digests)):
            for _, kind, name, author, at, file_name, sha256 in connection.execute(
                query.where(REPORTED.c.sha256.in_(some))
            ):
                known = found.get((kind, name))
                files = {**(known.files if known else {}), file_name: sha256}
                found[kind, name] = Report(kind=kind, name=name, author=author, at=at, files=files)
    return tuple(found[key] for key in sorted(found))
