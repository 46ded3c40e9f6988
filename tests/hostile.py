"""Packages that nobody should take, each made in milliseconds: what they are called, and their bytes."""

import bz2
import io
import json
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from backports import zstd
from making import MOMENT, index_fields, make_package

NAME = "evil-1.0-h1_0.conda"
INDEX = json.dumps(index_fields("evil", "1.0", build="h1_0")).encode()
Maker = Callable[[Path], tuple[str, bytes]]

Entry = tuple[str, bytes] | tarfile.TarInfo


def packages() -> Mapping[str, Maker]:
    """Give a maker for each kind of malice."""
    return {
        **{f"a path {path!r}": _with_payload((path, b"x")) for path in PATHS},
        **{f"a link to {target!r}": _with_payload(_link("lib/x", target)) for target in LINKS},
        **{f"the name {name[:30]!r} of {len(name)} characters": _named(name) for name in NAMES},
        **{f"index.json {what}": _with_index(index) for what, index in INDEXES.items()},
        **dict(_metadata_lies()),
        **OTHERS,
    }


PATHS = ("../../etc/cron.d/x", "/etc/passwd", "a/../../x", "..", "..\\..\\x", "lib/..\\..\\..\\x")
LINKS = ("../../x", "../../../../etc/passwd", "../..")
NAMES = (
    "evil-1.0-" + "h" * 198 + ".conda",
    "../evil-1.0-h1_0.conda",
    "..\\evil-1.0-h1_0.conda",
    "Evil-1.0-h1_0.conda",
    "\u0435vil-1.0-h1_0.conda",
    "evil\u0301-1.0-h1_0.conda",
    "\uff45vil-1.0-h1_0.conda",
    "evil-1.0-h1_0.conda\u202e",
    "evil-1.0-h1_0\x7f.conda",
    "evil.conda",
    ".conda",
    "evil-1.0-h1_0.CONDA",
    "evil-1.0-h1_0.conda.exe",
    "-1.0-h1_0.conda",
    "evil-1.0-h1_0.html",
)
INDEXES = {
    "is no JSON": b"not json",
    "is nothing": b"",
    "is a list": b"[]",
    "is deep": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "is a little deep": b'{"x":' + b"[" * 60 + b"]" * 60 + b"}",
    "is huge": b'{"x":"' + b"x" * (33 << 20) + b'"}',
    "has a number without end": b'{"build_number":' + b"9" * 5000 + b"}",
    "isn't UTF-8": b'{"name":"\xff"}',
    "is UTF-16": json.dumps(index_fields("evil", "1.0", build="h1_0")).encode("utf-16"),
    "says another name": json.dumps(index_fields("good", "1.0", build="h1_0")).encode(),
    "says another subdir": json.dumps(index_fields("evil", "1.0", build="h1_0", subdir="../..")).encode(),
    "has half a character": b'{"name":"evil","version":"1.0","build":"h1_0","build_number":0,"license":"\\ud800"}',
}


def _device(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    return entry


def _link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    entry = _device(name, kind)
    entry.linkname = target
    return entry


def _with_payload(*entries: Entry) -> Maker:
    return lambda _: (NAME, _conda(payload=_tar(*entries)))


def _with_index(index: bytes) -> Maker:
    return lambda _: (NAME, _conda(info=_tar(("info/index.json", index))))


def _named(name: str) -> Maker:
    return lambda folder: (name, make_package(folder, "evil").read_bytes())


def _conda(*, info: bytes | None = None, payload: bytes | None = None, compression: int = zipfile.ZIP_STORED) -> bytes:
    members = [
        ("metadata.json", b'{"conda_pkg_format_version": 2}'),
        (f"info-{NAME.removesuffix('.conda')}.tar.zst", zstd.compress(info if info is not None else _info())),
        (f"pkg-{NAME.removesuffix('.conda')}.tar.zst", zstd.compress(payload if payload is not None else _tar())),
    ]
    return _zip(members, compression)


def _zip(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # names that are there twice are meant
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def _info(**fields: object) -> bytes:
    index = index_fields("evil", "1.0", build="h1_0", **fields)
    return _tar(("info/index.json", json.dumps(index).encode()))


def _tar(*entries: Entry) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for one in entries:
            if isinstance(one, tarfile.TarInfo):
                archive.addfile(one)
            else:
                entry = tarfile.TarInfo(one[0])
                entry.size, entry.mtime = len(one[1]), MOMENT
                archive.addfile(entry, io.BytesIO(one[1]))
    return buffer.getvalue()


def _bomb(_: Path) -> tuple[str, bytes]:
    """Make 16 GiB of zeros out of a few hundred kilobytes."""
    entry = tarfile.TarInfo("share/zeros")
    entry.size = 16 << 30
    zeros = zstd.compress(bytes(64 << 20))
    payload = zstd.compress(entry.tobuf()) + zeros * 256 + zstd.compress(bytes(1024))
    members = [
        ("metadata.json", b"{}"),
        ("info-evil-1.0-h1_0.tar.zst", zstd.compress(_info())),
        ("pkg-evil-1.0-h1_0.tar.zst", payload),
    ]
    return NAME, _zip(members)


def _zip_bomb(_folder: Path) -> tuple[str, bytes]:
    """Make a zip archive whose own compression hides 256 MiB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("metadata.json", "w") as file:
        for _ in range(16):
            file.write(bytes(16 << 20))
    return NAME, buffer.getvalue()


def _twice(member: str) -> Maker:
    def make(_: Path) -> tuple[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(_conda())) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
        return NAME, _zip([*members, *(one for one in members if one[0].startswith(member))])

    return make


def _more(name: str) -> Maker:
    def make(_: Path) -> tuple[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(_conda())) as archive:
            return NAME, _zip([*((one, archive.read(one)) for one in archive.namelist()), (name, b"x")])

    return make


def _wrong_hash(_: Path) -> tuple[str, bytes]:
    listed = {"_path": "x", "path_type": "hardlink", "sha256": "0" * 64, "size_in_bytes": 1}
    paths = json.dumps({"paths": [listed], "paths_version": 1}).encode()
    info = _tar(("info/index.json", INDEX), ("info/paths.json", paths))
    return NAME, _conda(info=info, payload=_tar(("x", b"y")))


def _flipped(folder: Path) -> tuple[str, bytes]:
    content = bytearray(make_package(folder, "evil", files={"x": b"x" * 1000}).read_bytes())
    content[len(content) // 2] ^= 1
    return NAME, bytes(content)


def _tar_bz2(*entries: Entry) -> Maker:
    def make(_: Path) -> tuple[str, bytes]:
        return "evil-1.0-h1_0.tar.bz2", bz2.compress(_tar(("info/index.json", INDEX), *entries))

    return make


def _metadata_lies() -> Iterator[tuple[str, Maker]]:
    for field, value in (("depends", ["@@"]), ("depends", "x"), ("build_number", -1), ("timestamp", 10**14)):
        yield f"{field} {value!r}", _with_index(json.dumps(json.loads(INDEX) | {field: value}).encode())


OTHERS: Mapping[str, Maker] = {
    "a bomb": _bomb,
    "a zip bomb": _zip_bomb,
    "a device": _with_payload(_device("dev/null", tarfile.CHRTYPE)),
    "a pipe": _with_payload(_device("pipe", tarfile.FIFOTYPE)),
    "a hard link out": _with_payload(_link("x", "../../etc/passwd", tarfile.LNKTYPE)),
    "a hard link to nothing": _with_payload(_link("x", "y", tarfile.LNKTYPE)),
    "a file through a link": _with_payload(_link("a", "/etc"), ("a/passwd", b"x")),
    "an entry that is there twice": _with_payload(("x", b"1"), ("x", b"2")),
    "an entry that is there twice, written otherwise": _with_payload(("x", b"1"), ("./x", b"2")),
    "an index that is there twice": lambda _: (
        NAME,
        _conda(info=_tar(("info/index.json", INDEX), ("info/index.json", INDEX))),
    ),
    "an index that is a link": lambda _: (NAME, _conda(info=_tar(_link("info/index.json", "/etc/passwd")))),
    "no index": lambda _: (NAME, _conda(info=_tar())),
    "info twice": _twice("info-"),
    "metadata twice": _twice("metadata"),
    "another member": _more("../../evil.sh"),
    "a compressed member": lambda _: (NAME, _conda(compression=zipfile.ZIP_DEFLATED)),
    "a wrong hash": _wrong_hash,
    "a flipped bit": _flipped,
    "a tar.bz2 called .conda": lambda folder: (NAME, _tar_bz2()(folder)[1]),
    "a .conda called tar.bz2": lambda _: ("evil-1.0-h1_0.tar.bz2", _conda()),
    "a path out of a tar.bz2": _tar_bz2(("../x", b"x")),
    "only zeros": lambda _: (NAME, bytes(100_000)),
    "nothing": lambda _: (NAME, b""),
    "a page": lambda _: (NAME, b"<html><script>alert(1)</script></html>"),
}
