"""A folder of built pages packed into an archive, the same one each time its pages are the same."""

import zipfile
from pathlib import Path

from ownconda.errors import Where, WrongInputError
from ownconda.sites.layout import FIRST_PAGE
from ownconda.wires.files import disk_error

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip can have
_MODE = 0o100644 << 16


def pack(folder: Path, archive: Path) -> None:
    """Write all files of a folder into a zip, but for those whose name begins with a dot.

    Raises WrongInputError where it isn't a folder of pages, OutsideError when the disk refuses.
    """
    if not (folder / FIRST_PAGE).is_file():
        hint = "name the folder that the pages were built into, such as docs/_build/html"
        raise WrongInputError(f"has no {FIRST_PAGE}", where=Where(file=folder), hint=hint)
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                name = file.relative_to(folder)
                if not any(part.startswith(".") for part in name.parts):
                    _add(packed, name.as_posix(), file)
    except OSError as error:
        raise disk_error(error, archive) from error


def _add(packed: zipfile.ZipFile, name: str, file: Path) -> None:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
    packed.writestr(entry, file.read_bytes())
