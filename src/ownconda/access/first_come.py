"""First come: a name that no claim is about is whose packages were called so first, as far as projects go."""

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Column, Connection, Engine, MetaData, Table, bindparam, inspect, select

from ownconda.access.callers import Caller
from ownconda.errors import ConflictError
from ownconda.wires.database import NAME, insert_into, replace_rows, transaction

Taking = Callable[[Connection], None]

SOMEBODY = ""
"""Who brought a name before a forge noted it, where history doesn't tell a project."""

_KINDS = ("pipeline", "person", "user", "certificate", "token")
_AT_ONCE = 400
_METADATA = MetaData()
_NAMES = Table(
    "access_first_come",
    _METADATA,
    Column("name", NAME, primary_key=True),
    Column("who", NAME, nullable=False),
)
_OF_NAMES = select(_NAMES).where(_NAMES.c.name.in_(bindparam("names", expanding=True)))
"""Every upload asks it."""


class FirstCome:
    """Who brought each package name of a forge first; its methods may be called from any thread."""

    def __init__(self, engine: Engine, history: Callable[[], Mapping[str, str]]) -> None:
        """Take what ``history`` tells (names, and their first authors) where nothing was noted yet."""
        self._engine = engine
        self._known: dict[str, str] = {}
        if not inspect(engine).has_table(_NAMES.name):
            before = [{"name": name, "who": project_of(author)} for name, author in history().items()]
            with transaction(engine, immediate=True) as connection:
                _METADATA.create_all(connection)
                if before:
                    connection.execute(insert_into(connection, _NAMES).on_conflict_do_nothing(), before)

    def of(self, names: Collection[str]) -> dict[str, str]:
        """Tell who brought these names first, as far as anybody did."""
        unknown = [name for name in names if name not in self._known]
        if unknown:
            with transaction(self._engine) as connection:
                self._known |= _known(connection, unknown)  # who came first stays so for ever
        return {name: self._known[name] for name in names if name in self._known}

    def taking(self, caller: Caller, names: Collection[str], *, alone: bool) -> Taking | None:
        """Give what lets those names be a caller's that nobody brought yet, for the transaction that brings packages.

        It raises ConflictError when somebody else took one meanwhile, if that is for one ``alone``.
        """
        fresh = sorted(set(names) - self.of(names).keys())
        who = principal_of(caller)

        def take(connection: Connection) -> None:
            adding = insert_into(connection, _NAMES).on_conflict_do_nothing()
            connection.execute(adding, [{"name": name, "who": who} for name in fresh])
            others = [name for name, first in _known(connection, fresh).items() if first != who] if alone else []
            if others:
                raise ConflictError(f"packages called {others[0]!r} were brought by others at the same moment")

        return take if fresh else None


def brought_rows(engine: Engine, names: Collection[str]) -> tuple[Mapping[str, str], ...]:
    """Give who brought those of these names first that anybody did, as rows for `write_brought`."""
    with transaction(engine) as connection:
        return tuple({"name": name, "who": who} for name, who in sorted(_known(connection, names).items()))


def write_brought(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Let names be those whose another forge says they are, within a transaction that writes."""
    for start in range(0, len(rows), _AT_ONCE):
        replace_rows(connection, _NAMES, [dict(row) for row in rows[start : start + _AT_ONCE]])


def principal_of(caller: Caller) -> str:
    """Give the one name that stands for a caller: of a pipeline its project, of a person not their groups."""
    found = (one for kind in _KINDS for one in sorted(caller.principals, key=len) if one.partition(":")[0] == kind)
    return next(found, SOMEBODY)


def is_project(caller: Caller) -> bool:
    """Tell whether a pipeline calls."""
    return principal_of(caller).startswith("pipeline:")


def project_of(author: str) -> str:
    """Give the principal of an author in history, where that is a project."""
    project = author.partition("@")[0]
    return f"pipeline:{project}" if "/" in project else SOMEBODY


def _known(connection: Connection, names: Collection[str]) -> dict[str, str]:
    wanted, found = sorted(names), dict[str, str]()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(_OF_NAMES, {"names": wanted[start : start + _AT_ONCE]})
        found |= {row.name: row.who for row in rows}
    return found
