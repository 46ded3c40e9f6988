from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.folders import find_recipes, render_all
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v1 import render_v1 as render


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "recipe.yaml"
    recipe.write_text(text)
    return recipe


SIMPLE = """\
package:
  name: {name}
  version: "1.10"
build:
  number: 3
requirements:
  host:
    - zlib >=1.2
  run:
    - python >=3.11
"""


def test_a_recipe_renders_to_a_build_with_everything_fixed(tmp_path: Path) -> None:
    [rendered] = render(write(tmp_path, SIMPLE.format(name="tool")), Rendering(target_platform="linux-64"))
    build = rendered.build
    assert (build.name, build.version, build.subdir, build.number) == ("tool", "1.10", "linux-64", 3)
    assert build.file_name == f"tool-1.10-{build.build}.conda"
    assert build.requirements.host == ("zlib >=1.2",)
    assert build.requirements.run == ("python >=3.11",)


def test_each_variant_is_a_build_of_its_own(tmp_path: Path) -> None:
    recipe = write(tmp_path / "ext", "package: {name: ext, version: '2'}\nrequirements: {host: [python]}\n")
    (tmp_path / "variants.yaml").write_text("python: ['3.12.*', '3.13.*']\n")
    builds = [one.build for one in render_all([recipe], Rendering())]
    assert [build.variant["python"] for build in builds] == ["3.12.*", "3.13.*"]
    assert [build.requirements.host for build in builds] == [("python 3.12.*",), ("python 3.13.*",)]
    assert len({build.file_name for build in builds}) == 2


def test_variants_that_are_given_win_over_the_folders_own(tmp_path: Path) -> None:
    recipe = write(tmp_path / "ext", "package: {name: ext, version: '2'}\nrequirements: {host: [python]}\n")
    (tmp_path / "variants.yaml").write_text("python: ['3.12.*']\n")
    given = tmp_path / "given.yaml"
    given.write_text("python: ['3.14.*']\n")
    [rendered] = render_all([recipe], Rendering(variant_files=(given,)))
    assert rendered.build.variant["python"] == "3.14.*"


def test_pins_on_outputs_of_the_same_recipe_are_applied(tmp_path: Path) -> None:
    recipe = write(
        tmp_path,
        """\
recipe: {name: split, version: 3.5.7}
outputs:
  - package: {name: libsplit}
  - package: {name: split-tool}
    requirements:
      host: ["${{ pin_subpackage('libsplit', exact=True) }}"]
      run:
        - ${{ pin_subpackage('libsplit', upper_bound='x.x') }}
        - ${{ pin_subpackage('libsplit', upper_bound='x.x', build='py*') }}
        - ${{ pin_subpackage('libsplit', lower_bound=None, upper_bound=None, build='py*') }}
        - ${{ pin_compatible('other', build='py*') }}
""",
    )
    tool = next(one.build for one in render(recipe, Rendering()) if one.build.name == "split-tool")
    library = next(one.build for one in render(recipe, Rendering()) if one.build.name == "libsplit")
    assert tool.requirements.host == (f"libsplit ==3.5.7 {library.build}",)
    assert tool.requirements.run == (
        "libsplit >=3.5.7,<3.6.0a0",
        "libsplit >=3.5.7,<3.6.0a0 py*",
        "libsplit * py*",
        "other * py*",
    )


def test_variables_that_ownconda_supplies_reach_the_sources(tmp_path: Path) -> None:
    recipe = write(
        tmp_path,
        "package: {name: a, version: 1.0.0}\n"
        f"source: {{url: '${{{{ pypi }}}}/a/a-1.0.0.tar.gz', sha256: {'0' * 64}}}\n",
    )
    [rendered] = render(recipe, Rendering(context={"pypi": "https://index.example/simple"}))
    assert rendered.build.sources[0].urls == ("https://index.example/simple/a/a-1.0.0.tar.gz",)


@pytest.mark.parametrize(
    ("skip", "kept"), [("[linux]", 0), ("[win]", 1), ("true", 0), ("[win, \"match(python, '<3.13')\"]", 1)]
)
def test_what_a_recipe_skips_makes_no_build(tmp_path: Path, skip: str, kept: int) -> None:
    recipe = write(tmp_path, f"package: {{name: a, version: 1.0.0}}\nbuild: {{skip: {skip}}}\n")
    rendering = Rendering(target_platform="linux-64", variants={"python": ["3.13.*"]})
    assert len(render(recipe, rendering)) == kept


def test_skip_conditions_may_stand_inside_of_others(tmp_path: Path) -> None:
    skip = "[{if: linux, then: 'false', else: 'true'}]"
    recipe = write(tmp_path, f"package: {{name: a, version: 1.0.0}}\nbuild: {{skip: {skip}}}\n")
    assert len(render(recipe, Rendering(target_platform="linux-64"))) == 1
    assert len(render(recipe, Rendering(target_platform="win-64"))) == 0


def test_a_description_that_uses_a_variant_does_no_harm_to_skipping(tmp_path: Path) -> None:
    recipe = write(
        tmp_path,
        "package: {name: a, version: 1.0.0}\nbuild: {skip: [\"match(python, '<3.13')\"]}\n"
        "about: {description: 'with ${{ flavour }}'}\n",
    )
    variants = {"python": ["3.12.*", "3.13.*"], "flavour": ["plain", "fancy"]}
    kept = [one.build.variant for one in render(recipe, Rendering(variants=variants))]
    assert sorted((one["python"], one["flavour"]) for one in kept) == [("3.13.*", "fancy"), ("3.13.*", "plain")]


def test_a_byte_order_mark_is_told_as_such(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("\ufeffpackage: {name: a, version: 1.0.0}\n", encoding="utf-8")
    with pytest.raises(WrongInputError, match="byte order mark"):
        render(recipe, Rendering())


def test_a_name_that_makes_too_long_a_file_name_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    recipe = write(tmp_path, f"package: {{name: {'long' * 60}, version: 1.0.0}}\n")
    with pytest.raises(WrongInputError, match="characters long"):
        render(recipe, Rendering())


def test_alternative_sources_of_another_form_are_told_with_their_line(tmp_path: Path) -> None:
    recipe = write(tmp_path, "package: {name: a, version: 1.0.0}\nextra:\n  ownconda:\n    alternative_sources: 5\n")
    with pytest.raises(WrongInputError) as caught:
        render(recipe, Rendering())
    assert str(caught.value).startswith(f"{recipe}:4: extra.ownconda.alternative_sources[0]: has to have instead_of")


def test_one_output_can_be_skipped_without_the_others(tmp_path: Path) -> None:
    recipe = write(
        tmp_path,
        "recipe: {name: s, version: 1.0.0}\n"
        "outputs:\n  - package: {name: a}\n    build: {skip: [linux]}\n  - package: {name: b}\n",
    )
    assert [one.build.name for one in render(recipe, Rendering(target_platform="linux-64"))] == ["b"]


@pytest.mark.parametrize(
    ("text", "line", "field", "what"),
    [
        ("package: {name: a\n", 2, None, "while parsing a flow mapping"),
        ("package:\n  name: a\n  version: '1'\nbuild:\n  numbr: 2\n", 5, "build.numbr", "unknown field 'numbr'"),
        (
            "package:\n  name: a\n  version: '1'\nrequirements:\n  run:\n    - b\n    - c >>=2\n",
            7,
            "requirements.run[1]",
            "unable to parse version spec: >>=2",
        ),
        (
            "package:\n  name: a\n  version: '1'\nrequirements:\n  run:\n    - ${{ missing }}\n",
            6,
            "requirements.run[0]",
            "undefined value",
        ),
        ("build:\n  number: 1\n", 1, None, "the required field 'package' is missing"),
    ],
)
def test_a_fault_is_told_with_its_line_and_field(
    tmp_path: Path, text: str, line: int, field: str | None, what: str
) -> None:
    recipe = write(tmp_path, text)
    with pytest.raises(WrongInputError) as caught:
        render(recipe, Rendering())
    [problem] = caught.value.problems
    assert problem.where is not None
    assert (problem.where.file, problem.where.line, problem.where.field) == (recipe, line, field)
    assert what in problem.what


def test_the_faults_of_all_recipes_are_told_together(tmp_path: Path) -> None:
    recipes = [write(tmp_path / name, "package: {name: a\n") for name in ("one", "two")]
    recipes.append(write(tmp_path / "good", SIMPLE.format(name="good")))
    with pytest.raises(WrongInputError) as caught:
        render_all(recipes, Rendering())
    assert [problem.where.file for problem in caught.value.problems if problem.where] == recipes[:2]


def test_two_recipes_that_make_the_same_file_are_two_builds(tmp_path: Path) -> None:
    recipes = [write(tmp_path / name, SIMPLE.format(name="tool")) for name in ("one", "two")]
    first, second = [one.build for one in render_all(recipes, Rendering())]
    assert first.path == second.path
    assert first != second


def test_what_a_recipe_exports_is_known_with_its_pins(tmp_path: Path) -> None:
    exports = "requirements: {run_exports: ['${{ pin_subpackage(\"lib\") }}', other]}\n"
    text = "package: {name: lib, version: 1.2.3}\n" + exports
    [rendered] = render(write(tmp_path, text), Rendering())
    [lib, other] = rendered.build.run_exports["weak"]
    assert lib.startswith("lib >=")
    assert other == "other"


def test_a_file_that_is_not_utf8_is_told_as_such(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_bytes(b"package:\n  name: caf\xe9\n")
    with pytest.raises(WrongInputError, match="isn't UTF-8 text"):
        render(recipe, Rendering())


def test_recipes_are_found_in_folders_projects_and_by_themselves(tmp_path: Path) -> None:
    one = write(tmp_path / "all" / "one", SIMPLE.format(name="one"))
    project = write(tmp_path / "all" / "project" / "conda", SIMPLE.format(name="project"))
    assert find_recipes([tmp_path / "all"]) == [one, project]
    assert find_recipes([one, tmp_path / "all" / "project", one.parent]) == [one, project]


def test_every_path_without_a_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError) as caught:
        find_recipes([tmp_path / "absent", tmp_path])
    assert [problem.what for problem in caught.value.problems] == ["isn't there", "holds no recipe.yaml or meta.yaml"]


def test_conditions_in_variants_are_about_the_platform_that_is_built_for(tmp_path: Path) -> None:
    recipe = write(tmp_path / "ext", "package: {name: ext, version: '2'}\nrequirements: {host: [zlib]}\n")
    (tmp_path / "variants.yaml").write_text("zlib:\n  - if: osx\n    then: '1.2'\n    else: '1.3'\n")
    [on_mac] = render(recipe, Rendering(target_platform="osx-arm64"))
    [on_linux] = render(recipe, Rendering(target_platform="linux-64"))
    assert (on_mac.build.variant["zlib"], on_linux.build.variant["zlib"]) == ("1.2", "1.3")


def test_variants_of_conda_builds_kind_hold_too(tmp_path: Path) -> None:
    recipe = write(tmp_path / "ext", "package: {name: ext, version: '2'}\nrequirements: {host: [zlib]}\n")
    (tmp_path / "conda_build_config.yaml").write_text("zlib:\n  - 1.2  # [osx]\n  - 1.3  # [linux]\n")
    [rendered] = render(recipe, Rendering(target_platform="linux-64"))
    assert rendered.build.variant["zlib"] == "1.3"
