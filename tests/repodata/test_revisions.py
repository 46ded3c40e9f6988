"""Packages that older clients can't understand: told apart, listed under v3 alone, and found by a client that knows."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from making import make_package, make_record
from rattler import Channel, Gateway, SourceConfig, solve
from rattler.index import index_fs

from ownconda.repodata.channel_folder import read_channel, write_channel
from ownconda.repodata.documents import index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.revisions import needs_v3

NEWER: list[dict[str, Any]] = [
    {"depends": ['python[version=">=3.10",when="__unix"]']},
    {"constrains": ['x[extras=["all"]]']},
    {"depends": ['x[version="1.*", flags=["cuda"]]']},
    {"extra_depends": {"test": ["pytest"]}},
    {"flags": ["cuda"]},
    {"schema_version": 3},
    {"repodata_revision": 3},
]
OLDER: list[dict[str, Any]] = [
    {"depends": ["python >=3.10", 'numpy[version=">=2"]', "flags", "x[build=extras]"]},
    {"extra_depends": {}, "flags": []},
    {"schema_version": 1},
]


@pytest.mark.parametrize("fields", NEWER)
def test_a_package_with_newer_features_needs_v3(fields: dict[str, Any]) -> None:
    assert needs_v3(make_record("x", **fields))


@pytest.mark.parametrize("fields", OLDER)
def test_a_package_without_them_does_not(fields: dict[str, Any]) -> None:
    assert not needs_v3(make_record("x", **fields))


def test_such_packages_are_counted_and_listed_under_v3_alone() -> None:
    records = [
        make_record("a"),
        make_record("b", extra_depends={"test": ["pytest >=8"]}),
        make_record("c", flags=["f"]),
    ]
    entries = [Entry(record=record, indexed_at=number) for number, record in enumerate(records)]
    repodata = json.loads(dict(index_files(index_subdir("linux-64", entries)))["repodata.json"])
    assert list(repodata["packages.conda"]) == ["a-1.0-h1_0.conda"]
    assert list(repodata["v3"]["conda"]) == ["b-1.0-h1_0", "c-1.0-h1_0"]
    assert repodata["v3"]["conda"]["b-1.0-h1_0"]["extra_depends"] == {"test": ['pytest[version=">=8"]']}
    assert repodata["info"]["repodata_revisions"] == {"v3": {"n_packages": 2, "oldest": 1, "newest": 2}}


def test_the_same_packages_are_under_v3_as_with_rattlers_indexer(tmp_path: Path) -> None:
    for number, fields in enumerate([*NEWER, *OLDER]):
        make_package(tmp_path / "linux-64", f"x{number}", **fields)
    asyncio.run(index_fs(tmp_path, write_zst=False, write_shards=False))
    path = tmp_path / "linux-64" / "repodata.json"
    theirs = json.loads(path.read_text())
    write_channel(tmp_path, read_channel(tmp_path))
    ours = json.loads(path.read_text())
    # py-rattler 0.28 looks at match specs and repodata_revision alone, newer ones at extra_depends and flags as well
    named = {"x3-1.0-h1_0", "x4-1.0-h1_0", "x5-1.0-h1_0"}
    assert ours["v3"]["conda"].keys() - named == theirs["v3"]["conda"].keys() - named
    assert ours["packages.conda"].keys() == theirs["packages.conda"].keys() - {f"{stem}.conda" for stem in named}


@pytest.mark.parametrize("sharded", [True, False])
def test_a_client_that_knows_them_solves_with_them(tmp_path: Path, *, sharded: bool) -> None:
    for name in ("always", "extra", "never"):
        make_package(tmp_path / "noarch", name, subdir="noarch", noarch="generic")
    make_package(
        tmp_path / "noarch",
        "app",
        subdir="noarch",
        noarch="generic",
        depends=["always >=1", 'never[when="missing"]'],
        extra_depends={"more": ["extra"]},
    )
    write_channel(tmp_path, read_channel(tmp_path))
    gateway = Gateway(default_config=SourceConfig(sharded_enabled=sharded, cache_action="no-cache"))
    channels, specs = [Channel(tmp_path.as_uri())], ["app[extras=[more]]"]
    solved = asyncio.run(solve(channels, specs, platforms=["noarch"], gateway=gateway))
    assert {record.name.normalized for record in solved} == {"app", "always", "extra"}


def test_shards_with_such_packages_are_read_back(tmp_path: Path) -> None:
    make_package(tmp_path / "linux-64", "x", extra_depends={"test": ["pytest >=8"]})
    entries = read_channel(tmp_path)
    write_channel(tmp_path, entries)
    assert [entry.path for entry in read_channel(tmp_path)] == [entry.path for entry in entries]
