"""What an index says beside its packages, and what py-rattler makes of it."""

import asyncio
import json
from pathlib import Path

import msgpack
import pytest
from backports import zstd
from making import make_package, make_record
from rattler import Channel, Gateway, SourceConfig, solve
from rattler.repo_data import RepoData

from ownconda.errors import WrongInputError
from ownconda.repodata.channel_folder import read_channel, write_index
from ownconda.repodata.documents import SHARD_INDEX, index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.info import Info, Relations, check_relations


def test_an_index_says_where_its_packages_are_and_which_channels_belong_to_it() -> None:
    info = Info(base_url="../../stable", relations=Relations(base="../base", overrides="../stable"))
    files = dict(index_files(index_subdir("linux-64", [], info=info)))
    plain = json.loads(files["repodata.json"])
    shards = msgpack.unpackb(zstd.decompress(files[SHARD_INDEX]))
    for told in (plain["info"], shards["info"]):
        assert told["base_url"] == "../../stable/linux-64/"
        assert told["channel_relations"] == {"base": "../base", "overrides": "../stable"}
    assert plain["repodata_version"] == 2


def test_clients_read_what_an_index_says_of_its_channel(tmp_path: Path) -> None:
    info = Info(base_url="../../stable", relations=Relations(base="../base"))
    entries = [Entry(record=make_record("x", flags=["f"]), indexed_at=1000)]
    write_index(tmp_path, index_subdir("linux-64", entries, info=info))
    read = RepoData.from_path(tmp_path / "linux-64" / "repodata.json").info
    assert read is not None
    assert read.base_url == "../../stable/linux-64/"
    assert read.channel_relations is not None
    assert (read.channel_relations.base, read.channel_relations.overrides) == ("../base", None)
    assert read.repodata_revisions["v3"]["n_packages"] == 1


def test_an_index_without_more_to_say_stays_at_the_version_that_all_clients_know() -> None:
    plain = json.loads(dict(index_files(index_subdir("linux-64", [])))["repodata.json"])
    assert (plain["repodata_version"], plain["info"]) == (1, {"subdir": "linux-64"})


@pytest.mark.parametrize("sharded", [True, False])
def test_packages_are_downloaded_from_where_the_index_says(tmp_path: Path, *, sharded: bool) -> None:
    make_package(tmp_path / "stable" / "noarch", "certs", subdir="noarch", noarch="generic")
    entries = read_channel(tmp_path / "stable")
    write_index(tmp_path / "view", index_subdir("noarch", entries, info=Info(base_url="../../stable")))
    gateway = Gateway(default_config=SourceConfig(sharded_enabled=sharded, cache_action="no-cache"))
    view = Channel((tmp_path / "view").as_uri())
    [record] = asyncio.run(solve([view], ["certs"], platforms=["noarch"], gateway=gateway))
    assert record.url == (tmp_path / "stable" / "noarch" / entries[0].record.file_name).as_uri()


def test_relations_that_cep_42_allows_are_taken() -> None:
    check_relations(Relations(base="../base", overrides="../../stable"))


@pytest.mark.parametrize(
    "relations",
    [
        Relations(base="https://example.org/base"),
        Relations(overrides="base"),
        Relations(base="../a", overrides="../a/"),
    ],
)
def test_relations_that_cep_42_does_not_allow_are_refused(relations: Relations) -> None:
    with pytest.raises(WrongInputError):
        check_relations(relations)
