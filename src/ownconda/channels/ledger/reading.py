"""What the ledger's rows mean."""

import json

from sqlalchemy import RowMapping

from ownconda.attestations.sidecars import NONE, Sidecars
from ownconda.channels.snapshots import BrokenChannelError, Kind, Snapshot, Terms
from ownconda.conda.records import Record, record_from_json


def read_record(text: str, file_name: str, run_exports: str, about: str) -> Record:
    """Read a package's metadata. Raises BrokenChannelError."""
    try:
        return record_from_json(text, file_name=file_name, run_exports=run_exports, about=about)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BrokenChannelError(
            f"what the ledger has of {file_name} can't be read: {error}",
            hint="put back the last backup of the forge's folder",
        ) from error


def read_sidecars(text: str) -> Sidecars:
    """Read which sidecars an entry has. Raises BrokenChannelError."""
    try:
        return Sidecars(**json.loads(text)) if text else NONE
    except (TypeError, ValueError) as error:
        raise BrokenChannelError(f"what the ledger has of a package's sidecars can't be read: {error}") from error


def read_terms(text: str) -> Terms:
    """Read a channel's terms, in which the sha256 of the patches stands for them. Raises BrokenChannelError."""
    try:
        return Terms(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise BrokenChannelError(f"what the ledger has of a channel's terms can't be read: {error}") from error


def read_snapshot(row: RowMapping) -> Snapshot:
    """Read a snapshot."""
    return Snapshot(
        id=row["id"],
        channel=row["channel"],
        parent=row["parent"],
        at=row["at"],
        author=row["author"],
        reason=row["reason"],
        kind=Kind(row["kind"]),
        waived=json.loads(row["waived"]) if row["waived"] else {},
        expired=row["expired"],
    )
