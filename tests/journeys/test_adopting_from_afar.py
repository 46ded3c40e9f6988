"""A channel that only a web server has, and that becomes a channel of a real forge."""

import bz2
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from backports import zstd
from forging import Running, new_forge, running_forge
from making import make_package, read_made
from serving import Answer, Served, pages, served

from ownconda.cli.main import run
from ownconda.errors import NoError, OutsideError
from ownconda.exit_codes import DONE, NO, OUTSIDE, USAGE
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_channels import fetch_indexes, fetch_packages
from ownconda.repodata import old_index
from ownconda.wires.progress import NoProgress

DAY = 86_400_000
Content = dict[str, Answer | bytes]


@pytest.fixture
def content(tmp_path: Path) -> Content:
    """Make a channel of two days: a correction, a removed package, the same file name in two subdirs."""
    linux = [make_package(tmp_path / "far", "zlib"), make_package(tmp_path / "far", "xz", extension=".tar.bz2")]
    mac = [make_package(tmp_path / "mac", "zlib", subdir="osx-64", files={"x": b"mac"})]
    there: Content = {f"/old/linux-64/{file.name}": file.read_bytes() for file in linux}
    there |= {f"/old/osx-64/{file.name}": file.read_bytes() for file in mac}
    listed = {file.name: fields(file, day) for day, file in enumerate(linux)}
    listed["xz-1.0-h1_0.tar.bz2"]["depends"] = ["zlib <2"]
    del listed["xz-1.0-h1_0.tar.bz2"]["sha256"]
    index = {
        "packages": {"xz-1.0-h1_0.tar.bz2": listed["xz-1.0-h1_0.tar.bz2"]},
        "packages.conda": {"zlib-1.0-h1_0.conda": listed["zlib-1.0-h1_0.conda"]},
    }
    there["/old/linux-64/repodata.json.bz2"] = bz2.compress(json.dumps(index).encode())
    index = {"packages.conda": {mac[0].name: fields(mac[0], 1)}}
    there["/old/osx-64/repodata.json.zst"] = zstd.compress(json.dumps(index).encode())
    return there


def fields(file: Path, day: int) -> dict[str, Any]:
    return dict(json.loads(read_made(file).json)) | {"indexed_timestamp": (10_000 + day) * DAY}


@pytest.fixture
def server(content: Content) -> Iterator[Served]:
    with served(pages(content)) as running:
        yield running


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    folder, token = new_forge(tmp_path / "forge")
    monkeypatch.setenv("OWNCONDA_FORGE_TOKEN", token)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with running_forge(folder) as running:
        monkeypatch.setenv("OWNCONDA_FORGE_URL", running.url)
        yield running


def adopt(server: Served, *options: str) -> int:
    return run(["channel", "adopt", f"{server.address}/old/", "experimental", *options])


def test_a_channel_elsewhere_is_adopted_as_a_folder_is(
    forge: Running, server: Served, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert adopt(server) == DONE
    assert "experimental has 3 packages of 2 days" in capfd.readouterr().err
    with ForgeClient(forge.url) as client:
        assert {one.path for one in client.packages("experimental.at.1997-05-19")} == {"linux-64/zlib-1.0-h1_0.conda"}
        [xz] = client.packages("experimental", ["xz"])
        index = requests.get(f"{client.channel_url('experimental')}/linux-64/repodata.json", timeout=9).json()
    assert xz.indexed_at.startswith("1997-05-20")
    assert index["packages"]["xz-1.0-h1_0.tar.bz2"]["depends"] == ["zlib <2"]
    assert not list((tmp_path / "cache" / "ownconda" / "adopting").iterdir())


@pytest.mark.usefixtures("forge")
def test_interrupted_it_goes_on_without_fetching_again_what_is_whole(
    server: Served, content: Content, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mac = "/old/osx-64/zlib-1.0-h1_0.conda"
    good = content[mac]
    assert isinstance(good, bytes)
    content[mac] = Answer(body=good[:50], cut=True)
    assert adopt(server, "--into", str(tmp_path / "kept")) == OUTSIDE
    assert "the transfer broke off" in capfd.readouterr().err
    content[mac] = good
    assert adopt(server, "--into", str(tmp_path / "kept")) == DONE
    (tmp_path / "kept" / "linux-64" / "xz-1.0-h1_0.tar.bz2").write_bytes(b"damaged since")
    server.asked.clear()
    assert adopt(server, "--into", str(tmp_path / "kept")) == DONE
    asked = [path for path in server.paths if path.endswith((".conda", ".tar.bz2"))]
    assert asked == ["/old/linux-64/xz-1.0-h1_0.tar.bz2"]


@pytest.mark.usefixtures("forge")
def test_what_isnt_what_the_index_says_is_told_and_left_out(
    server: Served, content: Content, capfd: pytest.CaptureFixture[str]
) -> None:
    content["/old/osx-64/zlib-1.0-h1_0.conda"] = b"something else"
    del content["/old/linux-64/xz-1.0-h1_0.tar.bz2"]
    assert adopt(server) == DONE
    told = capfd.readouterr().err
    assert "osx-64/zlib-1.0-h1_0.conda: isn't what the channel lists" in told
    assert "linux-64/xz-1.0-h1_0.tar.bz2: isn't there" in told
    assert "experimental has 1 packages of 1 days" in told


@pytest.mark.usefixtures("forge")
def test_of_a_body_no_more_is_taken_than_the_index_lists(
    server: Served, content: Content, capfd: pytest.CaptureFixture[str]
) -> None:
    good = content["/old/osx-64/zlib-1.0-h1_0.conda"]
    assert isinstance(good, bytes)
    content["/old/osx-64/zlib-1.0-h1_0.conda"] = good + bytes(1 << 20)
    assert adopt(server) == DONE
    assert f"osx-64/zlib-1.0-h1_0.conda: has more than {len(good)} bytes" in capfd.readouterr().err


def test_names_with_two_contents_are_told_before_packages_are_fetched(
    forge: Running, server: Served, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_package(tmp_path / "other", "zlib", files={"x": b"other"})
    assert run(["upload", "-c", "testing", str(other)]) == DONE
    assert adopt(server) == NO
    told = capfd.readouterr().err
    assert "linux-64/zlib-1.0-h1_0.conda: this file name already stands for other contents" in told
    assert "osx-64/" not in told
    assert [path for path in server.paths if path.endswith((".conda", ".tar.bz2"))] == []
    assert adopt(server, "--skip-clashes") == DONE
    monkeypatch.delenv("OWNCONDA_FORGE_TOKEN")
    with ForgeClient(forge.url) as client:
        assert len(client.packages("experimental")) == 2


def test_a_dry_run_fetches_index_files_alone(server: Served, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert adopt(server, "--dry-run", "--into", str(tmp_path / "kept")) == DONE
    told = capfd.readouterr()
    assert told.out.split()[:5] == ["SUBDIR", "PACKAGES", "SIZE", "linux-64", "2"]
    assert "3 packages would be fetched" in told.err
    assert {path.rpartition("/")[2].partition(".")[0] for path in server.paths} == {"repodata"}


def test_names_that_lead_elsewhere_are_told_and_never_written(tmp_path: Path) -> None:
    bad = {"../../evil-1-0.conda": {"sha256": "0" * 64}, "a-1-0.conda": {"sha256": hashlib.sha256(b"x").hexdigest()}}
    index = {"info": {"base_url": "/files"}, "packages.conda": bad}
    content: Content = {"/c/noarch/repodata.json": json.dumps(index).encode(), "/files/a-1-0.conda": b"x"}
    with served(pages(content)) as server, requests.Session() as asking:
        offer = fetch_indexes(f"{server.address}/c", tmp_path, asking)
        assert [one.path for one in offer.packages] == ["noarch/a-1-0.conda"]
        assert "evil" in str(offer.odd[0])
        assert fetch_packages(offer, tmp_path, asking, NoProgress()) == ()
    assert (tmp_path / "noarch" / "a-1-0.conda").read_bytes() == b"x"


def test_where_no_channel_is_that_is_told(tmp_path: Path) -> None:
    with served(pages({})) as server, requests.Session() as asking, pytest.raises(NoError, match="no channel is there"):
        fetch_indexes(server.address, tmp_path, asking)
    for nowhere in ("nowhere", "http://", "http://[", "https://x:99999/main", "file://["):
        assert run(["channel", "adopt", nowhere, "x"]) == USAGE


@pytest.mark.parametrize("odd", [b"<html>", b"[]", b'{"packages": 1}', b'{"info": {"base_url": "file:///etc/"}}'])
def test_what_is_no_index_or_leads_to_our_own_files_is_told(tmp_path: Path, odd: bytes) -> None:
    page: Content = {"/noarch/repodata.json": odd}
    with (
        served(pages(page)) as server,
        requests.Session() as asking,
        pytest.raises(OutsideError, match="isn't an index"),
    ):
        fetch_indexes(server.address, tmp_path, asking)


@pytest.mark.parametrize(("form", "packed"), [(".zst", zstd.compress), (".bz2", bz2.compress), ("", bytes)])
def test_an_index_that_unpacks_to_more_than_any_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, packed: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(old_index, "LARGEST", 1 << 20)
    bomb: Content = {f"/noarch/repodata.json{form}": packed(b" " * (1 << 21) + b"{}")}
    with (
        served(pages(bomb)) as server,
        requests.Session() as asking,
        pytest.raises(OutsideError, match="isn't an index: it has more than 1048576 bytes"),
    ):
        fetch_indexes(server.address, tmp_path, asking)
