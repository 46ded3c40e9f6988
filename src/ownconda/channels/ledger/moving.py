"""A ledger copied whole from one database to another, table by table, whichever engines they are of.

All tables are copied, those that other rooms keep beside the ledger's as well.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Engine, Inspector, Integer, MetaData, Table, func, insert, select
from sqlalchemy import inspect as inspected

from ownconda.channels.ledger.schema import TABLES, create_empty
from ownconda.errors import OutsideError
from ownconda.wires.database import NAME, NUMBER, transaction
from ownconda.wires.database_server import Server

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A table that was copied: how many rows it has, and a checksum of all that is in them."""

    rows: int
    sha256: str


def copy_ledger(source: Engine, target: Engine, place: Path | Server) -> Mapping[str, Copied]:
    """Copy all tables of a ledger as they are at one moment into an empty database, all of them or nothing.

    ``place`` is where that is. Tells by name what each table has. Raises WrongInputError when the target has a ledger,
    OutsideError when what arrived isn't what was sent, or one of the two can't be reached.
    """
    with transaction(source) as reading, transaction(target, immediate=True) as writing:
        tables = (*TABLES, *_others(inspected(reading)))
        create_empty(writing, place)
        for table in tables[len(TABLES) :]:
            table.create(writing)
        sent = {table.name: _copied(reading, writing, table) for table in tables}
        arrived = {table.name: _told(writing, table) for table in tables}
        count_on(writing, tables)
    if sent != arrived:
        wrong = ", ".join(name for name in sent if sent[name] != arrived[name])
        raise OutsideError(f"what arrived isn't what was sent: {wrong}", hint="use another, empty database")
    return sent


def _others(there: Inspector) -> list[Table]:
    """Give the tables that the ledger itself doesn't know, as they are there."""
    known = {table.name for table in TABLES}
    return [_alike(there, name) for name in sorted(there.get_table_names()) if name not in known]


def _alike(there: Inspector, name: str) -> Table:
    keys = there.get_pk_constraint(name)["constrained_columns"]
    indexed = [index["column_names"] for index in there.get_indexes(name)]
    columns = [
        Column(
            one["name"],
            _kind(one["type"]),
            primary_key=one["name"] in keys,
            nullable=one["nullable"],
            index=[one["name"]] in indexed,
        )
        for one in there.get_columns(name)
    ]
    return Table(name, MetaData(), *columns)


def _kind(kind: object) -> Any:  # noqa: ANN401  (of whatever values)
    if isinstance(kind, Boolean):
        return Boolean()
    return NUMBER if isinstance(kind, Integer) else NAME


def _copied(reading: Connection, writing: Connection, table: Table) -> Copied:
    digest, many = hashlib.sha256(), 0
    for rows in _rows(reading, table):
        writing.execute(insert(table), rows)
        digest.update(_written(rows))
        many += len(rows)
    return Copied(rows=many, sha256=digest.hexdigest())


def _told(connection: Connection, table: Table) -> Copied:
    digest, many = hashlib.sha256(), 0
    for rows in _rows(connection, table):
        digest.update(_written(rows))
        many += len(rows)
    return Copied(rows=many, sha256=digest.hexdigest())


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Give a table's rows in the order of their keys, some at a time."""
    query = select(*sorted(table.columns, key=lambda one: one.name)).order_by(*table.primary_key)
    with connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)) as found:
        for some in found.mappings().partitions():
            yield [dict(row) for row in some]


def _written(rows: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows).encode()


def count_on(writing: Connection, tables: Iterable[Table]) -> None:
    """Let the numbers that a server gives go on behind those that were written; SQLite looks for itself."""
    for table in tables if writing.dialect.name == "postgresql" else ():
        key = table.autoincrement_column
        if key is not None:
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            following = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            writing.execute(select(func.setval(sequence, following, False)))
