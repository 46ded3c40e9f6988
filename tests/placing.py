"""Every kind of place made real in a temporary folder, with, without, and with another archive in it."""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from serving import Answer, Served, closed_address

from ownconda.sources.checksums import Checksum
from ownconda.sources.contents import Content, Web
from ownconda.sources.places import Offer, Place
from ownconda.sources.places.debian import Debian, Machine
from ownconda.sources.places.directory import Directory
from ownconda.sources.places.forge import Forge
from ownconda.sources.places.http_mirror import HttpMirror
from ownconda.sources.places.own_address import OwnAddress
from ownconda.sources.places.python_index import PythonIndex
from ownconda.sources.source import Source, parse_source

FILE = "tool-1.0.tar.gz"
RIGHT = b"the right bytes " * 100_000
WRONG = b"other bytes"
SHA256 = hashlib.sha256(RIGHT).hexdigest()

STAND_IN = """#!{python}
# Stands in for apt-get: "update" brings a list, "source" what is in the archive's folder.
import os, pathlib, shutil, sys

archive = pathlib.Path(os.environ["STAND_IN_ARCHIVE"])
with (archive / "log").open("a") as log:
    print(*sys.argv[1:], file=log)
options = dict(word.partition("=")[::2] for before, word in zip(sys.argv, sys.argv[1:]) if before == "-o")
if sys.argv[1] == "update":
    if (archive / "down").exists():
        sys.exit("E: Failed to fetch the list")
    pathlib.Path(options["Dir::State::lists"], "archive_main_source_Sources").touch()
elif sys.argv[1] == "source":
    for file in (archive / sys.argv[-1]).glob("*"):
        shutil.copy(file, file.name)
    sys.exit("E: Unable to find the .dsc")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What places are made from: a folder, a web server with its pages, an environment."""

    folder: Path
    server: Served
    content: dict[str, Answer | bytes] = field(default_factory=dict)
    web: Web

    def source(self) -> Source:
        return parse_source("https://upstream.invalid/tool-1.0.tar.gz", Checksum(digest=SHA256), package="tool")


Making = Callable[[Bench, bytes | None], tuple[Place, Source]]


def forge(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _publish(bench, {f"/sources/{SHA256}/{FILE}": data})
    return Forge(url=bench.server.address, web=bench.web), bench.source()


def own_address(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _publish(bench, {f"/pub/{FILE}": data})
    return OwnAddress(web=bench.web), replace(bench.source(), urls=(f"{bench.server.address}/pub/{FILE}",))


def own_file_address(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _write(bench.folder / "own dir", data)
    return OwnAddress(web=bench.web), replace(bench.source(), urls=((bench.folder / "own dir" / FILE).as_uri(),))


def directory(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _write(bench.folder / "mirror", data)
    return Directory(path=bench.folder / "mirror"), bench.source()


def directory_by_checksum(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _write(bench.folder / "mirror", WRONG if data else None)
    _write(bench.folder / "mirror" / SHA256, data)
    return Directory(path=bench.folder / "mirror"), bench.source()


def mirror(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _publish(bench, {f"/mirror/{FILE}": data})
    return HttpMirror(url=f"{bench.server.address}/mirror/", web=bench.web), bench.source()


def mirror_by_checksum(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _publish(bench, {f"/mirror/{FILE}": WRONG if data else None, f"/mirror/{SHA256}/{FILE}": data})
    return HttpMirror(url=f"{bench.server.address}/mirror", web=bench.web), bench.source()


def python_index(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    page = f'<a href="../../files/{FILE}">{FILE}</a>'.encode()
    _publish(bench, {"/simple/tool/": page if data else None, f"/files/{FILE}": data})
    source = replace(bench.source(), python_project="tool")
    return PythonIndex(index=f"{bench.server.address}/simple", web=bench.web), source


def python_index_in_a_folder(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    _write(bench.folder / "index" / "tool", data)
    return PythonIndex(index=(bench.folder / "index").as_uri(), web=bench.web), bench.source()


def debian(bench: Bench, data: bytes | None) -> tuple[Place, Source]:
    archive = stand_in_apt_get(bench.folder)
    _write(archive / "tool-src", data)
    source = parse_source(f"apt-source:tool-src/{FILE}", Checksum(digest=SHA256))
    return debian_place(bench.folder), source


PLACES: tuple[Making, ...] = (
    forge, own_address, own_file_address, directory, directory_by_checksum, mirror, mirror_by_checksum,
    python_index, python_index_in_a_folder, debian,
)  # fmt: skip


def forge_down(bench: Bench) -> tuple[Place, Source]:
    return Forge(url=closed_address(), web=bench.web), bench.source()


def own_address_down(bench: Bench) -> tuple[Place, Source]:
    return OwnAddress(web=bench.web), replace(bench.source(), urls=(f"{closed_address()}/{FILE}",))


def directory_down(bench: Bench) -> tuple[Place, Source]:
    return Directory(path=bench.folder / "not mounted"), bench.source()


def mirror_down(bench: Bench) -> tuple[Place, Source]:
    return HttpMirror(url=closed_address(), web=bench.web), bench.source()


def mirror_cut_off(bench: Bench) -> tuple[Place, Source]:
    bench.content[f"/{FILE}"] = Answer(body=RIGHT[:1000], cut=True)
    return HttpMirror(url=bench.server.address, web=bench.web), bench.source()


def mirror_failing(bench: Bench) -> tuple[Place, Source]:
    bench.content[f"/{FILE}"] = Answer(status=500)
    return HttpMirror(url=bench.server.address, web=bench.web), bench.source()


def python_index_down(bench: Bench) -> tuple[Place, Source]:
    return PythonIndex(index=f"{closed_address()}/simple", web=bench.web), bench.source()


def debian_down(bench: Bench) -> tuple[Place, Source]:
    (stand_in_apt_get(bench.folder) / "down").touch()
    return debian_place(bench.folder), bench.source()


DOWN: tuple[Callable[[Bench], tuple[Place, Source]], ...] = (
    forge_down, own_address_down, directory_down, mirror_down, mirror_cut_off, mirror_failing,
    python_index_down, debian_down,
)  # fmt: skip


def stand_in_apt_get(folder: Path) -> Path:
    """Put a small apt-get first on PATH (a fixture puts PATH back); give the folder of its archive."""
    program = folder / "bin" / "apt-get"
    program.parent.mkdir()
    program.write_text(STAND_IN.replace("{python}", sys.executable))
    program.chmod(0o755)
    archive = folder / "debian archive"
    archive.mkdir()
    os.environ["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["STAND_IN_ARCHIVE"] = str(archive)
    return archive


def debian_place(folder: Path) -> Debian:
    """Make the place on a machine whose apt gets Debian bookworm from a mirror with a keyring of its own."""
    (folder / "apt" / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (folder / "apt" / "sources.list.d" / "debian.sources").write_text(
        "Types: deb\nURIs: https://me:secret@mirror.invalid/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By: /keyring.gpg\n"
    )
    (folder / "os-release").write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    machine = Machine(apt=folder / "apt", os_release=folder / "os-release")
    return Debian(release="trixie", folder=folder / "cache" / "debian", machine=machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A place that gives the same bytes whatever it is asked for, and says when it was asked."""

    name: str
    data: bytes
    asked: list[str] = field(default_factory=list)

    def offers(self, source: Source) -> list[Offer]:
        self.asked.append(source.file_name)
        return [Offer(address=f"{self.name}/{source.file_name}", open=self._open)]

    def _open(self, _start: int = 0) -> AbstractContextManager[Content]:
        return nullcontext(Content(size=len(self.data), chunks=iter([self.data])))


class Noted:
    """Somebody who watches, and remembers what was told and how far each bar came."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.bars: list[tuple[str, float | None]] = []
        self.done = 0.0

    @contextmanager
    def bar(self, label: str, total: float | None = None, *, unit: str = ""):  # type: ignore[no-untyped-def]  # noqa: ANN201, ARG002
        self.bars.append((label, total))
        yield self

    def advance(self, amount: float) -> None:
        self.done += amount

    def say(self, text: str) -> None:
        """Hear it."""

    def note(self, text: str) -> None:
        self.notes.append(text)


def _publish(bench: Bench, pages: Mapping[str, bytes | None]) -> None:
    bench.content.update({path: data for path, data in pages.items() if data is not None})


def _write(folder: Path, data: bytes | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if data is not None:
        (folder / FILE).write_bytes(data)
