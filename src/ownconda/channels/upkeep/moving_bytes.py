"""Bytes brought from one store into another, each read and held against its sha256 on the way."""

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.stores.store import Store
from ownconda.wires.files import make_folder, sha256_of

MOVERS = 8
"""Files that are brought at once."""


def bring(source: Store, target: Store, digests: Iterable[str], *, desk: Path) -> set[str]:
    """Bring bytes into a store, past a folder for what isn't complete; give those that are lost or damaged.

    Raises OutsideError when the target refuses.
    """
    wanted = sorted(set(digests))
    make_folder(desk)
    with tempfile.TemporaryDirectory(dir=desk, prefix="bringing-") as beside, ThreadPoolExecutor(MOVERS) as pool:
        arrived = pool.map(lambda one: _brought(source, target, one, Path(beside) / one), wanted)
        return {sha256 for sha256, is_there in zip(wanted, arrived, strict=True) if not is_there}


def _brought(source: Store, target: Store, sha256: str, part: Path) -> bool:
    if not _copied(source, sha256, part) or sha256_of(part) != sha256:
        part.unlink(missing_ok=True)
        return False
    target.take(part, sha256)
    return True


def _copied(source: Store, sha256: str, part: Path) -> bool:
    try:
        source.copy_out(sha256, part)
    except OutsideError:
        return False
    return True
