import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownconda.errors import WrongInputError
from ownconda.recipes.editing import Edit, Span, apply, set_number, set_sha256, set_version
from ownconda.recipes.folders import render_each
from ownconda.recipes.rendering import Rendering

V0, V1 = Path("meta.yaml"), Path("recipe.yaml")


def with_version(text: str, version: str, recipe: Path) -> str:
    return apply(text, set_version(text, version, recipe=recipe))


@pytest.mark.parametrize(
    ("recipe", "before", "after"),
    [
        (V1, 'package:\n  name: a\n  version: "1.2"  # kept\n', 'package:\n  name: a\n  version: "9.10"  # kept\n'),
        (V1, "package: {name: a, version: 1.2}\n", "package: {name: a, version: 9.10}\n"),
        (
            V1,
            "context:\n    version:   '1.2'\r\npackage:\r\n    version: ${{ version }}\r\n",
            "context:\n    version:   '9.10'\r\npackage:\r\n    version: ${{ version }}\r\n",
        ),
        (
            V1,
            'context:\n  v: "1-2"\npackage:\n  version: ${{ v|replace("-", "_") }}\n',
            'context:\n  v: "9.10"\npackage:\n  version: ${{ v|replace("-", "_") }}\n',
        ),
        (V1, "recipe:\n  version: 1.2\noutputs: []\n", "recipe:\n  version: 9.10\noutputs: []\n"),
        (
            V0,
            '{% set version = "1.2" %}\npackage:\n  name: a\n  version: {{ version }}\n',
            '{% set version = "9.10" %}\npackage:\n  name: a\n  version: {{ version }}\n',
        ),
        (
            V0,
            "{%- set base='1_2' -%}\n{% set version = base.replace('_', '') %}\npackage: {version: '{{ version }}'}\n",
            "{%- set base='9.10' -%}\n{% set version = base.replace('_', '') %}\npackage: {version: '{{ version }}'}\n",
        ),
        (V0, "package:\n\tname: a\n\tversion: 1.2 # [linux]\n", "package:\n\tname: a\n\tversion: 9.10 # [linux]\n"),
    ],
)
def test_a_version_is_changed_where_it_is_written_and_nothing_else(recipe: Path, before: str, after: str) -> None:
    assert with_version(before, "9.10", recipe) == after


def test_a_version_that_is_computed_from_nothing_is_refused() -> None:
    text = "{% set version = datetime.utcnow() %}\npackage:\n  version: {{ version }}\n"
    with pytest.raises(WrongInputError, match="isn't written as a value"):
        set_version(text, "2", recipe=V0)


def test_every_number_that_selectors_choose_among_is_changed() -> None:
    text = "build:\n  number: 1  # [win]\n  number: 101  # [not win]\n"
    assert apply(text, set_number(text, 2, recipe=V0)) == "build:\n  number: 2  # [win]\n  number: 2  # [not win]\n"


def test_a_checksum_is_changed_wherever_it_stands() -> None:
    old, new = "a" * 64, "b" * 64
    text = f"{{% set sha256 = '{old}' %}}\nsource:\n  sha256: {{{{ sha256 }}}}\n"
    assert apply(text, set_sha256(text, old, new, recipe=V0)) == text.replace(old, new)


@given(st.text(), st.data())
def test_edits_change_what_they_span_and_nothing_else(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(min_value=0, max_value=len(text)), max_size=6)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    edits = [Edit(span, f"<{number}>") for number, span in enumerate(spans) if span.start < span.end]
    kept, position = [], 0
    for edit in edits:
        kept += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    assert apply(text, edits) == "".join([*kept, text[position:]])


CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"


@pytest.mark.parametrize("pattern", ["v0/*/meta.yaml", "v1/*/recipe.yaml"])
def test_versions_of_real_recipes_change_in_one_place(pattern: str) -> None:
    recipes = sorted(CORPORA.glob(pattern))
    assert recipes, f"there are no recipes in {CORPORA}"
    refused = []
    for recipe in recipes:
        text = recipe.read_bytes().decode()
        try:
            edits = set_version(text, "987.6.5", recipe=recipe)
        except WrongInputError:
            refused.append(text)
            continue
        changed = apply(text, edits)
        assert changed.count("987.6.5") == len(edits) == 1, recipe
        [edit] = edits
        assert changed.replace("987.6.5", text[edit.span.start : edit.span.end]) == text, recipe
    assert all("utcnow()" in text for text in refused)


LINUX = Rendering(
    target_platform="linux-64", variants={"python": ("3.12",), "python_min": ("3.10",), "perl": ("5.32",)}
)
EMSCRIPTEN = Rendering(
    target_platform="emscripten-wasm32", variant_files=(CORPORA / "v1" / "emscripten-variants.yaml",)
)


def checksums(recipe: Path, how: Rendering) -> set[str]:
    [outcome] = render_each([recipe], how)
    return {
        source.checksums["sha256"]
        for one in outcome.rendered
        for source in one.build.sources
        if "sha256" in source.checksums
    }


@pytest.mark.parametrize(
    ("pattern", "how", "fewest"), [("v0/*/meta.yaml", LINUX, 150), ("v1/*/recipe.yaml", EMSCRIPTEN, 100)]
)
def test_checksums_of_real_recipes_change_and_the_recipe_renders_to_the_new_ones(
    pattern: str, how: Rendering, fewest: int, tmp_path: Path
) -> None:
    new, changed = "ab" * 32, 0
    for recipe in sorted(CORPORA.glob(pattern)):
        text = recipe.read_bytes().decode()
        copy = tmp_path / recipe.name
        for old in re.findall(r"\b[0-9a-f]{64}\b", text):
            assert apply(text, set_sha256(text, old, new, recipe=recipe)) == text.replace(old, new), recipe
        before = checksums(recipe, how)
        for old in before:
            copy.write_bytes(apply(text, set_sha256(text, old, new, recipe=recipe)).encode())
            assert checksums(copy, how) == before - {old} | {new}, recipe
            changed += 1
    assert changed >= fewest, f"there are too few recipes in {CORPORA}"
