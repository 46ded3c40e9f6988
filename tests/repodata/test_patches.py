"""Repodata patches: what instructions mean, which are refused, and that an index follows them."""

import json
from pathlib import Path
from typing import Any

import pytest
from making import make_record

from ownconda.errors import WrongInputError
from ownconda.repodata.documents import index_files
from ownconda.repodata.entries import Entry
from ownconda.repodata.indexes import index_subdir
from ownconda.repodata.patch_instructions import parse_instructions, patches_from, patches_json, read_patches
from ownconda.repodata.patches import REVOKED, Patch, patched, patched_channel

ZLIB = "zlib-1.0-h1_0.conda"
APP = "app-1.0-h1_0.conda"


def instructions(**said: object) -> Patch:
    named = {key.replace("__", "."): value for key, value in said.items()}
    return parse_instructions(json.dumps({"patch_instructions_version": 1} | named).encode(), "patch.json")


def entries() -> list[Entry]:
    records = [make_record("zlib", depends=["libc"], license="Zlib"), make_record("app", depends=["zlib"])]
    return [Entry(record=record, indexed_at=1000) for record in records]


def test_fields_take_the_place_of_the_packages_own() -> None:
    patch = instructions(packages__conda={ZLIB: {"depends": ["libc >=2"], "license": None, "constrains": ["app <2"]}})
    zlib, app = patched(entries(), patch)
    assert (zlib.record.depends, zlib.record.constrains, zlib.record.license) == (("libc >=2",), ("app <2",), None)
    assert "license" not in json.loads(zlib.record.json)
    assert app == entries()[1]


def test_what_is_said_of_the_older_format_holds_for_the_newer_one_unless_more_is_said_of_that() -> None:
    older = ZLIB.replace(".conda", ".tar.bz2")
    patch = instructions(
        packages={older: {"depends": ["a"], "license": "MIT"}}, packages__conda={ZLIB: {"depends": ["b"]}}
    )
    zlib, _ = patched(entries(), patch)
    assert (zlib.record.depends, zlib.record.license) == (("b",), "MIT")
    assert patch.fields[older] == {"depends": ["a"], "license": "MIT"}


def test_a_revoked_package_depends_on_what_no_channel_has() -> None:
    zlib, _ = patched(entries(), instructions(revoke=[ZLIB.replace(".conda", ".tar.bz2")]))
    assert zlib.record.depends == ("libc", REVOKED)
    assert json.loads(zlib.record.json)["revoked"] is True


def test_a_removed_package_is_named_in_the_index_and_not_offered() -> None:
    patch = instructions(remove=[ZLIB])
    repodata = json.loads(dict(index_files(index_subdir("linux-64", entries(), patch=patch)))["repodata.json"])
    assert (list(repodata["packages.conda"]), repodata["removed"]) == ([APP], [ZLIB])


def test_going_on_with_another_patch_gives_the_same_as_making_the_index_anew() -> None:
    before = index_subdir("linux-64", entries(), patch=instructions(revoke=[ZLIB]))
    patch = instructions(packages__conda={APP: {"depends": []}})
    onward = index_subdir("linux-64", entries(), patch=patch, previous=before)
    assert dict(index_files(onward)) == dict(index_files(index_subdir("linux-64", entries(), patch=patch)))


def test_a_patch_holds_in_its_own_subdir_alone() -> None:
    patch = instructions(remove=[ZLIB])
    assert patched_channel(entries(), {"noarch": patch}) == entries()
    assert [entry.yanked for entry in patched_channel(entries(), {"linux-64": patch})] == [True, False]


def test_stored_patches_are_read_back_as_they_were() -> None:
    older = ZLIB.replace(".conda", ".tar.bz2")
    patches = {
        "linux-64": instructions(
            packages={older: {"license": None}}, packages__conda={ZLIB: {"depends": []}}, revoke=[older], remove=[APP]
        )
    }
    stored = patches_json(patches)
    assert patches_from(json.loads(stored)) == patches
    assert patches_json(patches_from(json.loads(stored))) == stored


def test_instructions_are_read_from_a_folder_of_subdirs(tmp_path: Path) -> None:
    (tmp_path / "noarch").mkdir()
    (tmp_path / "noarch" / "patch_instructions.json").write_text(json.dumps({"remove": [ZLIB]}))
    assert read_patches(tmp_path) == {"noarch": Patch(removed=frozenset({ZLIB}))}


@pytest.mark.parametrize(
    ("said", "field", "what"),
    [
        ({"packages": {APP: {"version": "2"}}}, f"packages['{APP}']", "version can't be patched"),
        ({"packages": {APP: {"indexed_timestamp": 1}}}, f"packages['{APP}']", "indexed_timestamp can't be patched"),
        ({"packages.conda": {APP: {"depends": "zlib"}}}, f"packages.conda['{APP}']", "depends"),
        ({"packages.conda": {APP: {"depends": ["a b c d"]}}}, f"packages.conda['{APP}']", "isn't a match spec"),
        ({"packages.conda": {"app-1.0-0.tar.bz2": {}}}, "packages.conda['app-1.0-0.tar.bz2']", "isn't the name"),
        ({"packages": []}, "packages", "file names"),
        ({"remove": [APP, "app"]}, "remove[1]", "isn't the name"),
        ({"revoke": {APP: True}}, "revoke", "a list"),
        ({"yank": [APP]}, "yank", "no such instruction"),
        ({"patch_instructions_version": 2}, "patch_instructions_version", "doesn't know"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(said: dict[str, Any], field: str, what: str) -> None:
    with pytest.raises(WrongInputError) as raised:
        parse_instructions(json.dumps(said).encode(), "patch.json")
    [problem] = raised.value.problems
    assert problem.where is not None
    assert problem.where.field == field
    assert what in problem.what


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_instructions_that_are_no_json_object_are_refused(content: bytes) -> None:
    with pytest.raises(WrongInputError, match="JSON"):
        parse_instructions(content, "patch.json")


def test_a_folder_that_is_no_subdir_or_has_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="no patch instructions"):
        read_patches(tmp_path)
    (tmp_path / "linux64").mkdir()
    (tmp_path / "linux64" / "patch_instructions.json").write_text("{}")
    with pytest.raises(WrongInputError, match="isn't a subdir"):
        read_patches(tmp_path)
