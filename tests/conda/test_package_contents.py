import hashlib
import io
import tarfile

import pytest

from ownconda.conda.package_contents import Contents

CONTENT = b"content"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def gathered(*entries: tuple[str, bytes, str]) -> Contents:
    """Gather entries (name, type, where a link leads) out of a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, target in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            entry.size = len(CONTENT) if kind == tarfile.REGTYPE else 0
            archive.addfile(entry, io.BytesIO(CONTENT))
    contents = Contents()
    with tarfile.open(fileobj=io.BytesIO(buffer.getvalue())) as archive:
        for entry in archive:
            contents.add(archive, entry)
    contents.check()
    return contents


def file(name: str) -> tuple[str, bytes, str]:
    return name, tarfile.REGTYPE, ""


def link(name: str, target: str) -> tuple[str, bytes, str]:
    return name, tarfile.SYMTYPE, target


def hard_link(name: str, target: str) -> tuple[str, bytes, str]:
    return name, tarfile.LNKTYPE, target


@pytest.mark.parametrize(
    "entries",
    [
        [link("evil", "/etc"), file("evil/passwd2")],
        [file("evil/passwd2"), link("evil", "/etc")],
        [link("evil", "lib"), link("evil/deeper", "x")],
        [hard_link("passwd", "../../../etc/passwd")],
        [hard_link("passwd", "/etc/passwd")],
        [link("passwd", "../etc/passwd")],
        [link("lib/passwd", "../../etc/passwd")],
        [link("lib/passwd", "x/../../../etc")],
        [file("../x")],
    ],
)
def test_what_would_leave_the_prefix_is_refused(entries: list[tuple[str, bytes, str]]) -> None:
    with pytest.raises(ValueError, match="would leave the prefix"):
        gathered(*entries)


def test_a_hard_link_leads_to_a_file_of_the_package() -> None:
    with pytest.raises(ValueError, match="which is no file of the package"):
        gathered(hard_link("a", "b"))
    with pytest.raises(ValueError, match="which is no file of the package"):
        gathered(link("b", "/etc/passwd"), hard_link("a", "b"))


def test_links_within_the_prefix_and_absolute_ones_are_fine() -> None:
    made = gathered(
        file("lib/libz.so.1"),
        link("lib/libz.so", "libz.so.1"),
        link("bin/z", "../lib/libz.so.1"),
        link("ssl/certs", "/etc/ssl/certs"),
        hard_link("lib/again", "lib/libz.so.1"),
    )
    assert made.digests["lib/again"] == SHA256


@pytest.mark.parametrize(
    ("paths", "what"),
    [
        ([{"_path": "a", "sha256": SHA256}], "doesn't list 'b'"),
        ([{"_path": "a"}, {"_path": "b"}, {"_path": "c"}], "lists 'c', which isn't in the package"),
        ([{"_path": "a", "sha256": "0" * 64}, {"_path": "b"}], "gives 'a' the sha256 0000"),
        (["a", "b"], "lists 'a', which isn't a path"),
        ([{"_path": 5}], "which isn't a path"),
        ([{"_path": "a", "sha256": 5}], "which isn't a path"),
        (None, "has no list of paths"),
    ],
)
def test_paths_json_lists_exactly_what_is_there(paths: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        gathered(file("a"), file("b"), file("info/index.json")).check_listed({"paths": paths})


@pytest.mark.parametrize("value", [[], "x", None, 5])
def test_paths_json_is_an_object(value: object) -> None:
    with pytest.raises(ValueError, match="has no list of paths"):
        gathered(file("a")).check_listed(value)


def test_what_paths_json_says_of_links_and_folders_is_no_matter() -> None:
    made = gathered(file("a"), link("b", "a"), ("folder", tarfile.DIRTYPE, ""))
    made.check_listed({"paths": [{"_path": "a", "sha256": SHA256.upper()}, {"_path": "b", "sha256": "0" * 64}]})
