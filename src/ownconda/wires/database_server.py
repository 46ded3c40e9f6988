"""PostgreSQL: where it is, connections that survive its restart, and locks that all processes see."""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from ownconda.errors import OutsideError, Where, WrongInputError

SECONDS_TO_CONNECT = 5
MOST_CONNECTIONS = 15
"""Of one process, beside those that hold locks."""

_SESSION = {
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",  # of a process that stands still while all others wait for it
    "tcp_keepalives_idle": "10",  # or the locks of a machine that is gone would be held for hours
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "standard_conforming_strings": "on",
}
_ANSWERED = ("22", "23", "25", "28", "3D", "40", "42", "53", "54", "55")
"""Classes of errors by which a server that goes on refuses something."""


class LostError(OutsideError):
    """The database can't be reached, or not any more: what was being committed is there, or it isn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A database on a server; its address, which may hold a password, is shown to nobody."""

    url: str = field(repr=False)

    @property
    def place(self) -> Where:
        """Where it is, as may be told."""
        return _place(make_url(self.url))


def read_server(address: str) -> Server:
    """Read an address such as ``postgresql://user:password@host/database``. Raises WrongInputError."""
    try:
        url = make_url(address)
        known = url.drivername in {"postgresql", "postgres"} and bool(url.database)
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise WrongInputError(
            "isn't the address of a database that can be used",  # it isn't repeated: it may hold a password
            where=Where(file="forge.database"),
            hint="for example postgresql://user:password@host/database",
        )
    return Server(url=url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


def open_server(server: Server, *, holds_locks: bool = False) -> Engine:
    """Open a database on a server: a connection that was lost is made anew before it is used again.

    Those that hold locks wait for them as long as it takes, and begin no transactions.
    """
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # of a lost connection it tells twice
    session = _SESSION | ({"lock_timeout": "0"} if holds_locks else {})
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_size": 5, "max_overflow": -1}
    try:
        engine = create_engine(
            make_url(server.url),
            connect_args={
                "connect_timeout": SECONDS_TO_CONNECT,
                "application_name": "ownconda forge",
                "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
            },
            pool_pre_ping=True,
            pool_use_lifo=True,
            **(options if holds_locks else {"pool_size": MOST_CONNECTIONS, "max_overflow": 0}),
        )
    except ModuleNotFoundError as error:
        hint = "pip install 'ownconda[postgresql]'"
        raise OutsideError("PostgreSQL needs a library that isn't installed", where=server.place, hint=hint) from error

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401  (the driver's)
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate"):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _key("writing")})

    return engine


class Locks:
    """Locks by names that all processes see which use the same database; the server frees those of one that dies."""

    def __init__(self, server: Server) -> None:
        self._engine = open_server(server, holds_locks=True)
        self._place = server.place

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def held(self, names: Collection[str]) -> Iterator[None]:
        """Hold the locks of some names while the block runs; who has them is waited for. Raises OutsideError."""
        with self._connection() as connection:
            with self._told():
                for key in sorted(map(_key, names)):  # always in this order, so that nobody waits for ever
                    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
            yield

    @contextmanager
    def held_if_free(self, name: str) -> Iterator[bool]:
        """Hold the lock of a name while the block runs, and tell whether that could be. Raises OutsideError."""
        with self._connection() as connection:
            with self._told():
                free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(name)})
            yield bool(free)

    @contextmanager
    def kept_if_free(self, name: str) -> Iterator[Callable[[], None] | None]:
        """Hold the lock of a name likewise, for long; give what checks that it is held still, None where it isn't free.

        The check raises OutsideError when the server freed the lock, as it does when it is started anew.
        """
        with self._connection() as connection:
            with self._told():
                free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(name)})

            def check() -> None:
                with self._told():
                    connection.execute(text("SELECT 1"))

            yield check if free else None

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with self._told():
            connection = self._engine.connect()
        try:
            yield connection
        finally:
            _let_go(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            said = str(error.orig).strip().partition("\n")[0]
            raise LostError(
                f"the database can't be reached: {said}", where=self._place, hint="is it running?"
            ) from error


def _let_go(connection: Connection) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
    except SQLAlchemyError:
        connection.invalidate()  # its end frees them
    connection.close()


def serves(engine: Engine) -> bool:
    """Tell whether a database is on a server."""
    return engine.dialect.name == "postgresql"


def place_of(engine: Engine) -> Where:
    """Tell where a database is, without who may use it."""
    return _place(engine.url)


def state_of(error: DBAPIError) -> str:
    """Give the code by which a server tells an error (SQLSTATE), if it told one."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_lost(error: DBAPIError) -> bool:
    """Tell whether an error means that the server isn't there any more, or not yet."""
    answered = not isinstance(error, OperationalError | InterfaceError) or state_of(error).startswith(_ANSWERED)
    return error.connection_invalidated or not answered


def _place(url: URL) -> Where:
    host = url.host or str(url.query.get("host", ""))
    return Where(file=f"postgresql://{host}{f':{url.port}' if url.port else ''}/{url.database}")


def _key(name: str) -> int:
    digest = hashlib.sha256(f"ownconda {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
