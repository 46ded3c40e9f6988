"""In which object store a forge's bytes are, as its ledger says: all processes have to use the same."""

from sqlalchemy import Column, Engine, MetaData, Table, delete, inspect, select

from ownconda.errors import Where, WrongInputError
from ownconda.wires.database import NAME, insert_into, transaction

_METADATA = MetaData()
_ELSEWHERE = Table("bytes_elsewhere", _METADATA, Column("address", NAME, primary_key=True))


def bytes_at(engine: Engine) -> str:
    """Give the address of the object store that has the bytes; nothing where they are in the forge's folder."""
    with transaction(engine) as connection:
        if not inspect(connection).has_table(_ELSEWHERE.name):
            return ""
        return connection.scalar(select(_ELSEWHERE.c.address)) or ""


def note_bytes_at(engine: Engine, address: str) -> None:
    """Note where the bytes are from now on."""
    with transaction(engine, immediate=True) as connection:
        _METADATA.create_all(connection)
        connection.execute(delete(_ELSEWHERE))
        if address:
            connection.execute(insert_into(connection, _ELSEWHERE).values(address=address))


def check_bytes_at(engine: Engine, said: str) -> None:
    """Check that the bytes are where the settings say. Raises WrongInputError."""
    noted = bytes_at(engine)
    if noted == said:
        return
    where = f"in the object store {noted}" if noted else "in its folder"
    hint = f"set forge.store to {noted}" if noted else "unset forge.store"
    raise WrongInputError(
        f"the files of this forge are {where}",
        where=Where(file="forge.store"),
        hint=f"{hint}, or move the files: ownconda forge migrate FOLDER --files-to {said or 'folder'}",
    )
