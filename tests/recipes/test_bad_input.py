"""Recipes that nobody would write: each is a clear error, soon, in either format."""

import time
from pathlib import Path

import pytest
from bad_recipes import BAD, BAD_V0, HEAD

from ownconda.errors import WrongInputError
from ownconda.recipes.folders import find_recipes, render_each
from ownconda.recipes.rendering import Rendering

AT_MOST = 2.0  # seconds


def failures(folder: Path) -> list[str]:
    """Render a folder in which every recipe but one is wrong, and give what is told."""
    good = folder / "good" / "meta.yaml"
    good.parent.mkdir()
    good.write_text(HEAD)
    started = time.monotonic()
    outcomes = list(render_each(find_recipes([folder]), Rendering()))
    assert time.monotonic() - started < AT_MOST
    assert [one.build.name for outcome in outcomes for one in outcome.rendered] == ["a"]
    return [str(outcome.error) for outcome in outcomes if isinstance(outcome.error, WrongInputError)]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("file", ["meta.yaml", "recipe.yaml"])
def test_a_file_that_is_no_recipe_is_told_and_the_others_are_done(name: str, file: str, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / file).write_bytes(BAD[name])
    [failure] = failures(tmp_path)
    assert str(tmp_path / "bad" / file) in failure


@pytest.mark.parametrize("name", BAD_V0)
def test_a_template_without_end_is_told_and_the_others_are_done(name: str, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "meta.yaml").write_text(HEAD + BAD_V0[name])
    [failure] = failures(tmp_path)
    assert str(tmp_path / "bad" / "meta.yaml") in failure


def test_a_recipe_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "meta.yaml").symlink_to(tmp_path / "nowhere")
    [outcome] = render_each([tmp_path / "meta.yaml"], Rendering())
    assert "can't be read" in str(outcome.error)


def test_a_path_that_cannot_be_one_is_no_local_source(tmp_path: Path) -> None:
    recipe = tmp_path / "meta.yaml"
    recipe.write_text(f"{HEAD}source:\n  path: {'x' * 5000}\nextra: {{{{ GIT_FULL_HASH }}}}\n")
    [outcome] = render_each([recipe], Rendering())
    assert outcome.error is None
