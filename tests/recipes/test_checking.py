"""Everything is found at once, in the severity that holds for a folder, without what a recipe asks to ignore."""

import time
from pathlib import Path

import pytest
from bad_recipes import BAD, BAD_V0, HEAD
from checking_recipes import findings, write
from hypothesis import HealthCheck, given, settings, strategies

from ownconda.errors import WrongInputError
from ownconda.recipes.checking import Severities, severities
from ownconda.recipes.editing import Form
from ownconda.recipes.written import read_written

TEXT = "package:\n  name: tool\n  version: v1.0.0\n"
CHECKOUT = Path(__file__).resolve().parents[2]
AT_MOST = 2.0  # seconds
EDITS = strategies.tuples(
    strategies.integers(0, 10_000),
    strategies.sampled_from(["", "\n", "\n- ", ": ", " ", "{", "]", "#", "&a ", "*a", "\t"]),
)


def found(root: Path, said: Severities | None = None) -> dict[str, str]:
    return {one.rule.name: one.severity for one in findings(root, severities=said)}


def test_everything_is_found_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{TEXT}\nabout:\n  sumary: A tool\n  license: mit\n", "v0")
    lines = [(one.line, one.rule.name) for one in findings(tmp_path)]
    assert lines == sorted(lines, key=lambda one: one[0])
    assert {name for _, name in lines} >= {"odd-version", "unknown-key", "odd-licence", "missing-test"}


def test_a_rule_has_the_severity_that_is_set(tmp_path: Path) -> None:
    write(tmp_path / "tool", TEXT)
    said = severities({"odd-version": "error", "missing-test": "off"}, {})
    assert found(tmp_path)["odd-version"] == "warning"
    assert found(tmp_path, said)["odd-version"] == "error"
    assert "missing-test" not in found(tmp_path, said)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("legacy", True), ("legacy/*", True), ("tool", True), ("legacy/tool", True), ("to*", True), ("new/*", False)],
)
def test_a_pattern_is_about_a_folder_and_all_below_it(pattern: str, *, fits: bool, tmp_path: Path) -> None:
    write(tmp_path / "legacy" / "tool", TEXT)
    said = severities({}, {pattern: {"odd-version": "off"}})
    assert ("odd-version" not in found(tmp_path / "legacy", said)) is fits


def test_of_several_patterns_the_last_one_counts(tmp_path: Path) -> None:
    write(tmp_path / "tool", TEXT)
    said = severities({"odd-version": "off"}, {"*": {"odd-version": "error"}, "tool": {"odd-version": "warning"}})
    assert found(tmp_path, said)["odd-version"] == "warning"


def test_rules_and_severities_that_do_not_exist_are_told_together() -> None:
    with pytest.raises(WrongInputError) as caught:
        severities({"missing-tset": "error"}, {"legacy/*": {"missing-hash": "fatal"}})
    assert [(one.what, one.hint) for one in caught.value.problems] == [
        ("there is no rule 'missing-tset'", "did you mean 'missing-test'?"),
        ("'fatal' is no severity for missing-hash", "write error, warning, off"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "package:\n  name: tool\n  version: v1.0.0  # ownconda: ignore odd-version\n",
        "package:\n  name: tool\n  # ownconda: ignore missing-test, odd-version\n  version: v1.0.0\n",
        "# ownconda: ignore-file odd-version\npackage:\n  name: tool\n  version: v1.0.0\n",
    ],
)
def test_a_comment_asks_to_ignore_a_rule(text: str, tmp_path: Path) -> None:
    write(tmp_path / "tool", text)
    names = found(tmp_path)
    assert "odd-version" not in names
    assert "missing-test" in names


def test_a_comment_on_another_line_is_about_that_one(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"# ownconda: ignore odd-version\n{TEXT}")
    assert "odd-version" in found(tmp_path)


def test_a_selector_and_a_wish_go_together_on_one_line(tmp_path: Path) -> None:
    text = "package:\n  name: tool\n  version: v1.0.0  # [linux]  # ownconda: ignore odd-version\n"
    write(tmp_path / "tool", text, "v0")
    names = found(tmp_path)
    assert {"odd-version", "unreadable-recipe"}.isdisjoint(names)


@pytest.mark.parametrize("file", ["meta.yaml", "recipe.yaml"])
@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_recipe_is_one_finding_and_the_others_are_checked(
    name: str, file: str, tmp_path: Path
) -> None:
    write(tmp_path / "good", TEXT)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / file).write_bytes(BAD[name])
    started = time.monotonic()
    every = findings(tmp_path)
    assert time.monotonic() - started < AT_MOST
    told = [one.rule.name for one in every if one.file.parent.name == "bad"]
    assert [one for one in told if one not in {"unknown-key", "wrong-kind"}] == ["unreadable-recipe"]
    assert "odd-version" in {one.rule.name for one in every if one.file.parent.name == "good"}


@pytest.mark.parametrize("name", BAD_V0)
def test_a_template_without_end_is_found(name: str, tmp_path: Path) -> None:
    write(tmp_path / "bad", HEAD + BAD_V0[name], "v0")
    started = time.monotonic()
    assert "unreadable-recipe" in found(tmp_path)
    assert time.monotonic() - started < AT_MOST


def test_the_recipes_that_come_with_ownconda_keep_every_rule() -> None:
    told = [
        f"{one.file}:{one.line}: {one.what}" for place in ("recipes", "examples") for one in findings(CHECKOUT / place)
    ]
    assert told == []


# Places in the text


def test_places_know_their_text_line_and_output() -> None:
    text = "outputs:\n  - name: 'a'\n    requirements:\n      run:\n        - {{ b }} >=1  # c\n"
    [place] = read_written(text, "v0").values("requirements.run")
    assert (place.field, place.output, place.line, place.text) == (
        "outputs[0].requirements.run[0]",
        0,
        5,
        "{{ b }} >=1",
    )
    assert text[place.span.start : place.span.end] == place.text
    [name] = read_written(text, "v0").values("name")
    assert name.text == "a"


def test_both_branches_of_a_condition_are_of_the_same_kind() -> None:
    text = "requirements:\n  run:\n    - if: unix\n      then: a\n      else:\n        - b\n"
    assert [one.text for one in read_written(text, "v1").values("requirements.run")] == ["a", "b"]


@given(edits=strategies.lists(EDITS, min_size=1, max_size=4), form=strategies.sampled_from(["v0", "v1"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recipe_that_was_mangled_is_checked_or_told_to_be_unreadable(
    edits: list[tuple[int, str]], form: Form, tmp_path: Path
) -> None:
    text = (CHECKOUT / "recipes" / "zlib" / "recipe.yaml").read_text()
    for at, inserted in edits:
        position = at % len(text)
        text = text[:position] + inserted + text[position + 1 :]
    for file in tmp_path.rglob("*.yaml"):
        file.unlink()
    write(tmp_path / "tool", text, form)
    for one in findings(tmp_path):
        assert 1 <= one.line <= text.count("\n") + 2
