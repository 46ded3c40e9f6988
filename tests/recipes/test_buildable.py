import json
from pathlib import Path

import pytest
import rattler_build

from ownconda.recipes.buildable import buildable_text
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v1 import render_v1 as render

ARCHIVE = {"url": "file:///cache/a.tar.gz", "sha256": "1" * 64}
CONTEXT = {"pypi": "https://index.example/simple"}

WITH_A_VARIABLE_IN_ITS_SOURCE = f"""\
recipe: {{name: split, version: 1.0.0}}
source:
  url: ${{{{ pypi }}}}/split/split-${{{{ series }}}}.tar.gz
  sha256: {"0" * 64}
outputs:
  - package: {{name: libsplit}}
    requirements: {{host: [python]}}
  - package: {{name: split-tool}}
    requirements: {{run: ["${{{{ pin_subpackage('libsplit', exact=True) }}}}"]}}
"""


def rewritten(recipe: Path, *, epoch: int = 1_000_000_000) -> str:
    return buildable_text(
        recipe.read_text(), folder=recipe.parent, sources=[ARCHIVE], variables=["pypi", "series", "python"], epoch=epoch
    )


def test_every_output_keeps_its_build_string(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(WITH_A_VARIABLE_IN_ITS_SOURCE)
    variants = {"series": ["7"], "python": ["3.13.*"]}
    written = [one.build for one in render(recipe, Rendering(variants=variants, context=CONTEXT))]
    built = rattler_build.Stage0Recipe.from_yaml(rewritten(recipe), recipe_dir=tmp_path / "copy").render(
        rattler_build.VariantConfig(variants), rattler_build.RenderConfig(extra_context=dict(CONTEXT))
    )
    assert [one.recipe.build.string for one in built] == [build.build for build in written]
    assert [source.to_dict() for one in built for source in one.recipe.sources] == [ARCHIVE, ARCHIVE]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("script: make install", {"content": ["make install"]}),
        ("script: [make, make install]", {"content": ["make", "make install"]}),
        ("script: compile", {"file": "compile.sh"}),
        ("number: 0", {"file": "build.sh"}),
        ("script: {file: compile.sh, env: {A: b}}", {"file": "compile.sh", "env": {"A": "b"}}),
    ],
)
def test_every_form_of_a_script_gets_the_time(tmp_path: Path, script: str, expected: dict[str, object]) -> None:
    (tmp_path / "build.sh").touch()
    (tmp_path / "compile.sh").touch()
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"package: {{name: a, version: 1.0.0}}\nbuild:\n  {script}\n")
    found = json.loads(rewritten(recipe, epoch=12))["build"]["script"]
    assert found.pop("env")["SOURCE_DATE_EPOCH"] == "12"
    expected.pop("env", None)
    assert found == expected


def test_outputs_take_the_script_that_stands_above_them_rather_than_the_default(tmp_path: Path) -> None:
    (tmp_path / "build.sh").touch()
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("recipe: {name: a, version: 1.0.0}\nbuild: {script: [make]}\noutputs:\n  - package: {name: b}\n")
    content = json.loads(rewritten(recipe))
    assert content["build"]["script"]["content"] == ["make"]
    assert "script" not in content["outputs"][0].get("build", {})


def test_a_version_that_looks_like_a_number_stays_as_it_is_written(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("package: {name: a, version: 1.10}\nbuild: {number: 4}\n")
    content = json.loads(rewritten(recipe))
    assert content["package"]["version"] == "1.10"
    assert content["build"]["number"] == 4
