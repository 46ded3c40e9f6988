"""Run exports that channels tell of, served as CEP 12 has it."""

import json
from pathlib import Path

import pytest
from backports import zstd
from making import make_package
from serving import Answer, pages, served

from ownconda.conda.run_exports import run_exports
from ownconda.errors import OutsideError
from ownconda.repodata.channel_folder import read_channel, write_channel

TOLD = json.dumps(
    {
        "info": {"subdir": "linux-64", "version": 1},
        "packages": {"a-1-0.tar.bz2": {"run_exports": {"strong": ["a >=1"]}}},
        "packages.conda": {
            "b-1-0.conda": {"run_exports": {"weak": ["b >=1", "c"]}},
            "d-1-0.conda": {"run_exports": {}},
        },
    }
).encode()
READ = {"a-1-0.tar.bz2": {"strong": ("a >=1",)}, "b-1-0.conda": {"weak": ("b >=1", "c")}, "d-1-0.conda": {}}


@pytest.mark.parametrize(("name", "body"), [("run_exports.json", TOLD), ("run_exports.json.zst", zstd.compress(TOLD))])
def test_a_channel_may_tell_in_either_form(name: str, body: bytes) -> None:
    with served(pages({f"/channel/linux-64/{name}": body})) as channel:
        assert run_exports(f"{channel.address}/channel/", "linux-64") == READ
        assert run_exports(f"{channel.address}/channel", "noarch") is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"<html>", "isn't what CEP 12 describes"),
        (b'{"packages": []}', "isn't what CEP 12 describes"),
        (b'{"packages": {"a": {"run_exports": ["b"]}}}', "isn't what CEP 12 describes"),
        (Answer(status=401), "it answers 401"),
    ],
)
def test_what_cannot_be_read_is_told(answer: bytes | Answer, told: str) -> None:
    with (
        served(pages({"/linux-64/run_exports.json": answer})) as channel,
        pytest.raises(OutsideError, match=told),
    ):
        run_exports(channel.address, "linux-64")


def test_a_channel_of_ours_tells_what_each_of_its_packages_exports(tmp_path: Path) -> None:
    make_package(tmp_path / "linux-64", "zlib", "1.3", run_exports={"weak": ["zlib >=1.3,<2"]})
    make_package(tmp_path / "linux-64", "old", extension=".tar.bz2", run_exports={"strong": ["old"]})
    make_package(tmp_path / "linux-64", "app")
    write_channel(tmp_path, read_channel(tmp_path))
    assert run_exports(tmp_path.as_uri(), "noarch") == {}
    assert run_exports(tmp_path.as_uri(), "linux-64") == {
        "zlib-1.3-h1_0.conda": {"weak": ("zlib >=1.3,<2",)},
        "old-1.0-h1_0.tar.bz2": {"strong": ("old",)},
        "app-1.0-h1_0.conda": {},
    }
    for plain in tmp_path.glob("*/run_exports.json"):
        assert zstd.decompress(plain.with_suffix(".json.zst").read_bytes()) == plain.read_bytes()
        assert json.loads(plain.read_bytes())["info"]["subdir"] == plain.parent.name
