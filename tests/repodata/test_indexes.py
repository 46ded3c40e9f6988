"""Our index files: what is in them, on disk, and what py-rattler's solver finds there."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgpack
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st
from making import make_package, make_record
from rattler import Channel, Gateway, SourceConfig, solve

from ownconda.errors import Problem
from ownconda.repodata.channel_folder import read_channel, write_channel, write_index
from ownconda.repodata.documents import SHARD_INDEX, index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.package_reading import MANY
from ownconda.repodata.shards import SHARDS_FOLDER, read_shard_index

Drawn = dict[tuple[str, int], tuple[bool, bool]]


def entries(*names: str, **fields: object) -> list[Entry]:
    return [Entry(record=make_record(name, **fields), indexed_at=1000) for name in names]  # type: ignore[arg-type]


def packages(channel: Path) -> None:
    make_package(channel / "noarch", "certs", subdir="noarch", noarch="generic")
    make_package(channel / "noarch", "old", extension=".tar.bz2", subdir="noarch", noarch="python")
    make_package(channel / "linux-64", "libc", "2.41", constrains=["glibc <2"])
    make_package(channel / "linux-64", "zlib", "1.2", depends=["libc"])
    make_package(
        channel / "linux-64",
        "zlib",
        "1.3",
        depends=["libc >=2.4"],
        track_features="x",
        license_family="Other",
        run_exports={"weak": ["zlib >=1.3,<2"]},
    )
    make_package(channel / "linux-64", "app", depends=["zlib >=1.2", "certs", "old"])


def shards_of(subdir: Path) -> dict[str, Any]:
    index = msgpack.unpackb(zstd.decompress((subdir / SHARD_INDEX).read_bytes()))
    found: dict[str, Any] = {}
    for name, digest in index["shards"].items():
        content = (subdir / SHARDS_FOLDER / f"{digest.hex()}.msgpack.zst").read_bytes()
        assert hashlib.sha256(content).digest() == digest
        found[name] = msgpack.unpackb(zstd.decompress(content))
    return found


def test_the_compressed_index_is_the_plain_one_in_one_frame() -> None:
    files = dict(index_files(index_subdir("linux-64", entries("a", "b"))))
    frames = zstd.ZstdDecompressor()
    assert frames.decompress(files["repodata.json.zst"]) == files["repodata.json"]
    assert frames.eof
    assert not frames.unused_data


def test_an_empty_subdir_has_a_valid_index() -> None:
    index = json.loads(dict(index_files(index_subdir("noarch", [])))["repodata.json"])
    assert index["info"] == {"subdir": "noarch"}
    assert (index["packages"], index["packages.conda"], index["removed"]) == ({}, {}, [])


def test_the_index_of_shards_says_which_form_it_has() -> None:
    index = msgpack.unpackb(zstd.decompress(dict(index_files(index_subdir("noarch", entries("a"))))[SHARD_INDEX]))
    assert (index["version"], index["info"]["subdir"], list(index["shards"])) == (1, "noarch", ["a"])


def test_the_order_of_entries_does_not_matter() -> None:
    some = entries("a", "b", "c")
    assert dict(index_files(index_subdir("linux-64", some))) == dict(index_files(index_subdir("linux-64", some[::-1])))


@pytest.mark.parametrize("after", [["a", "b", "c"], ["a"], ["a", "c"], []])
def test_going_on_from_an_index_gives_the_same_as_making_it_anew(after: list[str]) -> None:
    before = index_subdir("linux-64", entries("a", "b"))
    changed = {"a", "b"} ^ set(after)
    anew = index_subdir("linux-64", entries(*after))
    onward = index_subdir("linux-64", entries(*after), previous=before, changed=changed)
    assert dict(index_files(onward)) == dict(index_files(anew))
    digests = read_shard_index(dict(index_files(anew))[SHARD_INDEX])
    assert set(onward.new_shards) == {digests[name] for name in changed if name in after}


def test_a_reader_finds_every_file_that_a_written_index_names(tmp_path: Path) -> None:
    write_index(tmp_path, index_subdir("linux-64", entries("a", "b")))
    assert set(shards_of(tmp_path / "linux-64")) == {"a", "b"}


def test_many_packages_are_read_as_few_are(tmp_path: Path) -> None:
    for number in range(MANY + 1):
        make_package(tmp_path / "linux-64", f"x{number:03}", files={})
    (tmp_path / "linux-64" / "x007-1.0-h1_0.conda").write_bytes(b"damaged")
    damaged: list[Problem] = []
    entries = read_channel(tmp_path, damaged=damaged)
    assert [entry.record.name for entry in entries] == [f"x{n:03}" for n in range(MANY + 1) if n != 7]
    assert ["x007" in str(problem) for problem in damaged] == [True]


@pytest.mark.parametrize("specs", [["app"], ["zlib <1.3"], ["app", "zlib 1.3.*"]])
def test_rattlers_solver_finds_the_same_in_both_forms(tmp_path: Path, specs: Sequence[str]) -> None:
    packages(tmp_path)
    write_channel(tmp_path, read_channel(tmp_path))
    solved = {sharded: _solve(tmp_path.as_uri(), specs, sharded=sharded) for sharded in (True, False)}
    assert solved[True] == solved[False]
    assert solved[True]


def _solve(url: str, specs: Sequence[str], *, sharded: bool) -> set[tuple[str, str]]:
    gateway = Gateway(default_config=SourceConfig(sharded_enabled=sharded, cache_action="no-cache"))
    records = asyncio.run(solve([Channel(url)], list(specs), platforms=["linux-64", "noarch"], gateway=gateway))
    return {(record.url, (record.sha256 or b"").hex()) for record in records}


ENTRIES = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 2)),
    st.builds(lambda yanked, newer: (yanked, newer), st.booleans(), st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(before=ENTRIES, after=ENTRIES)
def test_whatever_changes_going_on_gives_the_same_as_making_it_anew(before: Drawn, after: Drawn) -> None:
    changed = {key[0] for key in before | after if before.get(key) != after.get(key)}
    previous = index_subdir("linux-64", drawn_entries(before))
    onward = index_subdir("linux-64", drawn_entries(after), previous=previous, changed=changed)
    assert dict(index_files(onward)) == dict(index_files(index_subdir("linux-64", drawn_entries(after))))


def drawn_entries(drawn: Drawn) -> list[Entry]:
    return [
        Entry(
            record=make_record(name, build=f"h{number}_0", flags=["f"] if newer else []),
            indexed_at=1000 + number,
            yanked=yanked,
        )
        for (name, number), (yanked, newer) in drawn.items()
    ]
