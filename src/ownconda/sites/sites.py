"""Sites on the disk: each version's note and archive, and its pages, which are unpacked from the archive.

The note is the truth: it is written last, whole and at once, so that a version is the old one or the new one at any
moment. Pages can be unpacked again, and are after a restore from a backup or a power cut.
"""

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.sites.inventory import INVENTORY, LARGEST, Explained, explained, title_of
from ownconda.sites.layout import Layout
from ownconda.sites.names import check_project, check_version
from ownconda.sites.site import Site, read_note
from ownconda.sites.unpacking import form_of, read_layout, unpack
from ownconda.sites.versions import is_branch, meant, newest_first
from ownconda.stores.store import Store
from ownconda.wires.boots import boot_id
from ownconda.wires.files import disk_error, make_folder, write_atomically

NOTE = "site.json"
_BOOT = ".boot"


class NoSiteError(WrongInputError):
    """There is no documentation of that project, or of that version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A site that was checked and unpacked aside, where nobody sees it yet: its ``archive`` and its ``pages``."""

    site: Site
    archive: Path
    pages: Path


class Shelf(Protocol):
    """Where clients find notes and archives, and who knows of it."""

    def changing(self) -> AbstractContextManager[None]:
        """Let nobody else change what lies there while the block runs."""

    def show(self, files: Mapping[Path, str], *, gone: Collection[Path] = ()) -> None:
        """Let each place, in this order, have the bytes of its sha256, and others have nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """The sites of a forge; its methods may be called from any thread.

    ``notes`` has each version's note and archive, as ``<project>/<version>/…``, whose bytes are in the ``store``, and
    which the ``shelf`` shows; ``pages`` has what archives unpack to, by their sha256; ``incoming`` is for what isn't
    complete yet.
    """

    notes: Path
    pages: Path
    incoming: Path
    store: Store
    shelf: Shelf
    _changing: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def projects(self) -> list[str]:
        """List the projects that have any documentation."""
        return sorted({path.parent.parent.name for path in self.notes.glob(f"*/*/{NOTE}")})

    def of(self, project: str) -> list[Site]:
        """List the versions of a project, the highest first, then branches. Raises NoSiteError where it has none."""
        notes = sorted((self.notes / check_project(project)).glob(f"*/{NOTE}"))
        sites = [site for note in notes if (site := _read(note)) is not None]
        if not sites:
            raise NoSiteError(f"there is no documentation of {project!r}", hint="/docs/ lists what there is")
        return newest_first(sites)

    def find(self, project: str, version: str) -> Site:
        """Give the site of a version, or the one that an alias stands for. Raises NoSiteError."""
        with contextlib.suppress(WrongInputError):  # an alias is looked for among all
            if exact := _read(self._note_of(project, version)):
                return exact
        sites = self.of(project)
        found = meant(sites, version)
        if found is None:
            there = ", ".join(site.version for site in sites)
            raise NoSiteError(f"{project} has no documentation of {version!r}", hint=f"there are {there}")
        return found

    def folder(self, site: Site) -> Path:
        """Give the folder of a site's pages, unpacked again where they are lost. Raises OutsideError."""
        folder = self.pages / site.sha256
        if not folder.is_dir():
            with self._changing:
                self._unpack_again(site, folder)
        return folder

    def explained(self, site: Site) -> Iterator[Explained]:
        """Go through what a site's pages explain, as far as its inventory tells."""
        return explained(_inventory(self.folder(site)))

    @contextlib.contextmanager
    def prepared(self, archive: Path, draft: Site, *, check_room: Callable[[int], None]) -> Iterator[Prepared]:
        """Check and unpack an archive aside; ``draft`` tells all of the site but what its pages are.

        ``check_room`` is told the bytes that it comes to. Raises WrongInputError where it can't be a site.
        """
        check_project(draft.project)
        check_version(draft.version)
        layout = read_layout(archive)
        check_room(layout.size)
        with self._beside() as beside:
            pages = beside / "pages"
            unpack(archive, pages, layout)
            yield Prepared(site=_described(draft, archive, layout, pages), archive=archive, pages=pages)

    def replaced_by(self, draft: Site, *, asked: bool) -> Site | None:
        """Give what a site takes the place of, if anything.

        Raises ConflictError where that is a version that stays as it is unless somebody ``asked`` to replace it.
        """
        there = self._there(draft)
        if there and there.sha256 != draft.sha256 and not asked and not is_branch(draft.version):
            what = f"{draft.project} {draft.version} is there already, with other pages"
            raise ConflictError(what, hint="a version stays as it is: upload a new one, or ask for it to be replaced")
        return there

    def show(self, prepared: Prepared, *, replace_asked: bool) -> None:
        """Let clients see a site, in the place of what its version was before. Raises as `replaced_by`."""
        site, folder = prepared.site, self.notes / prepared.site.project / prepared.site.version
        with self.shelf.changing(), self._changing:
            before = self.replaced_by(site, asked=replace_asked)
            self._sweep()
            _settle(prepared.pages, self.pages / site.sha256)
            self.store.take(prepared.archive, site.sha256)
            shown = {folder / site.archive: site.sha256, folder / NOTE: self.store.keep(site.note())}
            self.shelf.show(shown, gone=[folder / before.archive] if before else [])

    def remove(self, site: Site) -> None:
        """Let a site be no more. Raises OutsideError when the disk refuses."""
        folder = self.notes / site.project / site.version
        with self.shelf.changing(), self._changing, _told(self.pages):
            self.shelf.show({}, gone=[folder / NOTE, folder / site.archive])
            self._sweep()

    def tidy(self) -> None:
        """Remove pages that nobody needs, and those that a power cut may have damaged. Raises OutsideError."""
        with self._changing, _told(self.pages):
            self._sweep()
            if _text_of(self.pages / _BOOT) != boot_id():
                self._sweep_damaged()
                write_atomically(self.pages / _BOOT, boot_id().encode(), durable=False)

    def drop_leftovers(self) -> None:
        """Remove archives that no note names: an older ownconda left them where it was killed. Raises OutsideError."""
        with self.shelf.changing():
            left = [path for folder in self.notes.glob("*/*/") for path in _leftovers(folder)]
            if left:
                self.shelf.show({}, gone=left)

    def _sweep(self) -> None:
        """Remove pages that no note names: a reader may still have had those of the version that was replaced last."""
        named = {site.sha256 for note in self.notes.glob(f"*/*/{NOTE}") if (site := _read(note)) is not None}
        for folder in self.pages.iterdir() if self.pages.is_dir() else ():
            if folder.is_dir() and folder.name not in named:
                shutil.rmtree(folder)

    def _sweep_damaged(self) -> None:
        """Remove pages that weren't written to their end before the power went: a file is as long as what is in it."""
        for site in filter(None, map(_read, self.notes.glob(f"*/*/{NOTE}"))):
            sizes = [path.stat().st_size for path in (self.pages / site.sha256).rglob("*") if path.is_file()]
            if (len(sizes), sum(sizes)) != (site.files, site.size):
                shutil.rmtree(self.pages / site.sha256, ignore_errors=True)

    def _unpack_again(self, site: Site, folder: Path) -> None:
        if folder.is_dir():  # somebody who asked for another of its pages did it meanwhile
            return
        archive = self.store.local(site.sha256)
        with self._beside() as beside:
            unpack(archive, beside / "pages", read_layout(archive))
            _settle(beside / "pages", folder)

    def _there(self, draft: Site) -> Site | None:
        return _read(self._note_of(draft.project, draft.version))

    def _note_of(self, project: str, version: str) -> Path:
        return self.notes / check_project(project) / check_version(version) / NOTE

    @contextlib.contextmanager
    def _beside(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.incoming) as beside:
            yield Path(beside)


def _described(draft: Site, archive: Path, layout: Layout, pages: Path) -> Site:
    title = title_of(_inventory(pages)) or draft.project
    return replace(draft, form=form_of(archive), title=title, files=len(layout.places), size=layout.size)


def _inventory(pages: Path) -> bytes:
    try:
        with (pages / INVENTORY).open("rb") as file:
            return file.read(LARGEST)
    except OSError:
        return b""


def _settle(pages: Path, folder: Path) -> None:
    """Let unpacked pages take their place, unless the same ones are there."""
    with _told(folder):
        make_folder(folder.parent)
        if not folder.is_dir():
            pages.rename(folder)


def _leftovers(folder: Path) -> list[Path]:
    """Give archives that a version's note doesn't name; what belongs to a note that is damaged is left alone."""
    site, is_noted = _read(folder / NOTE), (folder / NOTE).is_file()
    if site is None and is_noted:
        return []
    named = {NOTE, site.archive} if site else set()
    return [path for path in folder.iterdir() if path.name not in named]


def _read(note: Path) -> Site | None:
    """Read a note; a damaged one is none, so that the others go on."""
    try:
        return read_note(note.read_bytes())
    except (FileNotFoundError, OutsideError):
        return None


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error
