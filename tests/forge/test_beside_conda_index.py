"""The same packages indexed by a forge and by conda-index: equal, but for differences that the documentation names."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import pytest
from backports import zstd
from forging import Forged
from making import make_package
from peers import python_with_conda
from starlette.testclient import TestClient

from ownconda.forge.app import make_app
from ownconda.forge.opening import open_services
from ownconda.settings.forges import ChannelSettings, ForgeSettings
from ownconda.settings.tree import Settings

SUBDIRS = ("linux-64", "noarch", "osx-64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A forge, and a folder that conda-index indexed."""

    forge: Forged
    folder: Path

    def json(self, file: str) -> tuple[Any, Any]:
        """Give a file as the forge has it and as conda-index does."""
        answer = self.forge.client.get(f"/conda/testing/{file}")
        assert answer.status_code == 200, file
        return answer.json(), json.loads((self.folder / file).read_text())

    def shards(self, subdir: str) -> tuple[Any, Any]:
        """Give the index of shards with the shards in it, likewise."""
        ours = _shards(lambda file: self.forge.client.get(f"/conda/testing/{subdir}/{file}").content)
        return ours, _shards(lambda file: (self.folder / subdir / file).read_bytes())


@pytest.fixture(scope="module")
def both(blank: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    python = python_with_conda("conda", "conda_index")
    place = tmp_path_factory.mktemp("both")
    make_packages(place / "theirs")
    files = sorted(path for path in (place / "theirs").glob("*/*") if path.is_file())
    folder = Path(shutil.copytree(blank[0], place / "forge"))
    wanted = Settings(forge=ForgeSettings(channels={"testing": ChannelSettings(current_repodata=True)}))
    with open_services(folder, settings=wanted, keep_free=0) as services, TestClient(make_app(services)) as client:
        forge = Forged(services=services, client=client, token=blank[1])
        uploaded = forge.upload("testing", *files)
        assert uploaded.status_code == 200, uploaded.text
        run_conda_index(python, place / "theirs")
        yield Both(forge=forge, folder=place / "theirs")


def run_conda_index(python: str, channel: Path, *options: str) -> None:
    wanted = ("--channeldata", "--run-exports", "--current-repodata", "--write-shards", *options)
    subprocess.run([python, "-m", "conda_index", *wanted, str(channel)], check=True, capture_output=True)


def make_packages(channel: Path) -> None:
    noarch, linux = channel / "noarch", channel / "linux-64"
    told = {
        "summary": "certificates",
        "home": "https://a.example",
        "dev_url": "https://b.example",
        "license": "MPL-2.0",
    }
    make_package(noarch, "certs", subdir="noarch", noarch="generic", license="MPL-2.0", about=told)
    make_package(noarch, "old", extension=".tar.bz2", subdir="noarch", noarch="python")
    make_package(linux, "libc", "2.41", constrains=["glibc <2"], arch="x86_64", platform="linux")
    make_package(linux, "libc", "2.40", constrains=["glibc <2"], arch="x86_64", platform="linux")
    scripts = ("etc/conda/activate.d/a.sh", "etc/conda/deactivate.d/a.sh", "bin/.python-post-link.sh")
    make_package(linux, "python", "3.12.1", depends=["libc", "zlib <1.3"], files=dict.fromkeys(scripts, b""))
    make_package(linux, "zlib", "1.3", depends=["libc >=2.4"], run_exports={"weak": ["zlib >=1.3,<2"]})
    make_package(linux, "zlib", "1.2", build="h0_0", run_exports={"weak": ["zlib >=1.2,<2"], "strong": ["libc"]})
    make_package(linux, "zlib", "1.2", build="h1_1", build_number=1, run_exports={"weak": ["zlib >=1.2,<2"]})
    make_package(linux, "zlib", "1!0.5", track_features="x y", license_family="Other")
    make_package(channel / "osx-64", "zlib", "1.1", subdir="osx-64")
    make_package(linux, "both")
    make_package(linux, "both", extension=".tar.bz2")
    make_package(linux, "app", "1.0", depends=["python >=3.12", "libc 2.40"], track_features=["f"], invented={"a": 1})
    make_package(linux, "app", "0.9", depends=["python >=3.12", "both", "libc 2.40"], license="", timestamp=0)
    make_package(linux, "newer", depends=['zlib[version=">=1",when="__unix"]'])
    make_package(linux, "optional", extra_depends={"a": ["zlib"]})
    make_package(linux, "silent", license=None, purls=[], namespace="python", timestamp=1_600_000_000_123)


@pytest.mark.parametrize("subdir", SUBDIRS)
def test_records_are_equal(both: Both, subdir: str) -> None:
    ours, theirs = both.json(f"{subdir}/repodata.json")
    assert _listed(ours) == _listed(theirs)
    assert {key for key in ours["info"] if key != "repodata_revisions"} == theirs["info"].keys()
    assert (ours["removed"], ours["repodata_version"]) == (theirs["removed"], theirs["repodata_version"])


@pytest.mark.parametrize("subdir", SUBDIRS)
def test_shards_are_equal(both: Both, subdir: str) -> None:
    ours, theirs = both.shards(subdir)
    assert ours["version"] == theirs["version"]
    assert theirs["info"].keys() - ours["info"].keys() == {"created_at"}
    assert {name: _listed(shard) for name, shard in ours["shards"].items()} == {
        name: _listed(shard) for name, shard in theirs["shards"].items()
    }


@pytest.mark.parametrize("subdir", SUBDIRS)
def test_run_exports_are_equal(both: Both, subdir: str) -> None:
    ours, theirs = both.json(f"{subdir}/run_exports.json")
    assert ours == theirs


@pytest.mark.parametrize("subdir", SUBDIRS)
def test_the_current_packages_are_the_same(both: Both, subdir: str) -> None:
    ours, theirs = both.json(f"{subdir}/current_repodata.json")
    for record in theirs["packages.conda"].values():
        del record["legacy_bz2_md5"]
    twins = {"both-1.0-h1_0.tar.bz2"} & ours["packages"].keys()
    assert _listed(ours).keys() - _listed(theirs).keys() == twins
    assert {name: record for name, record in _listed(ours).items() if name not in twins} == _listed(theirs)


def test_channeldata_is_equal(both: Both) -> None:
    ours, theirs = both.json("channeldata.json")
    assert ours["packages"] == theirs["packages"]
    assert ours == theirs


def test_the_same_patch_instructions_give_equal_records(forge: Forged, tmp_path: Path) -> None:
    python = python_with_conda("conda", "conda_index")
    channel = tmp_path / "theirs"
    make_packages(channel)
    assert forge.upload("testing", *(path for path in channel.glob("*/*") if path.is_file())).status_code == 200
    instructions = {
        "patch_instructions_version": 1,
        "packages": {"zlib-1.3-h1_0.tar.bz2": {"depends": ["libc >=3"]}, "both-1.0-h1_0.tar.bz2": {"license": "MIT"}},
        "packages.conda": {"libc-2.41-h1_0.conda": {"constrains": ["app <2"]}},
        "revoke": ["app-1.0-h1_0.conda"],
        "remove": ["app-0.9-h1_0.conda", "python-3.12.1-h1_0.tar.bz2"],
    }
    patch = {"linux-64/patch_instructions.json": json.dumps(instructions).encode()}
    patches = make_package(tmp_path, "patches", extension=".tar.bz2", files=patch)
    run_conda_index(python, channel, "--patch-generator", str(patches))
    sent = {"patches": {"linux-64": instructions}}
    assert forge.client.post("/api/v1/channels/testing/hotfix", json=sent, headers=forge.bearer).status_code == 200
    ours = forge.client.get("/conda/testing/linux-64/repodata.json").json()
    theirs = json.loads((channel / "linux-64" / "repodata.json").read_text())
    assert _listed(ours) == _listed(theirs)
    assert ours["removed"] == theirs["removed"]


def _listed(index: Mapping[str, Any]) -> dict[str, Any]:
    """Give the records by file name, those for v3 as well, without what the documentation says is different."""
    newer = {f"{stem}.{kind}": record for kind, some in index.get("v3", {}).items() for stem, record in some.items()}
    records = index["packages"] | index["packages.conda"] | newer
    ours_alone = {"indexed_timestamp", "arch", "platform"}
    return {name: {k: v for k, v in record.items() if k not in ours_alone} for name, record in records.items()}


def _shards(read: Callable[[str], bytes]) -> dict[str, Any]:
    index = msgpack.unpackb(zstd.decompress(read("repodata_shards.msgpack.zst")))
    base = index["info"]["shards_base_url"]
    addresses = {name: f"{base}{digest.hex()}.msgpack.zst" for name, digest in index["shards"].items()}
    shards = {name: msgpack.unpackb(zstd.decompress(read(file))) for name, file in addresses.items()}
    return {**index, "shards": shards}
