"""What a package says of itself for channeldata.json, and that nonsense in it keeps nobody from installing it."""

import json
from pathlib import Path
from typing import Any

import pytest
from making import make_package, write_conda

from ownconda.conda.package_about import LONGEST, about_of
from ownconda.conda.package_files import read_package


def about(said: object = None, files: tuple[str, ...] = (), paths: object = None) -> dict[str, Any]:
    told = about_of("zlib", json.dumps(said).encode(), files, paths)
    return json.loads(told) if told else {}


def test_texts_that_channeldata_has_are_kept() -> None:
    said = {"home": "https://zlib.net", "summary": "compression", "description": "long", "license": "Zlib", "tags": []}
    assert about(said) == {"home": "https://zlib.net", "summary": "compression", "license": "Zlib"}


@pytest.mark.parametrize(
    ("file", "flag"),
    [
        ("etc/conda/activate.d/zlib.sh", "activate.d"),
        ("etc/conda/deactivate.d/zlib.sh", "deactivate.d"),
        ("bin/.zlib-pre-link.sh", "pre_link"),
        ("bin/.zlib-post-link.sh", "post_link"),
        ("Scripts/.zlib-pre-unlink.bat", "pre_unlink"),
    ],
)
def test_scripts_that_run_with_a_package_are_seen(file: str, flag: str) -> None:
    assert about(files=("share/zlib/README", file)) == {flag: True}


def test_prefixes_that_are_replaced_are_seen() -> None:
    listed = [{"_path": "a", "prefix_placeholder": "/p", "file_mode": "binary"}, {"_path": "b", "file_mode": "text"}]
    assert about(paths={"paths": listed}) == {"binary_prefix": True}


@pytest.mark.parametrize("said", [[], "text", {"home": 1, "summary": ["a"]}, {"home": ""}])
def test_what_is_no_text_is_left_out(said: object) -> None:
    assert about(said, paths=["nonsense"]) == {}


def test_a_very_long_text_is_cut() -> None:
    assert len(about({"summary": "x" * 100_000})["summary"]) == LONGEST


def test_it_is_read_with_the_package_and_stays_out_of_its_metadata(tmp_path: Path) -> None:
    record = read_package(make_package(tmp_path, files={"etc/conda/activate.d/x.sh": b""}))
    assert json.loads(record.about) == {"activate.d": True}
    assert "activate.d" not in record.json


def test_a_package_whose_about_json_is_none_is_read_all_the_same(tmp_path: Path) -> None:
    index = {"name": "zlib", "version": "1", "build": "0", "build_number": 0, "subdir": "linux-64", "depends": []}
    info = {"info/index.json": json.dumps(index).encode(), "info/about.json": b"{"}
    assert read_package(write_conda(tmp_path / "zlib-1-0.conda", info, {})).about == ""
