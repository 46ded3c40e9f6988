"""Packages and sidecars of which a machine has no copies yet: found in the ledger, when clients ask for them."""

import re
from pathlib import Path

from sqlalchemy import Engine, select

from ownconda.attestations.sidecars import SUFFIXES, split
from ownconda.channels.channels import Channels
from ownconda.channels.ledger.reading import read_sidecars
from ownconda.channels.ledger.schema import CHANGES, FILES, SNAPSHOTS
from ownconda.stores.store import LostError, Store
from ownconda.wires.database import transaction

_SIGNATURES = re.compile(rf"(.+){re.escape(SUFFIXES['signatures'])}\.([0-9a-f]{{64}})")


def digest_at(engine: Engine, channel: str, path: str) -> str | None:
    """Give the sha256 of the package or sidecar that a channel lists, or listed last, at a path; None without one."""
    subdir, _, name = path.rpartition("/")
    signed, beside = _SIGNATURES.fullmatch(name), split(name)
    package = signed[1] if signed else beside[0] if beside else name
    query = (
        select(FILES.c.sha256, CHANGES.c.sidecars)
        .join(CHANGES, CHANGES.c.file == FILES.c.id)
        .join(SNAPSHOTS, SNAPSHOTS.c.id == CHANGES.c.snapshot)
        .where(FILES.c.subdir == subdir, FILES.c.file_name == package, FILES.c.purged == "")
        .where(SNAPSHOTS.c.channel == channel, CHANGES.c.added)
        .order_by(SNAPSHOTS.c.id.desc())
    )
    with transaction(engine) as connection:
        rows = connection.execute(query).all()
    if signed:
        return signed[2] if any(read_sidecars(text).signatures == signed[2] for _, text in rows) else None
    if beside:
        return next((found for _, text in rows if (found := read_sidecars(text).digests.get(beside[1]))), None)
    return rows[0].sha256 if rows else None


def fetch(channels: Channels, channel: str, path: str) -> bool:
    """Let the file be here that a channel lists, or listed last, at a path; tell whether it is. Raises OutsideError."""
    sha256 = digest_at(channels.ledger.engine, channel, path)
    place = channels.folder.channel(channel) / path
    if sha256 is None or not bring(channels.store, place, sha256):
        return False
    if digest_at(channels.ledger.engine, channel, path) is None:  # it was purged before it was in its place
        place.unlink(missing_ok=True)
        channels.store.near.discard(sha256)
        return False
    return True


def is_beside(path: str) -> bool:
    """Tell whether a path is one of a sidecar, whose content may become another one."""
    return split(path) is not None


def bring(store: Store, place: Path, sha256: str) -> bool:
    """Let a file be in its place on this machine; tell whether it could be. Raises OutsideError."""
    try:
        store.local(sha256)
        store.near.show({place: sha256}, durable=False)
    except LostError:
        return False
    return True
