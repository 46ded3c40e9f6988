"""A channel for clients older than conda 4.7: each package as .tar.bz2, in the channel's sibling."""

import asyncio
import bz2
import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rattler
import requests
from backports import zstd
from forging import Forged, new_forge, opened_forge, running_forge
from making import make_package, write_conda

from ownconda.channels.tar_bz2 import view
from ownconda.channels.upkeep.checking import check
from ownconda.channels.upkeep.faults import Fault
from ownconda.conda.package_files import read_package
from ownconda.conda.solver import install, installed, solve
from ownconda.conda.transmuting import write_tar_bz2
from ownconda.errors import OutsideError, WrongInputError
from ownconda.forge import tar_bz2_files
from ownconda.forge.opening import open_services
from ownconda.forge_client.client import ForgeClient
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

OLD = "/conda/testing.tar-bz2"
TESTING = Settings(forge=ForgeSettings(channels={"testing": ChannelSettings(tar_bz2=True)}))


@pytest.fixture
def forge(blank: tuple[Path, str], tmp_path: Path) -> Iterator[Forged]:
    with opened_forge(shutil.copytree(blank[0], tmp_path / "forge"), blank[1], TESTING) as opened:
        yield opened


def packages(forge: Forged, subdir: str = "linux-64") -> dict[str, Any]:
    index = forge.client.get(f"{OLD}/{subdir}/repodata.json").json()
    assert index["packages.conda"] == {}
    return dict(index["packages"])


def test_each_package_has_a_twin_with_the_same_content_and_its_own_checksums(forge: Forged, tmp_path: Path) -> None:
    own = make_package(tmp_path, "xz", extension=".tar.bz2")
    conda = make_package(tmp_path, "zlib", depends=["xz"], files={"lib/z.so": b"\0" * 9, "share/z": b"text"})
    forge.upload("testing", own, conda)
    listed = packages(forge)
    assert set(listed) == {"xz-1.0-h1_0.tar.bz2", "zlib-1.0-h1_0.tar.bz2"}
    for name, record in listed.items():
        content = forge.client.get(f"{OLD}/linux-64/{name}").content
        assert record["sha256"] == hashlib.sha256(content).hexdigest()
        assert record["md5"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
        assert record["size"] == len(content)
    assert forge.client.get(f"{OLD}/linux-64/xz-1.0-h1_0.tar.bz2").content == own.read_bytes()
    twin = tmp_path / "zlib-1.0-h1_0.tar.bz2"
    twin.write_bytes(forge.client.get(f"{OLD}/linux-64/{twin.name}").content)
    assert members(twin) == members(conda)
    assert next(iter(members(twin))).startswith("info/")
    assert read_package(twin).depends == ("xz",)
    plain = forge.client.get(f"{OLD}/linux-64/repodata.json").content
    assert bz2.decompress(forge.client.get(f"{OLD}/linux-64/repodata.json.bz2").content) == plain
    assert forge.client.get(f"{OLD}/noarch/repodata.json").status_code == 200
    assert forge.listed("testing") == {conda.name}


def members(file: Path) -> dict[str, bytes]:
    if file.name.endswith(".tar.bz2"):
        return unpacked(bz2.decompress(file.read_bytes()))
    with zipfile.ZipFile(file) as archive:
        parts = [one for kind in ("info-", "pkg-") for one in archive.namelist() if one.startswith(kind)]
        return {key: data for part in parts for key, data in unpacked(zstd.decompress(archive.read(part))).items()}


def unpacked(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {
            f"{one.name} {one.mode} {one.mtime} {one.type!r} {one.linkname}": (
                found.read() if (found := archive.extractfile(one)) else b""
            )
            for one in archive
        }


def test_it_follows_what_the_channel_lists(forge: Forged, tmp_path: Path) -> None:
    assert packages(forge, "noarch") == {}
    forge.upload("testing", make_package(tmp_path, "zlib"), make_package(tmp_path, "xz"))
    assert set(packages(forge)) == {"zlib-1.0-h1_0.tar.bz2", "xz-1.0-h1_0.tar.bz2"}
    patches = {"linux-64": {"packages.conda": {"xz-1.0-h1_0.conda": {"depends": ["zlib"]}}}}
    for verb, body in (("yank", {"specs": ["zlib"]}), ("hotfix", {"patches": patches})):
        told = forge.client.post(f"/api/v1/channels/testing/{verb}", json=body, headers=forge.bearer)
        told.raise_for_status()
    assert {name: one["depends"] for name, one in packages(forge).items()} == {"xz-1.0-h1_0.tar.bz2": ["zlib"]}
    conditional = make_package(tmp_path, "newer", depends=['zlib; if python >="3"[when="x"]'], schema_version=3)
    forge.upload("testing", conditional)
    assert set(packages(forge)) == {"xz-1.0-h1_0.tar.bz2"}


def test_only_channels_that_are_set_so_have_one(forge: Forged) -> None:
    assert forge.client.get("/conda/staging.tar-bz2/noarch/repodata.json").status_code == 404
    assert forge.client.get("/conda/nix.tar-bz2/noarch/repodata.json").status_code == 404
    page = forge.client.get(f"{OLD}/", follow_redirects=False)
    assert (page.status_code, page.headers["Location"]) == (307, "/conda/testing/")
    taken = Settings(forge=ForgeSettings(channels={"a.tar-bz2": ChannelSettings()}))
    with pytest.raises(WrongInputError, match=r"ends in '\.tar-bz2'"), open_services(Path("nowhere"), settings=taken):
        pass


def test_while_twins_are_made_clients_get_the_last_index_or_are_told_to_wait(
    forge: Forged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tar_bz2_files, "PATIENCE", 0.0)
    forge.upload("testing", make_package(tmp_path, "zlib"))
    answer = forge.client.get(f"{OLD}/linux-64/repodata.json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    forge.services.siblings.making("testing").result()
    assert set(packages(forge)) == {"zlib-1.0-h1_0.tar.bz2"}
    forge.upload("testing", make_package(tmp_path, "xz"))
    assert set(packages(forge)) in ({"zlib-1.0-h1_0.tar.bz2"}, {"zlib-1.0-h1_0.tar.bz2", "xz-1.0-h1_0.tar.bz2"})


def test_an_index_that_was_compressed_stays_until_the_next_one_is(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    assert set(packages(forge)) == {"zlib-1.0-h1_0.tar.bz2"}
    compressed = view.index_of(forge.services.channels, "testing") / "linux-64" / "repodata.json.bz2"
    forge.upload("testing", make_package(tmp_path, "xz"))
    in_the_way = compressed.with_name("repodata.json")
    in_the_way.unlink()
    in_the_way.mkdir()
    with pytest.raises(OutsideError):
        forge.services.siblings.making("testing").result()
    assert set(json.loads(bz2.decompress(compressed.read_bytes()))["packages"]) == {"zlib-1.0-h1_0.tar.bz2"}
    in_the_way.rmdir()
    assert set(packages(forge)) == {"zlib-1.0-h1_0.tar.bz2", "xz-1.0-h1_0.tar.bz2"}
    os.utime(compressed, (0, 0))  # as if it was killed before it was compressed anew
    assert not view.shows(forge.services.channels, "testing")


def test_twins_are_made_once_and_kept_as_long_as_their_packages(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib"))
    twin = forge.services.folder.channel("testing.tar-bz2") / "linux-64" / "zlib-1.0-h1_0.tar.bz2"
    packages(forge)
    made = twin.stat()
    forge.upload("testing", make_package(tmp_path, "xz"))
    packages(forge)
    assert (twin.stat().st_ino, twin.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)

    def gc() -> None:
        forge.client.post("/api/v1/gc", json={}, headers=forge.bearer).raise_for_status()

    gc()
    assert forge.client.get(f"{OLD}/linux-64/{twin.name}").status_code == 200
    (forge.services.folder.channel("testing") / "linux-64" / "zlib-1.0-h1_0.conda").unlink()
    view.tidy(forge.services.channels)
    assert not twin.exists()


def test_of_a_purged_package_the_twin_is_gone_too(forge: Forged, tmp_path: Path) -> None:
    forge.upload("testing", make_package(tmp_path, "zlib", files={"key": b"private"}))
    packages(forge)
    body = {"file": "zlib-1.0-h1_0.conda", "reason": "a private key"}
    forge.client.post("/api/v1/purge", json=body, headers=forge.bearer).raise_for_status()
    assert forge.client.get(f"{OLD}/linux-64/zlib-1.0-h1_0.tar.bz2").status_code == 404
    assert packages(forge) == {}
    assert list(forge.services.channels.store.near.places()) == []


def test_fsck_takes_twins_for_what_they_are_and_lets_damaged_ones_be_made_again(
    blank: tuple[Path, str], tmp_path: Path
) -> None:
    root = shutil.copytree(blank[0], tmp_path / "forge")
    with opened_forge(root, blank[1], TESTING) as forge:
        forge.upload("testing", make_package(tmp_path, "zlib"))
        [(name, record)] = packages(forge).items()
        folder = forge.services.folder
    assert check(folder, (), mend=False) == ()
    twin = folder.channel("testing.tar-bz2") / "linux-64" / name
    twin.write_bytes(b"damaged")
    assert [one.fault for one in check(folder, (), mend=True)] == [Fault.CHANGED]
    assert not twin.exists()
    with opened_forge(root, blank[1], TESTING) as forge:
        assert packages(forge) == {name: record}
        assert hashlib.sha256(twin.read_bytes()).hexdigest() == record["sha256"]
    folder.ledger.unlink()
    check(folder, (), mend=True)
    with opened_forge(root, blank[1], TESTING) as forge:
        assert "testing.tar-bz2" not in forge.services.channels.names()
        assert packages(forge).keys() == {name}


def test_the_same_package_gives_the_same_bytes_and_a_damaged_one_none(tmp_path: Path) -> None:
    package = make_package(tmp_path / "a", files={f"share/{number}": bytes(99) for number in range(50)})
    first = write_tar_bz2(package, package.name, tmp_path / "1")
    assert write_tar_bz2(package, package.name, tmp_path / "2") == first
    info = {"info/index.json": json.dumps({}).encode()}
    damaged = write_conda(tmp_path / "b" / package.name, info, {})
    damaged.write_bytes(damaged.read_bytes()[:-30])
    with pytest.raises(WrongInputError, match="damaged"):
        write_tar_bz2(damaged, package.name, tmp_path / "3")
    assert not (tmp_path / "3").exists()


def test_a_client_that_takes_tar_bz2_alone_installs_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler"))
    folder, token = new_forge(tmp_path / "forge")
    (folder / "ownconda.toml").write_text("[forge.channels.testing]\ntar_bz2 = true\n")
    files = {"lib/z.so": b"\0" * 99, "share/z.txt": b"text"}
    with running_forge(folder) as forge, ForgeClient(forge.url, token=token) as client:
        client.upload(
            "testing", [make_package(tmp_path, "zlib", files=files), make_package(tmp_path, "xz", depends=["zlib"])]
        )
        solved = solve([f"{forge.url}/conda/testing"], ["xz"], subdir="linux-64")
        install(solved, tmp_path / "new")
        channel = f"{forge.url}/conda/testing.tar-bz2"
        index = tmp_path / "index.json"
        index.write_bytes(requests.get(f"{channel}/linux-64/repodata.json", timeout=10).content)
        asyncio.run(_install_old(channel, index, tmp_path / "old"))
    assert installed(tmp_path / "old") == installed(tmp_path / "new") == {"zlib-1.0-h1_0", "xz-1.0-h1_0"}
    for name, content in files.items():
        assert (tmp_path / "old" / name).read_bytes() == content == (tmp_path / "new" / name).read_bytes()


async def _install_old(channel: str, index: Path, prefix: Path) -> None:
    """Install xz as a client does that reads repodata.json and knows .tar.bz2 alone."""
    solved = await rattler.solve_with_sparse_repodata(
        specs=["xz"],
        sparse_repodata=[rattler.SparseRepoData(rattler.Channel(channel), "linux-64", index)],
        package_format_selection=rattler.PackageFormatSelection.ONLY_TAR_BZ2,
    )
    assert {one.url for one in solved} == {f"{channel}/linux-64/{one}-1.0-h1_0.tar.bz2" for one in ("xz", "zlib")}
    await rattler.install(solved, target_prefix=prefix, show_progress=False)
