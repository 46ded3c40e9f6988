from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.runners import Runner
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v1 import render_v1


def test_a_recipe_of_either_format_may_ask_for_a_runner(tmp_path: Path) -> None:
    extra = "extra:\n  ownconda:\n    runner:\n      tags:\n        - gpu\n        - licensed\n      memory: 16G\n"
    (tmp_path / "recipe.yaml").write_text(f"package: {{name: a, version: '1'}}\nabout: {{license: MIT}}\n{extra}")
    (tmp_path / "meta.yaml").write_text(f"package:\n  name: a\n  version: '1'\n{extra}")
    asked = Runner(tags=("gpu", "licensed"), memory=16 * 1024)
    assert render_v1(tmp_path / "recipe.yaml", Rendering())[0].build.runner == asked
    assert render_v0(tmp_path / "meta.yaml", Rendering())[0].build.runner == asked


def test_all_that_is_wrong_with_what_it_asks_is_told_with_its_line(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "package: {name: a, version: '1'}\nabout: {license: MIT}\n"
        "extra:\n  ownconda:\n    runner:\n      tag: gpu\n      tags: gpu\n      memory: lots\n"
    )
    with pytest.raises(WrongInputError) as caught:
        render_v1(recipe, Rendering())
    assert [str(problem) for problem in caught.value.problems] == [
        f"{recipe}:6: extra.ownconda.runner.tag: is nothing that can be asked of a runner",
        f"{recipe}:7: extra.ownconda.runner.tags: has to be a list of runner tags",
        f"{recipe}:8: extra.ownconda.runner.memory: 'lots' is no amount of memory",
    ]
