"""Archives of sites read and unpacked, in bounded memory whatever they hold."""

import shutil
from pathlib import Path

from ownconda.errors import WrongInputError
from ownconda.sites.layout import Layout, layout_of
from ownconda.sources.members import DAMAGE, Format, members, opened_members
from ownconda.wires.files import CHUNK, disk_error, make_folder

_ZIP = b"PK"


def form_of(archive: Path) -> Format:
    """Tell what an archive is by how it begins: the end of a tar may look like that of a zip."""
    with archive.open("rb") as file:
        return "zip" if file.read(2) == _ZIP else "tar"


def read_layout(archive: Path) -> Layout:
    """Read what an archive holds, and lay it out. Raises WrongInputError where it can't be a site."""
    try:
        return layout_of(members(archive, form_of(archive)), packed=archive.stat().st_size)
    except DAMAGE as error:
        raise _damaged(error) from error


def unpack(archive: Path, folder: Path, layout: Layout) -> None:
    """Unpack an archive into a new folder. Raises WrongInputError where it is damaged, OutsideError from the disk."""
    make_folder(folder)
    try:
        for member, open_member in opened_members(archive, form_of(archive)):
            place = layout.places.get(member.path)
            if place is not None and member.kind == "file":
                (folder / place).parent.mkdir(parents=True, exist_ok=True)
                with (folder / place).open("xb") as file, open_member() as content:
                    shutil.copyfileobj(content, file, CHUNK)
    except OSError as error:
        raise disk_error(error, folder) from error
    except DAMAGE as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> WrongInputError:
    hint = "a site is sent as zip or tar, which may be compressed with gzip, xz, bzip2 or zstd"
    return WrongInputError(f"the archive is damaged, or is none: {error}", hint=hint)
