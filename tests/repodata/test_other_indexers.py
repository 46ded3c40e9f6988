"""The same packages indexed by ownconda and by py-rattler: equal, but for differences that the documentation names."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import msgpack
import pytest
from backports import zstd
from making import make_package
from rattler.index import index_fs
from workplace import Workplace

from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.repodata.documents import SHARD_INDEX
from ownconda.repodata.patch_instructions import parse_instructions
from ownconda.repodata.patches import patched_channel
from ownconda.repodata.shards import SHARDS_FOLDER

Records = dict[str, dict[str, Any]]


def make_packages(channel: Path) -> None:
    make_package(channel / "noarch", "certs", subdir="noarch", noarch="generic")
    make_package(channel / "noarch", "old", extension=".tar.bz2", subdir="noarch", noarch="python")
    make_package(channel / "linux-64", "libc", "2.41", constrains=["glibc <2"], arch="x86_64", platform="linux")
    make_package(channel / "linux-64", "python", python_site_packages_path="lib/python3.12/site-packages")
    make_package(
        channel / "linux-64",
        "zlib",
        depends=["libc >=2.4"],
        track_features="x y",
        license_family="Other",
        run_exports={"weak": ["zlib >=1.3,<2"]},
        timestamp=1_500_000_000,
    )
    make_package(channel / "linux-64", "newer", depends=['zlib[version=">=1",when="__unix"]'])


def rattlers(channel: Path) -> Path:
    asyncio.run(index_fs(channel, write_zst=False, write_shards=True))
    return channel


def ours(channel: Path) -> Path:
    write_channel(channel, read_channel(channel))
    return channel


@pytest.mark.parametrize("read", ["plain", "sharded"])
def test_made_packages_have_equal_records(tmp_path: Path, read: str) -> None:
    make_packages(tmp_path / "ours")
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    there = RECORDS[read](rattlers(tmp_path / "theirs"))
    assert len(there) == 6
    assert RECORDS[read](ours(tmp_path / "ours")) == there


def test_packages_of_recipes_have_equal_records(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path)
    workplace.recipe("library")
    workplace.recipe("app", host=["library"], run=["library >=1"])
    workplace.statuses()
    packages = [path for path in workplace.output.rglob("*.conda") if ".build" not in path.parts]
    for folder, path in ((tmp_path / name / path.parent.name, path) for path in packages for name in ("o", "t")):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder)
    (tmp_path / "t" / "noarch").mkdir(exist_ok=True)
    there = plain_records(rattlers(tmp_path / "t"))
    assert len(there) == 2
    assert plain_records(ours(tmp_path / "o")) == there


def test_what_is_written_otherwise_is_what_the_documentation_says(tmp_path: Path) -> None:
    make_package(
        tmp_path / "ours" / "linux-64",
        "x",
        depends=["a   >=1 , <2", "x[version='>=1']"],
        track_features=["f", "g"],
        icon="i.png",
        invented={"a": 1},
    )
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    (tmp_path / "theirs" / "noarch").mkdir()
    [there] = plain_records(rattlers(tmp_path / "theirs")).values()
    [here] = plain_records(ours(tmp_path / "ours")).values()
    assert {key: (there.get(key), here.get(key)) for key in there | here if there.get(key) != here.get(key)} == {
        "depends": (["a >=1,<2", "x >=1"], ["a   >=1 , <2", "x[version='>=1']"]),
        "track_features": ("f g", ["f", "g"]),
        "icon": (None, "i.png"),
        "invented": (None, {"a": 1}),
    }


def test_the_same_patch_instructions_give_equal_records(tmp_path: Path) -> None:
    make_packages(tmp_path / "ours")
    make_package(tmp_path / "ours" / "linux-64", "older", extension=".tar.bz2", depends=["libc"])
    instructions = {
        "packages": {"zlib-1.0-h1_0.tar.bz2": {"depends": ["libc >=3"]}, "older-1.0-h1_0.tar.bz2": {"license": "MIT"}},
        "packages.conda": {"zlib-1.0-h1_0.conda": {"constrains": ["app <2"], "track_features": None}},
    }
    patched = {"linux-64/patch_instructions.json": json.dumps(instructions).encode()}
    patches = make_package(tmp_path / "ours" / "noarch", "patches", subdir="noarch", noarch="generic", files=patched)
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    asyncio.run(index_fs(tmp_path / "theirs", repodata_patch=patches.name, write_zst=False, write_shards=False))
    patch = parse_instructions(patched["linux-64/patch_instructions.json"], "patches")
    entries = patched_channel(read_channel(tmp_path / "ours"), {"linux-64": patch})
    write_channel(tmp_path / "ours", entries)
    there = plain_records(tmp_path / "theirs")
    assert there["zlib-1.0-h1_0.conda"]["depends"] == ["libc >=3"]
    assert plain_records(tmp_path / "ours") == there


def plain_records(channel: Path) -> Records:
    indexes = [json.loads(path.read_text()) for path in channel.glob("*/repodata.json")]
    return {name: _compared(record) for index in indexes for name, record in _listed(index).items()}


def sharded_records(channel: Path) -> Records:
    indexes = channel.glob(f"*/{SHARD_INDEX}")
    shards = [shard for path in indexes for shard in _shards(path)]
    return {name: _compared(record) for shard in shards for name, record in _listed(shard).items()}


RECORDS = {"plain": plain_records, "sharded": sharded_records}


def _shards(index: Path) -> list[dict[str, Any]]:
    digests = msgpack.unpackb(zstd.decompress(index.read_bytes()))["shards"].values()
    contents = [(index.parent / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst").read_bytes() for digest in digests]
    assert [hashlib.sha256(content).digest() for content in contents] == list(digests)
    return [msgpack.unpackb(zstd.decompress(content)) for content in contents]


def _listed(index: dict[str, Any]) -> Records:
    newer = index.get("v3", {})
    parts: list[Records] = [
        index["packages"],
        index["packages.conda"],
        newer.get("conda", {}),
        newer.get("tar.bz2", {}),
    ]
    return {name: record for part in parts for name, record in part.items()}


def _compared(record: dict[str, Any]) -> dict[str, Any]:
    """Take out what is of another moment (``indexed_timestamp``), elsewhere (run exports), or says nothing."""
    left_out = {"indexed_timestamp", "run_exports"}
    return {key: value for key, value in record.items() if key not in left_out and value not in (None, [], "", {})}
