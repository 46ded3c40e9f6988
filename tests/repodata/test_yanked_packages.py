"""Yanked packages in an index: named as removed, and offered to nobody."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
from backports import zstd
from making import make_package
from rattler import Channel, Gateway, SourceConfig

from ownconda.repodata.channel_folder import read_channel, write_index
from ownconda.repodata.documents import SHARD_INDEX, index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.shards import read_shard_index


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    """Two versions of one package, of which the newer one is yanked, and one of another, yanked as well."""
    for name, version in (("zlib", "1.2"), ("zlib", "1.3"), ("app", "1.0")):
        make_package(tmp_path / "noarch", name, version, subdir="noarch", noarch="generic")
    return [
        replace(entry, yanked=(entry.record.name, entry.record.version) != ("zlib", "1.2"))
        for entry in read_channel(tmp_path)
    ]


def test_a_yanked_package_is_named_and_nothing_else_is_said_of_it(entries: list[Entry]) -> None:
    files = dict(index_files(index_subdir("noarch", entries)))
    repodata, exports = json.loads(files["repodata.json"]), json.loads(files["run_exports.json"])
    assert repodata["removed"] == ["app-1.0-h1_0.conda", "zlib-1.3-h1_0.conda"]
    assert list(repodata["packages.conda"]) == list(exports["packages.conda"]) == ["zlib-1.2-h1_0.conda"]


def test_shards_name_yanked_packages_even_when_they_have_no_other(entries: list[Entry]) -> None:
    index = index_subdir("noarch", entries)
    digests = read_shard_index(dict(index_files(index))[SHARD_INDEX])
    shards = {name: msgpack.unpackb(zstd.decompress(index.new_shards[digest])) for name, digest in digests.items()}
    assert {name: shard["removed"] for name, shard in shards.items()} == {
        "app": ["app-1.0-h1_0.conda"],
        "zlib": ["zlib-1.3-h1_0.conda"],
    }
    assert not shards["app"]["packages.conda"]


@pytest.mark.parametrize("sharded", [True, False])
def test_clients_are_offered_no_yanked_package(tmp_path: Path, entries: list[Entry], *, sharded: bool) -> None:
    write_index(tmp_path, index_subdir("noarch", entries))
    gateway = Gateway(default_config=SourceConfig(sharded_enabled=sharded, cache_action="no-cache"))
    found = asyncio.run(gateway.query([Channel(tmp_path.as_uri())], ["noarch"], ["zlib", "app"]))
    assert [record.file_name for records in found for record in records] == ["zlib-1.2-h1_0.conda"]
