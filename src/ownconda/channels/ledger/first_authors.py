"""Who brought a package name first, as a forge's history tells it."""

from sqlalchemy import Engine, select

from ownconda.channels.ledger.schema import CHANGES, FILES, SNAPSHOTS
from ownconda.wires.database import transaction


def first_authors(engine: Engine) -> dict[str, str]:
    """Give every package name that ever was in a channel, with the author of the first snapshot that added it."""
    added = (
        select(FILES.c.file_name, SNAPSHOTS.c.author)
        .join(CHANGES, CHANGES.c.file == FILES.c.id)
        .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
        .where(CHANGES.c.added)
        .order_by(SNAPSHOTS.c.id.desc())
    )
    with transaction(engine) as connection:
        return {file_name.rsplit("-", 2)[0]: author for file_name, author in connection.execute(added)}
