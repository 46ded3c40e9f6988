from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v1 import render_v1


def test_a_recipe_of_either_format_may_say_how_long_it_takes(tmp_path: Path) -> None:
    extra = "extra:\n  ownconda:\n    timeout: 90\n"
    (tmp_path / "recipe.yaml").write_text(f"package: {{name: a, version: '1'}}\nabout: {{license: MIT}}\n{extra}")
    (tmp_path / "meta.yaml").write_text(f"package:\n  name: a\n  version: '1'\n{extra}")
    assert render_v1(tmp_path / "recipe.yaml", Rendering())[0].build.minutes == 90
    assert render_v0(tmp_path / "meta.yaml", Rendering())[0].build.minutes == 90


@pytest.mark.parametrize("told", ["long", "-1", "true", "[1]", ".inf", ".nan"])
def test_what_is_no_number_of_minutes_is_told_with_its_line(tmp_path: Path, told: str) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"package: {{name: a, version: '1'}}\nabout: {{license: MIT}}\nextra:\n  ownconda:\n    timeout: {told}\n"
    )
    with pytest.raises(WrongInputError, match=r":5: extra\.ownconda\.timeout: .* is no number of minutes"):
        render_v1(recipe, Rendering())
