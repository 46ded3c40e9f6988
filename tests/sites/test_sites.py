"""Sites on the disk: switched whole, kept through kills, swept."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from siting import PAGE, PAGES, zipped

from ownconda.channels.folder import ForgeFolder
from ownconda.channels.opening import create_forge, open_channels
from ownconda.channels.shelf import Shelf
from ownconda.errors import ConflictError, WrongInputError
from ownconda.sites.packing import pack
from ownconda.sites.site import Site
from ownconda.sites.sites import NOTE, NoSiteError, Sites

STORE = "stores.directory.DirectoryStore"
OLD, NEW = zipped({**PAGES, "index.html": b"old"}), zipped({**PAGES, "index.html": b"new"})
DRAFT = Site(project="shop", version="main", sha256="", form="", title="", files=0, size=0, at=1, author="ann")


class KilledError(Exception):
    """Stands for a kill: nothing that comes after it happens."""


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    with open_channels(made(tmp_path)) as channels:
        folder = channels.folder
        yield Sites(
            notes=folder.docs,
            pages=folder.docs_pages,
            incoming=folder.incoming,
            store=channels.store,
            shelf=channels.shelf,
        )


def made(root: Path) -> ForgeFolder:
    folder = ForgeFolder(root=root / "forge")
    create_forge(folder, ())
    return folder


def bring(sites: Sites, content: bytes, *, version: str = "main", asked: bool = False) -> None:
    archive = sites.incoming / "archive"
    archive.write_bytes(content)
    draft = replace(DRAFT, version=version, sha256=hashlib.sha256(content).hexdigest())
    with sites.prepared(archive, draft, check_room=lambda _: None) as prepared:
        sites.show(prepared, replace_asked=asked)


def first_page(sites: Sites, version: str = "main") -> bytes:
    return (sites.folder(sites.find("shop", version)) / "index.html").read_bytes()


def test_a_branch_is_replaced_and_its_old_archive_goes(sites: Sites) -> None:
    bring(sites, OLD)
    bring(sites, NEW)
    assert first_page(sites) == b"new"
    assert len(list((sites.notes / "shop" / "main").iterdir())) == 2


def test_a_release_stays_as_it_is_unless_somebody_asks(sites: Sites) -> None:
    bring(sites, OLD, version="1.0")
    with pytest.raises(ConflictError, match="is there already, with other pages"):
        bring(sites, NEW, version="1.0")
    assert first_page(sites, "1.0") == b"old"
    bring(sites, NEW, version="1.0", asked=True)
    assert first_page(sites, "1.0") == b"new"


STEPS = ("sites.sites.unpack", "sites.sites._settle", f"{STORE}.take", f"{STORE}.keep", "channels.shelf.note_placed")


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_the_old_pages_and_nothing_else(
    sites: Sites, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bring(sites, OLD)
    kill_at(step, sites, monkeypatch)
    assert first_page(sites) == b"old"
    start_again(sites)
    assert first_page(sites) == b"old"
    assert {path.name for path in sites.pages.iterdir()} - {".boot"} == {sites.find("shop", "main").sha256}
    assert len(list((sites.notes / "shop" / "main").iterdir())) == 2
    bring(sites, NEW)
    assert first_page(sites) == b"new"


@pytest.mark.parametrize("step", [f"{STORE}.show", "channels.shelf._remove"])
def test_a_kill_after_the_ledger_was_told_leaves_the_new_pages_once_the_forge_is_up_again(
    sites: Sites, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bring(sites, OLD)
    kill_at(step, sites, monkeypatch)
    start_again(sites)
    assert first_page(sites) == b"new"
    assert len(list((sites.notes / "shop" / "main").iterdir())) == 2


def kill_at(step: str, sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program end where a step begins."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    monkeypatch.setattr(f"ownconda.{step}", killed)
    with suppress(KilledError):
        bring(sites, NEW)
        pytest.fail("it went on")
    monkeypatch.undo()


def start_again(sites: Sites) -> None:
    shutil.rmtree(sites.incoming)
    sites.incoming.mkdir()
    shelf = sites.shelf
    assert isinstance(shelf, Shelf)
    shelf.learn()
    assert shelf.settle() == ()
    sites.drop_leftovers()
    sites.tidy()


def test_archives_that_an_older_ownconda_left_behind_go(sites: Sites) -> None:
    bring(sites, OLD)
    folder, sha256 = sites.notes / "shop" / "main", sites.store.keep(b"never shown")
    sites.store.show({folder / f"{sha256}.zip": sha256, sites.notes / "shop" / "1.0" / f"{sha256}.zip": sha256})
    start_again(sites)
    assert [path.name for path in sorted(sites.notes.rglob("*.zip"))] == [sites.find("shop", "main").archive]
    assert [path.name for path in (sites.notes / "shop").iterdir()] == ["main"]


def test_pages_that_are_lost_are_unpacked_again(sites: Sites) -> None:
    bring(sites, OLD)
    shutil.rmtree(sites.pages)
    assert first_page(sites) == b"old"


def test_pages_that_a_power_cut_left_half_written_are_unpacked_again(sites: Sites) -> None:
    bring(sites, OLD)
    bring(sites, NEW, version="1.0")
    sites.tidy()
    (sites.folder(sites.find("shop", "main")) / "index.html").write_bytes(b"")
    (sites.pages / ".boot").write_text("another boot")
    sites.tidy()
    whole = sites.find("shop", "1.0").sha256
    assert {path.name for path in sites.pages.iterdir()} == {".boot", whole}
    assert first_page(sites) == b"old"


def test_what_a_reader_may_still_read_stays_until_the_next_change(sites: Sites) -> None:
    bring(sites, OLD)
    before = sites.folder(sites.find("shop", "main"))
    bring(sites, NEW)
    assert before.is_dir()
    bring(sites, zipped(), version="1.0")
    assert not before.exists()


def test_what_is_removed_is_gone_at_once_but_not_what_another_version_shows_too(sites: Sites) -> None:
    bring(sites, OLD)
    bring(sites, OLD, version="1.0")
    sites.remove(sites.find("shop", "main"))
    assert first_page(sites, "1.0") == b"old"
    sites.remove(sites.find("shop", "1.0"))
    with pytest.raises(NoSiteError, match="there is no documentation of 'shop'"):
        sites.of("shop")
    assert not list(sites.pages.iterdir())
    assert not list(sites.notes.iterdir())


def test_a_damaged_note_hides_one_version_alone_and_is_kept(sites: Sites) -> None:
    bring(sites, OLD)
    bring(sites, NEW, version="1.0")
    note = sites.notes / "shop" / "main" / NOTE
    note.unlink()
    note.write_bytes(b"{")
    sites.tidy()
    assert [site.version for site in sites.of("shop")] == ["1.0"]
    assert len(list(note.parent.iterdir())) == 2


@pytest.mark.parametrize("version", ["stable", "latest", "..", ".hidden", "a/b", "", "x" * 101, "versions.json"])
def test_a_name_that_could_mean_something_else_is_refused(sites: Sites, version: str) -> None:
    with pytest.raises(WrongInputError):
        bring(sites, OLD, version=version)


def test_the_same_folder_is_packed_as_the_same_archive(tmp_path: Path) -> None:
    packed = []
    for name in ("one", "other"):
        for page in PAGES if name == "one" else reversed(list(PAGES)):
            (tmp_path / name / page).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / page).write_bytes(PAGES[page])
        (tmp_path / name / ".buildinfo").write_text(name)
        pack(tmp_path / name, tmp_path / f"{name}.zip")
        packed.append((tmp_path / f"{name}.zip").read_bytes())
    assert packed[0] == packed[1]


def test_a_folder_without_a_first_page_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "other.html").write_bytes(PAGE)
    with pytest.raises(WrongInputError, match=r"has no index\.html"):
        pack(tmp_path, tmp_path / "site.zip")
