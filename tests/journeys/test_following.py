"""One forge follows another one, each a process or an application of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from forging import new_forge, running_forge
from making import make_package
from siting import zipped

from ownconda.channels.charters import DEFAULT_CHARTERS
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.upkeep.checking import check
from ownconda.cli.main import run
from ownconda.errors import ConflictError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.docs import projects, upload_site
from ownconda.forge_client.history import take_over
from ownconda.journeys.following import FOLLOWING, WAITING
from ownconda.journeys.forge_tokens import add_token
from ownconda.wires.files import sha256_of
from ownconda.wires.progress import NoProgress

if TYPE_CHECKING:
    from databases import Postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running forge, and who may do everything there."""

    url: str
    token: str
    folder: Path

    @property
    def client(self) -> ForgeClient:
        return ForgeClient(self.url, token=self.token)


@pytest.fixture(scope="module")
def leader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, token = new_forge(tmp_path_factory.mktemp("sites") / "first")
    with running_forge(folder) as running:
        yield Site(url=running.url, token=token, folder=folder)


@pytest.fixture(autouse=True)
def _settings(leader: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("OWNCONDA_FORGE_URL", leader.url)
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", leader.token)
    monkeypatch.setenv("OWNCONDA_FORGE_LEADER_TOKEN", leader.token)


def upload(site: Site, folder: Path, *names: str, channel: str = "testing") -> None:
    with site.client as client:
        client.upload(channel, [make_package(folder, name) for name in names])


def eventually(told: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not told():
        assert time.monotonic() < end
        time.sleep(0.05)


def names(url: str, channel: str = "testing") -> set[str]:
    with ForgeClient(url) as client:
        return {one.name for one in client.packages(channel)}


def test_a_second_site_follows_and_takes_over(leader: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upload(leader, tmp_path, "zlib", "key")
    with leader.client as client:
        archive = make_package(tmp_path, "upstream")
        client.put_source(sha256_of(archive), archive)
    assert run(["forge", "follow", leader.url, "second"]) == 0
    assert "snapshots are new here" in capsys.readouterr().err
    token, _ = add_token(tmp_path / "second", token_name="second")
    with running_forge(tmp_path / "second") as running:
        second = Site(url=running.url, token=token, folder=tmp_path / "second")
        assert names(second.url) >= {"zlib", "key"}
        upload(leader, tmp_path, "xz")
        with leader.client as client:
            (tmp_path / "site.zip").write_bytes(zipped())
            upload_site(client, "shop", "main", tmp_path / "site.zip", replace=False, progress=NoProgress())
            client.promote("testing", "experimental", ["zlib"])
            client.purge("key-1.0-h1_0.conda", reason="a secret")
        eventually(lambda: "xz" in names(second.url) and "zlib" in names(second.url, "experimental"))
        eventually(lambda: "key" not in names(second.url))
        with leader.client as first, second.client as other:
            eventually(lambda: first.history("testing") == other.history("testing"))
            assert first.history("experimental") == other.history("experimental")
            assert other.has_source(sha256_of(archive), archive.name)
            eventually(lambda: [one.name for one in projects(other)] == ["shop"])
            assert other.read("docs/shop/main/", largest=1000) == first.read("docs/shop/main/", largest=1000) != b""
            with pytest.raises(ConflictError, match="this forge follows"):
                other.upload("testing", [make_package(tmp_path, "mine")])
        assert run(["forge", "take-over", "--forge", second.url]) == 2  # the leader's token says nothing here
        with second.client as other:
            assert take_over(other) == leader.url
            other.upload("testing", [make_package(tmp_path, "mine")])
        assert "mine" in names(second.url)
    assert check(ForgeFolder(root=tmp_path / "second"), DEFAULT_CHARTERS, mend=False) == ()
    assert run(["forge", "backup", str(leader.folder), "backup"]) == 0
    assert run(["forge", "restore", "backup", "first-again"]) == 0
    with running_forge(tmp_path / "second") as running, pytest.MonkeyPatch.context() as patch:
        assert "mine" in names(running.url)
        patch.setenv("OWNCONDA_FORGE_LEADER_TOKEN", token)
        capsys.readouterr()
        assert run(["forge", "follow", running.url, "first-again"]) == 0
        assert "1 snapshots are new here" in capsys.readouterr().err
        upload(leader, tmp_path, "theirs")
        patch.setenv("OWNCONDA_FORGE_LEADER_TOKEN", leader.token)
        assert run(["forge", "follow", leader.url, "first-again"]) == 1
        told = capsys.readouterr().err
        assert "(upload by second, " in told
        assert "the leader has snapshot" in told


def test_a_follower_that_is_killed_again_and_again_has_all_of_it_in_the_end(leader: Site, tmp_path: Path) -> None:
    for number in range(12):
        upload(leader, tmp_path, f"k{number}", f"l{number}")
    for many in (3, 6, 12, 20):
        kill_when_there(many, start_following(leader.url, tmp_path), tmp_path / "second/files")
    assert start_following(leader.url, tmp_path).wait() == 0
    second, first = tmp_path / "second", leader.folder
    assert check(ForgeFolder(root=second), DEFAULT_CHARTERS, mend=False) == ()
    assert indexes(second) == indexes(first)


@pytest.mark.postgresql
def test_of_several_processes_one_follows_and_another_goes_on_when_it_is_killed(
    leader: Site, tmp_path: Path, postgres_server: "Postgres", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNCONDA_FORGE_DATABASE", postgres_server.new_database("followers"))
    upload(leader, tmp_path, "first")
    assert run(["forge", "follow", leader.url, "second"]) == 0
    with ExitStack() as stack:
        running = [stack.enter_context(running_forge(tmp_path / "second")) for _ in range(3)]
        said = {one.process.pid: first_line(one.process) for one in running}
        assert sorted(said.values()) == [f"note: {WAITING}", f"note: {WAITING}", f"note: {FOLLOWING}"]
        ours = next(one for one in running if said[one.process.pid] == f"note: {FOLLOWING}")
        others = [one for one in running if one is not ours]
        upload(leader, tmp_path, "while-it-lives")
        eventually(lambda: all("while-it-lives" in names(one.url) for one in running))
        ours.process.send_signal(signal.SIGKILL)
        ours.process.wait()
        upload(leader, tmp_path, "after-it")
        eventually(lambda: all("after-it" in names(one.url) for one in others))
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        eventually(lambda: postgres_server.execute(held) == [(1,)])


def first_line(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    return process.stderr.readline().decode().strip()


def start_following(url: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ownconda", "forge", "follow", url, str(folder / "second")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_when_there(many: int, process: subprocess.Popen[bytes], files: Path) -> None:
    """Kill a process that brings files as soon as so many are there, or it is done."""
    eventually(lambda: process.poll() is not None or sum(1 for _ in files.glob("??/*")) >= many)
    process.send_signal(signal.SIGKILL)
    process.wait()


def indexes(forge: Path) -> dict[str, bytes]:
    public = forge / "public"
    return {str(path.relative_to(public)): path.read_bytes() for path in public.rglob("repodata.json")}
