"""Proofs that were used, in a table of the forge's database: none counts twice, whichever process it comes to."""

from sqlalchemy import Column, Engine, MetaData, Table, delete, insert, select

from ownconda.access.identities import NotRecognisedError
from ownconda.access.proofs import SECONDS_VALID, Statement
from ownconda.wires.database import NAME, NUMBER, transaction

_METADATA = MetaData()
_USED = Table(
    "access_proofs",
    _METADATA,
    Column("holder", NAME, primary_key=True),
    Column("nonce", NAME, primary_key=True),
    Column("time", NUMBER, nullable=False),
)


class ProofTable:
    """The proofs that a forge took; its methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with transaction(engine, immediate=True) as connection:
            _METADATA.create_all(connection)

    def use(self, statement: Statement, *, holder: str, at: int) -> None:
        """Note that a proof was used, and forget those that nobody would take any more. Raises NotRecognisedError."""
        same = (_USED.c.holder == holder, _USED.c.nonce == statement.nonce)
        with transaction(self._engine, immediate=True) as connection:
            connection.execute(delete(_USED).where(_USED.c.time < at - SECONDS_VALID))
            if connection.execute(select(_USED.c.time).where(*same)).first() is not None:
                raise NotRecognisedError("the proof was used before")
            connection.execute(insert(_USED).values(holder=holder, nonce=statement.nonce, time=statement.time))
