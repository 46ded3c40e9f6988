"""Uploads to a real forge over a line that breaks."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from attesting import claimed_provenance, subject_of
from forging import Running
from making import make_package

from ownconda.errors import ConflictError, WrongInputError
from ownconda.forge_client.answers import BusyError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.parcels import PACKAGES_AT_ONCE, Parcel, batched
from ownconda.wires.progress import Bar

Fault = Callable[[bytes, bytes], bytes | None]
"""Gives what a client is told, with the line cut then, after so much of a request and of its answer; None: go on."""


def cut_while_sending(request: bytes, _: bytes) -> bytes | None:
    return b"" if b"POST" in request and len(request) > 100_000 else None


def lose_the_answer(request: bytes, answer: bytes) -> bytes | None:
    return b"" if b"multipart/form-data" in request and b"snapshot" in answer else None


def cut_the_answer(request: bytes, answer: bytes) -> bytes | None:
    last = answer[answer.rfind(b"HTTP/1.1 ") :]
    return last[:-20] if b"multipart/form-data" in request and b"snapshot" in last else None


def be_busy(request: bytes, _: bytes) -> bytes | None:
    return b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" if b"multipart/form-data" in request else None


def be_full_for_today(request: bytes, _: bytes) -> bytes | None:
    told = b"HTTP/1.1 429 Later\r\nRetry-After: 9000\r\nContent-Length: 0\r\n\r\n"
    return told if b"multipart/form-data" in request else None


def be_full_for_a_second(request: bytes, answer: bytes) -> bytes | None:
    told = be_full_for_today(request, answer)
    return told and told.replace(b"9000", b"1")


@dataclass(slots=True)
class Line:
    """A relay to a forge; each fault happens once."""

    port: int
    faults: list[Fault] = field(default_factory=list)

    def carry(self, client: socket.socket, forge: socket.socket) -> None:
        seen = {client: b"", forge: b""}
        with contextlib.suppress(OSError), client, forge:
            back = threading.Thread(target=self._pass, args=(forge, client, seen, client, forge), daemon=True)
            back.start()
            self._pass(client, forge, seen, client, forge)
            back.join()

    def _pass(
        self, source: socket.socket, target: socket.socket, seen: dict[socket.socket, bytes], *ends: socket.socket
    ) -> None:
        client, forge = ends
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                seen[source] += data
                for fault in self.faults:
                    told = fault(seen[client], seen[forge])
                    if told is not None:
                        self.faults.remove(fault)
                        client.sendall(told)
                        for end in ends:
                            end.shutdown(socket.SHUT_RDWR)
                        return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@dataclass(slots=True)
class Watching:
    """Progress that remembers which files were begun, what was told, and how far it went."""

    begun: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    done: float = 0
    total: float | None = None

    @contextmanager
    def bar(self, _label: str, total: float | None = None, *, unit: Literal["", "bytes"] = "") -> Iterator[Bar]:
        assert unit == "bytes"
        self.total = total
        yield self

    def note(self, text: str) -> None:
        self.noted.append(text)

    def advance(self, amount: float) -> None:
        self.done += amount

    def say(self, text: str) -> None:
        self.begun.append(text)


@pytest.fixture
def line(running: tuple[Running, str]) -> Iterator[Line]:
    host, _, port = running[0].url.removeprefix("http://").partition(":")
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Line(port=server.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    forge = socket.create_connection((host, int(port)))
                    threading.Thread(target=made.carry, args=(client, forge), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield made
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def far(line: Line, running: tuple[Running, str]) -> Iterator[ForgeClient]:
    with ForgeClient(f"http://127.0.0.1:{line.port}", token=running[1]) as client:
        yield client


def large(folder: Path, name: str) -> Path:
    return make_package(folder, name, files={"x": os.urandom(400_000)})


@pytest.mark.parametrize("fault", [cut_while_sending, lose_the_answer, cut_the_answer, be_busy])
def test_what_is_lost_is_sent_again(far: ForgeClient, line: Line, packages: Path, fault: Fault) -> None:
    line.faults.append(fault)
    files = [large(packages, f"{fault.__name__}{number}") for number in range(2)]
    watching = Watching()
    uploaded = far.upload("testing", files, progress=watching)
    assert [Path(one.path).name for one in uploaded] == [file.name for file in files]
    assert (line.faults, watching.done) == ([], watching.total)
    assert len(watching.noted) == 1
    assert "trying again in 0.5 s" in watching.noted[0]


def test_who_is_to_come_again_soon_does(far: ForgeClient, line: Line, packages: Path) -> None:
    line.faults.append(be_full_for_a_second)
    watching = Watching()
    assert far.upload("testing", [large(packages, "soon")], progress=watching)
    assert watching.noted == ["the forge answered 429; trying again in 1 s"]


def test_who_is_to_come_again_tomorrow_is_told_so_at_once(far: ForgeClient, line: Line, packages: Path) -> None:
    line.faults.append(be_full_for_today)
    watching = Watching()
    with pytest.raises(BusyError):
        far.upload("testing", [large(packages, "tomorrow")], progress=watching)
    assert watching.noted == []


def test_after_a_lost_answer_nothing_is_sent_twice(far: ForgeClient, line: Line, packages: Path) -> None:
    line.faults.append(lose_the_answer)
    watching = Watching()
    package = large(packages, "once")
    far.upload("testing", [package], progress=watching)
    assert watching.begun == [package.name]


def test_what_is_there_is_not_sent_again(client: ForgeClient, packages: Path) -> None:
    files = [make_package(packages, "there1"), make_package(packages, "there2")]
    client.upload("testing", files[:1])
    watching = Watching()
    uploaded = client.upload("testing", files, progress=watching)
    assert watching.begun == [files[1].name]
    assert [one.there_already for one in uploaded] == [True, False]
    assert watching.done == watching.total


def test_a_package_goes_again_with_a_sidecar_that_is_new(client: ForgeClient, packages: Path) -> None:
    package = make_package(packages, "beside")
    claim = packages / f"{package.name}.provenance.json"
    claim.write_bytes(claimed_provenance(subject_of(package)).json)
    client.upload("testing", [package])
    for begun in ([package.name, claim.name], []):
        watching = Watching()
        (uploaded,) = client.upload("testing", [package], sidecars={package: [claim]}, progress=watching)
        assert (watching.begun, uploaded.sidecars) == (begun, (".provenance.json",))


def test_an_upload_that_was_refused_goes_on_where_it_was(client: ForgeClient, packages: Path) -> None:
    client.upload("testing", [make_package(packages / "1", "taken", files={"x": b"1"})])
    first = [make_package(packages, f"f{number}") for number in range(PACKAGES_AT_ONCE)]
    last = make_package(packages / "2", "taken", files={"x": b"2"})
    with pytest.raises(ConflictError):
        client.upload("testing", [*first, last])
    watching = Watching()
    assert len(client.upload("testing", first, progress=watching)) == PACKAGES_AT_ONCE
    assert len(client.packages("testing", ["f*"])) == PACKAGES_AT_ONCE


def test_the_same_file_name_in_two_subdirs_and_a_file_given_twice_are_fine(client: ForgeClient, packages: Path) -> None:
    files = [make_package(packages / subdir, "twin", subdir=subdir) for subdir in ("linux-64", "noarch")]
    uploaded = client.upload("testing", [*files, files[0]])
    assert [one.path.partition("/")[0] for one in uploaded] == ["linux-64", "noarch", "linux-64"]


def test_an_installer_is_uploaded_and_known_then(client: ForgeClient, tmp_path: Path) -> None:
    installer = tmp_path / "own-1.2.sh"
    installer.write_bytes(b"#!/bin/sh\n")
    assert [client.upload("testing", [installer])[0].there_already for _ in range(2)] == [False, True]


def test_requests_hold_what_the_forge_takes(tmp_path: Path) -> None:
    parcels = [Parcel(file=tmp_path / str(number), sha256="") for number in range(PACKAGES_AT_ONCE + 1)]
    for parcel in parcels:
        parcel.file.write_bytes(bytes(10))
    assert [len(batch) for batch in batched(parcels, most=1 << 30, largest=1 << 30)] == [PACKAGES_AT_ONCE, 1]
    assert [len(batch) for batch in batched(parcels[:3], most=5000, largest=1 << 30)] == [1, 1, 1]
    assert list(batched([], most=1, largest=1)) == []
    with pytest.raises(WrongInputError, match="at most 100 bytes"):
        list(batched(parcels, most=1 << 30, largest=100))
