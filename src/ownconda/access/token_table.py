"""Tokens in a table of the forge's database."""

from collections.abc import Sequence

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

from ownconda.access.tokens import Token
from ownconda.errors import WrongInputError
from ownconda.wires.database import transaction

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
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def all(self) -> Sequence[Token]:
        """Give all tokens."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(_TOKENS)).mappings().all()
        return [
            Token(
                name=row["name"],
                sha256=row["sha256"],
                created=row["created"],
                may=frozenset(row["may"].split()),
            )
            for row in rows
        ]

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
