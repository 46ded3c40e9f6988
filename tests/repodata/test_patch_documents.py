"""Patch documents as conda-forge writes them: what they are about, what they edit, and what is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from making import make_record

from ownconda.conda.records import Record
from ownconda.errors import Where, WrongInputError
from ownconda.repodata.entries import Entry
from ownconda.repodata.patch_documents import Document, parse_document
from ownconda.repodata.patch_editing import patches_by
from ownconda.repodata.patch_yaml import documents_in, read_documents
from ownconda.repodata.patches import Patch

APP = make_record(
    "app",
    "1.2.3",
    build="py312_4",
    build_number=4,
    depends=["python >=3.12,<3.13.0a0", "zlib >=1.2.11,<1.3.0a0", "curl", "openssl 3.0.7 h0_1"],
    constrains=["cuda ==12"],
    timestamp=1_600_000_000_000,
    license="MIT",
    track_features="nomkl blas_mkl_2",
)


def parsed(text: str) -> list[Document]:
    return [
        parse_document(one.said, lambda _, one=one: Where(file=one.file, line=one.line))  # type: ignore[misc]
        for one in read_documents(text, "p.yaml")
    ]


def edited(text: str, *records: Record, before: Mapping[str, Patch] | None = None) -> dict[str, Mapping[str, Any]]:
    """Give the fields that documents edit, by file name."""
    entries = [Entry(record=one, indexed_at=0) for one in records or (APP,)]
    patches = patches_by(parsed(text), entries, before or {})
    return {name: fields for patch in patches.values() for name, fields in patch.fields.items()}


def after(then: str) -> Mapping[str, Any]:
    """Give what one edit, as a line of YAML, changes in the app."""
    return edited(f"if: {{name: app}}\nthen:\n  - {then}\n").get(APP.file_name, {})


@pytest.mark.parametrize(
    "condition",
    [
        "name: app",
        "name_in: [other, app]",
        "name: a*",
        "version: 1.2.3.0",
        "version: 1.2.*",
        "version_lt: 1.10",
        "version_ge: 1.2.3",
        "version_ne: '1.2'",
        "build_number: 4",
        "build_number_in: [3, 4]",
        "build_number_gt: 3",
        "build: py312_*",
        "not_build: cuda*",
        "subdir_in: linux-64",
        "not_subdir_in: [win-64, osx-64]",
        "artifact_in: app-1.2.3-py312_4.conda",
        "timestamp_lt: 1700000000000",
        "license: MIT",
        "has_depends: zlib*",
        "has_depends: zlib?( *)",
        "has_depends: [curl, 'zlib?( *)']",
        "has_depends: curl",
        "not_has_depends: zlib",
        "not_has_depends: cur?( *)",
        "has_constrains: cuda ==12",
        "has_track_features: blas_mkl_*",
        "not_has_track_features: mkl",
        "not_noarch: python",
    ],
)
def test_a_condition_chooses_what_it_means(condition: str) -> None:
    turned = condition.removeprefix("not_") if condition.startswith("not_") else f"not_{condition}"
    then = "then:\n  - add_depends: xz\n"
    assert edited(f"if:\n  {condition}\n{then}").keys() == {APP.file_name}
    assert edited(f"if:\n  {turned}\n{then}") == {}


def test_all_conditions_have_to_hold() -> None:
    assert edited("if: {name: app, version_lt: '1.0'}\nthen:\n  - add_depends: xz\n") == {}


@pytest.mark.parametrize(
    ("then", "field", "gone", "come"),
    [
        ("add_depends: [curl, 'xz >=${version}']", "depends", set(), {"xz >=1.2.3"}),
        ("add_constrains: 'lib ${major_version}.*'", "constrains", set(), {"lib 1.*"}),
        ("remove_depends: 'zlib?( *)'", "depends", {"zlib >=1.2.11,<1.3.0a0"}, set()),
        ("reset_constrains: app_abi ==$build_number", "constrains", {"cuda ==12"}, {"app_abi ==4"}),
        ("replace_depends: {old: 'zlib*', new: '${old},!=1.2.12'}", "depends", {"zlib >=1.2.11,<1.3.0a0"}, None),
        ("replace_depends: {old: curl, new: 'libcurl <${next_version}'}", "depends", {"curl"}, {"libcurl <1.2.4"}),
        ("replace_depends: {old: curl, new: openssl 3.0.7 h0_1}", "depends", {"curl"}, set()),
        ("rename_depends: {old: zlib, new: zlib-ng}", "depends", {"zlib >=1.2.11,<1.3.0a0"}, None),
        ("relax_exact_depends: {name: openssl}", "depends", {"openssl 3.0.7 h0_1"}, {"openssl >=3.0.7"}),
        (
            "relax_exact_depends: {name: openssl, max_pin: x.x}",
            "depends",
            {"openssl 3.0.7 h0_1"},
            {"openssl >=3.0.7,<3.1.0a0"},
        ),
        ("tighten_depends: {name: curl, upper_bound: '9'}", "depends", {"curl"}, {"curl <9.0a0"}),
        (
            "tighten_depends: {name: zlib, max_pin: x.x.x}",
            "depends",
            {"zlib >=1.2.11,<1.3.0a0"},
            {"zlib >=1.2.11,<1.2.12.0a0"},
        ),
        ("loosen_depends: {name: 'zli*', max_pin: x}", "depends", {"zlib >=1.2.11,<1.3.0a0"}, None),
        ("loosen_depends: {name: zlib, upper_bound: '10.0'}", "depends", {"zlib >=1.2.11,<1.3.0a0"}, None),
        ("loosen_depends: {name: zlib}", "depends", {"zlib >=1.2.11,<1.3.0a0"}, {"zlib >=1.2.11"}),
    ],
)
def test_an_edit_does_what_it_says(then: str, field: str, gone: set[str], come: set[str] | None) -> None:
    before, now = set(json.loads(APP.json)[field]), set(after(then)[field])
    assert before - now == gone
    assert come is None or now - before == come


@pytest.mark.parametrize(
    ("then", "come"),
    [
        ("rename_depends: {old: zlib, new: zlib-ng}", "zlib-ng >=1.2.11,<1.3.0a0"),
        ("replace_depends: {old: 'zlib*', new: '${old},!=1.2.12'}", "zlib >=1.2.11,<1.3.0a0,!=1.2.12"),
        ("loosen_depends: {name: 'zli*', max_pin: x}", "zlib >=1.2.11,<2.0.0a0"),
        ("loosen_depends: {name: zlib, upper_bound: '10.0'}", "zlib >=1.2.11,<10.0.0a0"),
    ],
)
def test_what_is_edited_keeps_its_place(then: str, come: str) -> None:
    assert after(then)["depends"][1] == come


@pytest.mark.parametrize(
    "then",
    [
        "add_depends: curl",
        "remove_depends: zli",
        "replace_depends: {old: zlib, new: xz}",
        "relax_exact_depends: {name: zlib}",
        "tighten_depends: {name: zlib, upper_bound: '2.0'}",
        "loosen_depends: {name: zlib, upper_bound: '1.2.15'}",
        "loosen_depends: {name: curl, upper_bound: '9.0'}",
    ],
)
def test_what_is_so_already_is_no_patch(then: str) -> None:
    assert after(then) == {}


def test_features_are_added_and_removed_until_there_are_none() -> None:
    assert after("add_track_features: [x, y]") == {"track_features": "nomkl blas_mkl_2 x y"}
    assert after("remove_track_features: blas_*") == {"track_features": "nomkl"}
    assert after("remove_track_features: '*'") == {"track_features": None}


def test_documents_see_what_those_before_them_edited_and_instructions_too() -> None:
    text = """
if: {name: app, has_depends: xz}
then:
  - rename_depends: {old: xz, new: lzma}
---
# nothing more
---
if: {has_depends: lzma}
then:
  - add_depends: all
"""
    before = {"linux-64": Patch(fields={APP.file_name: {"depends": ["xz"], "license": "BSD-3-Clause"}})}
    assert edited(text, before=before) == {APP.file_name: {"depends": ["lzma", "all"], "license": "BSD-3-Clause"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("if: {name: app}\nthen:\n  - add_depend: xz", "p.yaml:3: then[0].add_depend: there is no such edit"),
        ("if:\n  nam: app\nthen: [{add_depends: xz}]", "p.yaml:2: if.nam: there is no such condition"),
        ("if: {name: a}\nthen: [{add_depends: xz}]\nelse: 1", "p.yaml:3: else: there is no such key"),
        ("if: {}\nthen: [{add_depends: xz}]", "p.yaml:1: if: it has to say which packages it is about"),
        ("if: {name: a}\nthen: []", "p.yaml:2: then: it has to be a list of edits"),
        ("if: {name: [a]}\nthen: [{add_depends: x}]", "p.yaml:1: if.name: it has to be a text"),
        ("if: {license_lt: a}\nthen: [{add_depends: x}]", "p.yaml:1: if.license_lt: there is no such condition"),
        ("if: {build_number_lt: x}\nthen: [{add_depends: x}]", "p.yaml:1: if.build_number_lt: 'x' is no whole number"),
        ("if: {version_lt: '-'}\nthen: [{add_depends: x}]", "p.yaml:1: if.version_lt: '-' is no version"),
        ("if: {name: a, name: b}\nthen: [{add_depends: x}]", "p.yaml:1: if.name: is there twice"),
        (
            "if: {name: a}\nthen: [{add_depends: '$vers'}]",
            "p.yaml:2: then[0].add_depends: there is no variable ${vers}",
        ),
        ("if: {name: a}\nthen: [{replace_depends: {old: a}}]", "p.yaml:2: then[0].replace_depends: it has to have old"),
        ("if: {name: a}\nthen: [{tighten_depends: {name: b}}]", "it has to have max_pin or upper_bound"),
        ("if: {name: a}\nthen: [{tighten_depends: {name: b, max_pin: y}}]", "max_pin is x, x.x and so on"),
        ("- a", "p.yaml:1: a patch has to have `if` and `then`"),
        ("if: {name: a}\nthen: {", "it can't be read as YAML"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(WrongInputError) as caught:
        read_documents(text, "p.yaml")
    assert told in str(caught.value)


def test_what_comes_to_no_match_spec_is_told_at_its_document() -> None:
    with pytest.raises(WrongInputError, match=r"p.yaml:1: app 1.2.3 py312_4: 'zlib >=>2' isn't a match spec"):
        edited("if: {name: app}\nthen: [{add_depends: 'zlib >=>2'}]")
    odd = make_record("app", depends=["openssl 1.1.1g h0_0"])
    with pytest.raises(WrongInputError, match=r"1\.1\.1g can't be raised by x\.x\.x"):
        edited("if: {name: app}\nthen: [{relax_exact_depends: {name: openssl, max_pin: x.x.x}}]", odd)


def test_all_files_of_a_folder_are_read_and_all_faults_told(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "if: {name: b}\nthen: [{add_depends: x}]\n---\nif: {name: c}\nthen: [{add_depends: x}]"
    )
    (tmp_path / "a.yml").write_text("if: {name: a}\nthen: [{add_depends: x}]")
    (tmp_path / "README.md").write_text("no patch")
    assert [(Path(one.file).name, one.line) for one in documents_in(tmp_path)] == [
        ("a.yml", 1),
        ("b.yaml", 1),
        ("b.yaml", 4),
    ]
    for name in ("c.yaml", "d.yaml"):
        (tmp_path / name).write_text("if: {}\nthen: []")
    with pytest.raises(WrongInputError) as caught:
        documents_in(tmp_path)
    assert len(caught.value.problems) == 4
