"""What an archive becomes, and what none may be."""

from collections.abc import Callable
from pathlib import Path

import hostile
import pytest
from siting import PAGE, PAGES, tarred, zipped

from ownconda.errors import WrongInputError
from ownconda.sites import layout
from ownconda.sites.layout import Layout
from ownconda.sites.unpacking import read_layout, unpack


def laid_out(folder: Path, content: bytes) -> Layout:
    archive = folder / "archive"
    archive.write_bytes(content)
    return read_layout(archive)


def unpacked(folder: Path, content: bytes) -> dict[str, bytes]:
    unpack(folder / "archive", folder / "pages", laid_out(folder, content))
    files = (path for path in (folder / "pages").rglob("*") if path.is_file())
    return {str(path.relative_to(folder / "pages")): path.read_bytes() for path in files}


@pytest.mark.parametrize("compression", ["", "gz", "xz", "bz2", "zst"])
def test_a_tar_is_unpacked_however_it_is_compressed(tmp_path: Path, compression: str) -> None:
    assert unpacked(tmp_path, tarred(compression=compression)) == PAGES


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    assert unpacked(tmp_path, zipped()) == PAGES


def test_a_tar_that_ends_with_a_zip_is_a_tar(tmp_path: Path) -> None:
    pages = {**PAGES, "download.zip": zipped({"other.html": PAGE})}
    assert unpacked(tmp_path, tarred(pages)).keys() == pages.keys()


def test_the_folder_that_holds_everything_is_taken_off(tmp_path: Path) -> None:
    pages = {f"./html/{name}": content for name, content in PAGES.items()}
    assert unpacked(tmp_path, tarred({**pages, "html/.buildinfo": b"x"})) == PAGES


def test_what_begins_with_a_dot_stays_away(tmp_path: Path) -> None:
    pages = {**PAGES, ".buildinfo": b"x", ".doctrees/index.doctree": b"x"}
    assert unpacked(tmp_path, zipped(pages)) == PAGES


def test_pages_that_differ_by_case_only_are_two_pages(tmp_path: Path) -> None:
    assert {"Foo.html", "foo.html"} <= unpacked(tmp_path, zipped({**PAGES, "Foo.html": b"1", "foo.html": b"2"})).keys()


def made(*entries: hostile.Entry) -> bytes:
    return hostile._tar(("index.html", PAGE), *entries)  # noqa: SLF001  (as packages' payloads are made there)


def _told_of(path: str) -> str:
    return "would be written outside" if "\\" not in path else "a character that no address should have"


EVIL: dict[str, tuple[bytes, str]] = {
    **{path: (made((path, b"x")), _told_of(path)) for path in hostile.PATHS},
    **{f"{path} in a zip": (zipped({**PAGES, path: b"x"}), _told_of(path)) for path in hostile.PATHS},
    "a link out": (made(hostile._link("x", "../../x")), "is a link"),  # noqa: SLF001
    "a link within": (made(hostile._link("x", "index.html")), "is a link"),  # noqa: SLF001
    "a hard link": (made(hostile._link("x", "index.html", b"1")), "is a link"),  # noqa: SLF001
    "a device": (made(hostile._device("x", b"3")), "device"),  # noqa: SLF001
    "a pipe": (made(hostile._device("x", b"6")), "device or a pipe"),  # noqa: SLF001
    "the same page twice": (made(("index.html", PAGE)), "'index.html' is there twice"),
    "the same page written otherwise": (made(("./index.html", PAGE)), "is there twice"),
    "a page that is a folder": (made(("a", b"x"), ("a/b.html", b"x")), "is a file and a folder"),
    "a name that turns": (made(("a\u202ea.html", b"x")), "a character that no address should have"),
    "a name with a line's end": (made(("a\n.html", b"x")), "a character that no address should have"),
    "a name that is too long": (made(("a" * 256, b"x")), "is too long a name"),
    "no first page": (zipped({"guide/index.html": PAGE, "other.html": PAGE}), "the archive has no index.html"),
    "nothing": (b"", "the archive is damaged, or is none"),
    "no archive": (PAGE, "the archive is damaged, or is none"),
    "half a zip": (zipped()[:-30], "the archive is damaged, or is none"),
    "half a tar": (tarred(compression="gz")[:-30], "the archive is damaged, or is none"),
}


@pytest.mark.parametrize("what", EVIL)
def test_what_can_be_no_site_is_refused_with_its_reason(tmp_path: Path, what: str) -> None:
    content, told = EVIL[what]
    with pytest.raises(WrongInputError, match=told.replace("'", ".")):
        laid_out(tmp_path, content)


def test_a_zip_whose_bytes_are_not_what_they_were_is_refused_while_it_is_unpacked(tmp_path: Path) -> None:
    content = zipped({**PAGES, "long.html": bytes(range(256)) * 64})
    damaged = content.replace(b"long.html", b"wrong.htm", 1)
    with pytest.raises(WrongInputError, match="damaged"):
        unpacked(tmp_path, damaged)


def bombs() -> dict[str, Callable[[], bytes]]:
    return {
        "unpacks to more than": lambda: zipped({**PAGES, "zeros": bytes(3 << 20)}),
        "has more than 100 members": lambda: zipped({**PAGES, **{f"{number}.html": b"" for number in range(100)}}),
    }


@pytest.mark.parametrize("told", bombs())
def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setattr(layout, "ALWAYS_FINE", 1 << 20)
    monkeypatch.setattr(layout, "MOST_FILES", 100)
    with pytest.raises(WrongInputError, match=told):
        laid_out(tmp_path, bombs()[told]())
