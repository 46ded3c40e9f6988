import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from forging import Running
from making import make_package
from serving import Answer, served

from ownconda.errors import ConflictError, OutsideError, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.wires.progress import Bar


@dataclass(slots=True)
class Watching:
    """Progress that remembers how far it went."""

    total: float | None = None
    done: float = 0
    said: list[str] = field(default_factory=list)

    @contextmanager
    def bar(self, label: str, total: float | None = None, *, unit: Literal["", "bytes"] = "") -> Iterator[Bar]:
        assert unit == "bytes"
        self.said.append(label)
        self.total = total
        yield self

    def advance(self, amount: float) -> None:
        self.done += amount

    def say(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.said.append(text)


def test_packages_are_uploaded_with_progress(client: ForgeClient, packages: Path) -> None:
    files = [make_package(packages, "up1"), make_package(packages, "up2", files={"x": os.urandom(1_500_000)})]
    watching = Watching()
    uploaded = client.upload("testing", files, progress=watching)
    assert [(one.path, one.there_already) for one in uploaded] == [
        ("linux-64/up1-1.0-h1_0.conda", False),
        ("linux-64/up2-1.0-h1_0.conda", False),
    ]
    assert watching.done == watching.total == sum(file.stat().st_size for file in files)
    assert all(one.there_already for one in client.upload("testing", files))


def test_what_the_forge_holds_is_told_as_values(client: ForgeClient, packages: Path) -> None:
    client.upload("testing", [make_package(packages, "held", "2.0", depends=["x >=1"])])
    (package,) = client.packages("testing", ["held"])
    assert (package.version, package.depends, package.license) == ("2.0", ("x >=1",), "BlueOak-1.0.0")
    channel = client.channel("testing")
    assert channel in client.channels()
    assert channel.snapshot.id == client.history("testing", limit=1)[0].id


def test_a_promotion_is_planned_done_and_rolled_back(client: ForgeClient, packages: Path) -> None:
    client.upload("testing", [make_package(packages, "prom")])
    plan = client.plan_promotion("testing", "staging", ["prom"])
    done = client.promote("testing", "staging", ["prom"], reason="tested")
    assert [one.path for one in plan.added] == [one.path for one in done.added] == ["linux-64/prom-1.0-h1_0.conda"]
    now, before = client.history("staging", limit=2)
    assert (now.reason, now.added) == ("tested", 1)
    assert [one.name for one in client.plan_rollback("staging", before.id).removed] == ["prom"]
    back = client.roll_back("staging", before.id, reason="not yet")
    assert [one.name for one in back.removed] == ["prom"]
    assert [one.name for one in client.diff(str(now.id), "staging").removed] == ["prom"]


def test_a_source_is_put_once(client: ForgeClient, tmp_path: Path) -> None:
    archive = tmp_path / "zlib-1.3.1.tar.gz"
    archive.write_bytes(b"archive")
    sha256 = hashlib.sha256(b"archive").hexdigest()
    assert not client.has_source(sha256, archive.name)
    watching = Watching()
    client.put_source(sha256, archive, progress=watching)
    client.put_source(sha256, archive)
    assert watching.done == len(b"archive")
    assert client.has_source(sha256, archive.name)
    assert client.source_url(sha256, "a b.tgz").endswith(f"/sources/{sha256}/a%20b.tgz")


def test_a_source_with_another_checksum_is_refused(client: ForgeClient, tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(b"not it")
    with pytest.raises(WrongInputError, match="its address says"):
        client.put_source("0" * 64, tmp_path / "x.tgz")


def test_without_token_the_hint_names_the_setting(nobody: ForgeClient, packages: Path) -> None:
    with pytest.raises(WrongInputError) as caught:
        nobody.upload("testing", [make_package(packages, "no")])
    assert "OWNCONDA_FORGE_TOKEN" in (caught.value.problems[0].hint or "")
    assert nobody.channels()


def test_a_wrong_token_is_told_before_anything_is_sent(running: tuple[Running, str], packages: Path) -> None:
    watching = Watching()
    with (
        ForgeClient(running[0].url, token="own_wrong") as client,
        pytest.raises(WrongInputError, match="token"),
    ):
        client.upload("testing", [make_package(packages, "no")], progress=watching)
    assert not watching.said


def test_other_contents_under_a_name_are_a_conflict(client: ForgeClient, packages: Path) -> None:
    client.upload("testing", [make_package(packages / "1", "same", files={"x": b"1"})])
    with pytest.raises(ConflictError, match="other contents"):
        client.upload("testing", [make_package(packages / "2", "same", files={"x": b"2"})])


def test_an_unknown_channel_is_wrong_input(client: ForgeClient, packages: Path) -> None:
    with pytest.raises(WrongInputError, match="no channel 'nix'"):
        client.upload("nix", [make_package(packages, "no")])
    with pytest.raises(WrongInputError, match="no channel 'nix'"):
        client.channel("nix")
    with pytest.raises(WrongInputError, match="no channel 'x y'"):
        client.packages("x y")


def test_a_file_larger_than_the_forge_takes_is_told_before_it_is_sent(client: ForgeClient, packages: Path) -> None:
    large = make_package(packages, "large", files={"x": os.urandom(3_100_000)})
    with pytest.raises(WrongInputError, match="at most 3000000 bytes"):
        client.upload("testing", [large])


def test_a_forge_that_is_not_there_is_outside() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with ForgeClient(url) as client:
        with pytest.raises(OutsideError, match="can't be reached"):
            client.channels()
        with pytest.raises(OutsideError, match="doesn't answer"):
            client.wait_until_ready(seconds=0.2)


def test_a_forge_that_is_there_is_ready(client: ForgeClient) -> None:
    client.wait_until_ready(seconds=5)


@pytest.mark.parametrize(
    ("answer", "family"),
    [
        (Answer(body=b"<html>hello</html>"), OutsideError),
        (Answer(status=500, body=b"oops"), OutsideError),
        (Answer(status=507, body=b'{"problems":[{"what":"full","hint":null}]}'), OutsideError),
        (Answer(status=404, body=b"nothing"), WrongInputError),
        (Answer(status=409, body=b'{"problems":[{"what":"taken","hint":null}]}'), ConflictError),
    ],
)
def test_whatever_answers_becomes_an_error_of_the_right_family(answer: Answer, family: type[Exception]) -> None:
    with served(lambda _: answer) as other, ForgeClient(other.address) as client, pytest.raises(family):
        client.channels()


@pytest.mark.parametrize("token", ["own_€", "own_a\nb", "own_a ", "own_\x00"])
def test_a_token_that_can_not_be_sent_is_told_before_anything_is(token: str) -> None:
    with pytest.raises(WrongInputError, match="a character that no token has"):
        ForgeClient("http://127.0.0.1:1", token=token)
