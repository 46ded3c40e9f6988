"""A .conda file written as the .tar.bz2 with the same content, for clients that know nothing else."""

import bz2
import tarfile
from pathlib import Path

from ownconda.conda.package_tars import DAMAGE, tar_entries
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import Digests, atomic_file, digests_of

_COMPONENTS = ("info-", "pkg-")


def write_tar_bz2(package: Path, name: str, target: Path) -> Digests:
    """Write the package at ``package``, a .conda file called ``name``, as a .tar.bz2; the same gives the same bytes.

    ``info`` comes first, as clients want it. Raises WrongInputError when the package is damaged, OutsideError when the
    disk refuses.
    """
    with atomic_file(target, durable=False) as file:
        try:
            with bz2.open(file, "wb") as compressed:
                _write(package, name, compressed)
        except DAMAGE as error:
            if isinstance(error, OSError) and error.errno is not None:  # the disk's, not the archive's
                raise
            raise WrongInputError(f"the package is damaged ({error})", where=Where(file=name)) from error
    return digests_of(target)


def _write(package: Path, name: str, compressed: bz2.BZ2File) -> None:
    with tarfile.open(fileobj=compressed, mode="w|", format=tarfile.PAX_FORMAT) as made:
        for component in _COMPONENTS:
            for archive, entry in tar_entries(package, name, component):
                made.addfile(entry, archive.extractfile(entry) if entry.isfile() else None)
                made.members.clear()  # type: ignore[attr-defined]  # it would keep every entry
