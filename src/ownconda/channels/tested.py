"""Results of tests: which package's tests came to what with which other package, both by their sha256."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Engine, or_, select

from ownconda.channels.ledger.schema import TESTED
from ownconda.channels.ledger.writing import batches
from ownconda.wires.database import replace_rows, transaction

Status = Literal["passed", "failed", "no tests"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of a package's tests when another one was installed with it; with itself, of its tests alone.

    ``log`` is an address; ``at`` is in milliseconds since 1970.
    """

    package: str
    together_with: str
    status: Status
    log: str
    author: str
    at: int


def take_results(engine: Engine, results: Sequence[Tested]) -> None:
    """Note results, each instead of what was known of the same two packages."""
    with transaction(engine, immediate=True) as connection:
        for some in batches([asdict(one) for one in results]):
            replace_rows(connection, TESTED, list(some))


def results_with(engine: Engine, digests: Collection[str]) -> tuple[Tested, ...]:
    """Give what is known of tests of these packages, and of tests with them."""
    found: dict[tuple[str, str], Tested] = {}
    with transaction(engine) as connection:
        for some in batches(sorted(digests)):
            query = select(TESTED).where(or_(TESTED.c.package.in_(some), TESTED.c.together_with.in_(some)))
            for row in connection.execute(query).mappings():
                found[row["package"], row["together_with"]] = Tested(**row)
    return tuple(found[key] for key in sorted(found))
