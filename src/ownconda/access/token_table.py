"""Tokens in a table of the forge's database."""

import time
from collections.abc import Sequence

from sqlalchemy import Column, Engine, Integer, MetaData, RowMapping, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

from ownconda.access.tokens import Token, find_token
from ownconda.errors import WrongInputError
from ownconda.wires.database import transaction

SECONDS_KNOWN = 2.0
"""How long a token is believed to be what it was: each small upload would ask the database otherwise."""

_METADATA = MetaData()
_TOKENS = Table(
    "tokens",
    _METADATA,
    Column("name", String, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("created", Integer, nullable=False),
    Column("may", String, nullable=False),
)


class TokenTable:
    """The tokens of a forge; its methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: tuple[float, Sequence[Token]] = -SECONDS_KNOWN, ()
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def find(self, text: str) -> Token | None:
        """Give the token that a text is.

        A token that was added, from whichever process, is known at once; one that changed, within seconds.
        """
        read_at, tokens = self._read
        known = find_token(tokens, text) if time.monotonic() - read_at < SECONDS_KNOWN else None
        return known or find_token(self.all(), text)

    def all(self) -> Sequence[Token]:
        """Give all tokens."""
        now = time.monotonic()
        with transaction(self._engine) as connection:
            rows = connection.execute(select(_TOKENS)).mappings().all()
        tokens = tuple(_token(row) for row in rows)
        self._read = now, tokens
        return tokens

    def add(self, token: Token) -> None:
        """Add a token. Raises WrongInputError when there is one of that name."""
        try:
            with transaction(self._engine) as connection:
                connection.execute(
                    insert(_TOKENS).values(
                        name=token.name,
                        sha256=token.sha256,
                        created=token.created,
                        may=" ".join(sorted(token.may)),
                    )
                )
        except IntegrityError as error:
            raise WrongInputError(f"there is a token {token.name!r} already", hint="choose another name") from error


def _token(row: RowMapping) -> Token:
    return Token(name=row["name"], sha256=row["sha256"], created=row["created"], may=frozenset(row["may"].split()))
