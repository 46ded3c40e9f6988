"""Tokens in a table of the forge's database."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    MetaData,
    RowMapping,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
)

from ownconda.access import audit_table
from ownconda.access.audit import AuditLine, Kind
from ownconda.access.callers import read_scope
from ownconda.access.tokens import FOREVER, Token, hash_of
from ownconda.conda.records import compact_json
from ownconda.errors import WrongInputError
from ownconda.wires.database import NAME, NUMBER, transaction

SECONDS_KNOWN = 2.0
"""How long a token is believed to be what it was: each small upload would ask the database otherwise."""

MOST_KNOWN = 10_000

OPERATOR = "operator"
"""Who works on the forge's folder, without a token."""

_METADATA = MetaData()
_TOKENS = Table(
    "access_tokens",
    _METADATA,
    Column("sha256", NAME, primary_key=True),
    Column("name", NAME, nullable=False, index=True),
    Column("created", NUMBER, nullable=False),
    Column("expires", NUMBER, nullable=False),
    Column("author", NAME, nullable=False),
    Column("scope", Text, nullable=False),
    Column("principals", Text, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("environment", NAME, nullable=False),
)
"""``scope`` and ``principals`` are JSON."""

_OLD = Table(
    "tokens",
    MetaData(),
    Column("name", NAME, primary_key=True),
    Column("sha256", NAME, nullable=False),
    Column("created", NUMBER, nullable=False),
)
"""As forges before had them: each might do everything."""


class TokenTable:
    """The tokens of a forge; its methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, Token]] = {}
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)
            audit_table.create(connection)
            _take_over(connection)

    def find(self, text: str) -> Token | None:
        """Give the token that a text is, valid or not.

        One that was added, from whichever process, is known at once; one that was revoked is forgotten within seconds.
        """
        sha256 = hash_of(text)
        return self._remembered(sha256) or self._read(sha256)

    def remembers(self, text: str) -> bool:
        """Tell whether `find` gives a token at once, without asking the database."""
        return self._remembered(hash_of(text)) is not None

    def all(self) -> Sequence[Token]:
        """Give all tokens, the oldest first."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(_TOKENS).order_by(_TOKENS.c.created, _TOKENS.c.name)).mappings().all()
        return tuple(map(_token, rows))

    def meant(self, name: str) -> Sequence[Token]:
        """Give the tokens of a name, or the one whose id it is. Raises WrongInputError when there is none."""
        found = tuple(token for token in self.all() if name in {token.name, token.id})
        if not found:
            raise WrongInputError(f"there is no token {name!r}", hint="`ownconda forge token list` shows them")
        return found

    def add(self, token: Token) -> None:
        """Add a token. Raises WrongInputError when it stands for itself, and there is one of that name."""
        with transaction(self._engine, immediate=True) as connection:
            named = connection.scalars(select(_TOKENS.c.principals).where(_TOKENS.c.name == token.name)).all()
            if not token.principals and "[]" in named:
                raise WrongInputError(f"there is a token {token.name!r} already", hint="choose another name")
            connection.execute(insert(_TOKENS).values(_row(token)))
            audit_table.note(connection, _change(Kind.MADE, token, by=token.author, at=token.created))

    def revoke(self, digests: Collection[str], *, by: str = "") -> None:
        """Let the tokens of these hashes be no more."""
        now = time.time_ns() // 1_000_000
        with transaction(self._engine, immediate=True) as connection:
            rows = connection.execute(select(_TOKENS).where(_TOKENS.c.sha256.in_(digests))).mappings().all()
            for token in map(_token, rows):
                audit_table.note(connection, _change(Kind.REVOKED, token, by=by, at=now))
            connection.execute(delete(_TOKENS).where(_TOKENS.c.sha256.in_(digests)))
        for sha256 in digests:
            self._known.pop(sha256, None)

    def forget_expired(self, now: int) -> int:
        """Remove the tokens that expired, and tell how many they were."""
        with transaction(self._engine, immediate=True) as connection:
            gone = delete(_TOKENS).where(_TOKENS.c.expires != FOREVER, _TOKENS.c.expires <= now)
            return connection.execute(gone).rowcount

    def _remembered(self, sha256: str) -> Token | None:
        read_at, token = self._known.get(sha256, (0.0, None))
        return token if time.monotonic() - read_at < SECONDS_KNOWN else None

    def _read(self, sha256: str) -> Token | None:
        now = time.monotonic()
        with transaction(self._engine) as connection:
            row = connection.execute(select(_TOKENS).where(_TOKENS.c.sha256 == sha256)).mappings().first()
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        if row is None:
            self._known.pop(sha256, None)
            return None
        token = _token(row)
        self._known[sha256] = now, token
        return token


def _change(kind: Kind, token: Token, *, by: str, at: int) -> AuditLine:
    told = token.fields()
    allowed = f"may {', '.join(told['may'])} in {', '.join(told['channels'])}, packages {', '.join(told['names'])}"
    what = f"{token.name} ({token.id}): {allowed}, until {told['expires'] or 'ever'}"
    return AuditLine(at=at, kind=kind, who=by or OPERATOR, what=what)


def _take_over(connection: Connection) -> None:
    """Take over the tokens of a forge from before they were scoped."""
    if not inspect(connection).has_table(_OLD.name):
        return
    for row in connection.execute(select(_OLD)).mappings().all():
        connection.execute(
            insert(_TOKENS).values(_row(Token(name=row["name"], sha256=row["sha256"], created=row["created"])))
        )
    _OLD.drop(connection)


def _row(token: Token) -> Mapping[str, Any]:
    scope = {"may": sorted(token.scope.may), "channels": token.scope.channels, "names": token.scope.names}
    return {
        "sha256": token.sha256,
        "name": token.name,
        "created": token.created,
        "expires": token.expires,
        "author": token.author,
        "scope": compact_json(scope),
        "principals": compact_json(sorted(token.principals)),
        "protected": token.protected,
        "environment": token.environment,
    }


def _token(row: RowMapping) -> Token:
    return Token(
        name=row["name"],
        sha256=row["sha256"],
        created=row["created"],
        expires=row["expires"],
        author=row["author"],
        scope=read_scope(**json.loads(row["scope"])),
        principals=frozenset(json.loads(row["principals"])),
        protected=row["protected"],
        environment=row["environment"],
    )
