"""Twins: .tar.bz2 files with the content of .conda files, made once and remembered by the sha256 of those."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from ownconda.channels.folder import ForgeFolder
from ownconda.conda.records import Record, compact_json, record_from_json
from ownconda.conda.transmuting import write_tar_bz2
from ownconda.repodata.entries import Entry
from ownconda.stores.store import Store
from ownconda.wires.files import Digests, make_folder, write_atomically

CONDA, TAR_BZ2 = ".conda", ".tar.bz2"
_OF_THE_FILE = ("legacy_bz2_md5", "legacy_bz2_size")


def twin_path(path: str) -> str:
    """Give what the twin of a package is called."""
    return f"{path.removesuffix(CONDA)}{TAR_BZ2}" if path.endswith(CONDA) else path


def twin_entry(entry: Entry, digests: Digests) -> Entry:
    """Give the entry of a package's twin: what is claimed of the package itself isn't claimed of another file."""
    record = entry.record
    fields = {key: value for key, value in json.loads(record.json).items() if key not in _OF_THE_FILE}
    return Entry(record=_record(record, fields | asdict(digests)), indexed_at=entry.indexed_at)


def made_twin(folder: ForgeFolder, store: Store, record: Record) -> Digests:
    """Give the twin of a package, whose bytes are in the store then; it is made unless that was done before.

    Raises WrongInputError when the package is damaged, OutsideError when it is lost or the disk refuses.
    """
    known = remembered(folder, record.sha256)
    if known is not None:
        store.taken.note(known.sha256)  # so that nobody removes what is there
        if store.holds(known.sha256):
            return known
    make_folder(folder.incoming)
    with tempfile.TemporaryDirectory(dir=folder.incoming, prefix="twin-") as beside:
        made = Path(beside) / "twin"
        digests = write_tar_bz2(store.local(record.sha256), record.file_name, made)
        store.take(made, digests.sha256)
    write_atomically(_note(folder, record.sha256), json.dumps(asdict(digests)).encode(), durable=False)
    return digests


def remembered(folder: ForgeFolder, sha256: str) -> Digests | None:
    """Tell what the twin of a package with this sha256 is, if one was ever made."""
    try:
        return Digests(**json.loads(_note(folder, sha256).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def forget(folder: ForgeFolder, store: Store, sha256: str) -> None:
    """Let the twin of a package with this sha256 be no more. Raises OSError or OutsideError when the disk refuses."""
    known = remembered(folder, sha256)
    if known is not None:
        store.discard(known.sha256)
        _note(folder, sha256).unlink(missing_ok=True)


def _record(record: Record, fields: dict[str, object]) -> Record:
    return record_from_json(
        compact_json(fields),
        file_name=twin_path(record.file_name),
        run_exports=record.run_exports,
        about=record.about,
    )


def _note(folder: ForgeFolder, sha256: str) -> Path:
    return folder.tar_bz2_twins / sha256[:2] / f"{sha256}.json"
