"""What packages say of how they were built: those of this builder, and those of conda-build."""

from pathlib import Path

import pytest
from making import make_package
from workplace import Workplace

from ownconda.dependencies.from_recipes import package_of
from ownconda.dependencies.given import Given
from ownconda.dependencies.network import network
from ownconda.dependencies.packages import Need
from ownconda.dependencies.reading import Found, read
from ownconda.recipes.collection import CONTEXT
from ownconda.recipes.folders import find_recipes, render_all
from ownconda.recipes.rendering import Rendering

META = """\
# This file created by conda-build 24.11.2
# meta.yaml template originally from:
# /home/conda/recipe, last modified Fri Nov 15 12:00:00 2024
# ------------------------------------------------

package:
  name: app
  version: '1.0'
build:
  number: '0'
  string: h1_0
requirements:
  build:
    - binutils_linux-64 2.40 hb3c18ed_9
    - gcc_linux-64 12.4.0 h1b2c3d4_0
    - make 4.4.1 hb9d3cd8_2
  host:
    - libzlib 1.3.1 hb9d3cd8_2
    - zlib 1.3.1 hb9d3cd8_2
  run:
    - libzlib >=1.3.1,<2.0a0
    - zlib
test:
  requires:
    - pytest >=8
  commands:
    - app '{{ no template }}'
"""
TEMPLATE = """\
{% set version = "1.0" %}
package: {name: app, version: {{ version }}}
requirements:
  build:
    - {{ compiler('c') }}
    - make
  host: [zlib]
  run: [zlib]
"""


def reading(*files: Path) -> Found:
    return read(Given(files=files), Rendering(target_platform="linux-64"))


def said(needs: tuple[Need, ...]) -> set[tuple[str, str, bool]]:
    return {(need.kind, need.spec, need.implicit) for need in needs}


@pytest.mark.parametrize("format_", ["v1", "v0"])
def test_a_package_tells_the_same_as_its_recipe(tmp_path: Path, format_: str) -> None:
    workplace = Workplace(tmp_path)
    for name in ("tool", "data", "tester"):
        workplace.recipe(name)
    exporting = workplace.recipe("lib")
    exporting.write_text(exporting.read_text().replace("run: []}", "run: [], run_exports: [lib >=1]}", 1))
    if format_ == "v1":
        recipe = workplace.recipe("app", host=["lib"], run=["data"], test_needs=["tester >=1"])
        recipe.write_text(recipe.read_text().replace("requirements: {host", "requirements: {build: [tool], host"))
    else:
        needs = "requirements:\n  build:\n    - tool\n  host:\n    - lib\n  run:\n    - data\n"
        tests = "test:\n  requires:\n    - tester >=1\n  commands:\n    - 'true'\n"
        top = "package: {name: app, version: 1.0.0}\nbuild: {number: 0, script: mkdir $PREFIX/app}\n"
        workplace.meta("app", f"{top}{needs}{tests}about: {{license: MIT, summary: for tests}}\n")
    assert set(workplace.statuses().values()) == {"built"}
    rendered = render_all(find_recipes([workplace.recipes]), Rendering(context=CONTEXT))
    [written] = [one for one in network(package_of(each.build) for each in rendered).packages if one.name == "app"]
    found = reading(workplace.package("app"))
    assert found.without_recipe == {}
    assert said(found.packages[0].needs) == said(written.needs)
    assert ("run", "lib >=1", True) in said(written.needs)


@pytest.mark.parametrize("extension", [".conda", ".tar.bz2"])
def test_a_package_of_conda_builds_tells_all_that_it_was_built_with(tmp_path: Path, extension: str) -> None:
    depends = ["libzlib >=1.3.1,<2.0a0", "zlib"]
    file = make_package(tmp_path, "app", recipe={"meta.yaml": META}, depends=depends, extension=extension)
    found = reading(file)
    assert said(found.packages[0].needs) == {
        ("build", "binutils_linux-64 2.40 hb3c18ed_9", True),
        ("build", "gcc_linux-64 12.4.0 h1b2c3d4_0", True),
        ("build", "make 4.4.1 hb9d3cd8_2", False),
        ("host", "libzlib 1.3.1 hb9d3cd8_2", False),
        ("host", "zlib 1.3.1 hb9d3cd8_2", False),
        ("run", "libzlib >=1.3.1,<2.0a0", False),
        ("run", "zlib", False),
        ("test", "pytest >=8", False),
    }


def test_what_its_template_does_not_name_nobody_wrote(tmp_path: Path) -> None:
    file = make_package(tmp_path, "app", recipe={"meta.yaml": META, "meta.yaml.template": TEMPLATE})
    written = {need.spec.split(" ")[0] for need in reading(file).packages[0].needs if not need.implicit}
    assert written == {"make", "zlib", "pytest"}


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ({}, "it holds no rendered recipe"),
        ({"recipe.yaml": "package: {name: app}"}, "it holds no rendered recipe"),
        ({"meta.yaml": TEMPLATE}, "its info/recipe/meta.yaml can't be read: isn't YAML"),
        ({"meta.yaml": "requirements: {host: ['{{ pin }}']}"}, "its info/recipe/meta.yaml isn't rendered"),
        ({"meta.yaml": "package: {name: app}\noutputs: [{name: a}]"}, "its info/recipe/meta.yaml isn't rendered"),
        ({"meta.yaml": "a: !!python/object/apply:os.system [ls]"}, "its info/recipe/meta.yaml can't be read"),
        ({"rendered_recipe.yaml": "a: &a [*a, *a]"}, "its info/recipe/rendered_recipe.yaml can't be read"),
        ({"rendered_recipe.yaml": "recipe: {}"}, "doesn't say what it was built with"),
        ({"rendered_recipe.yaml": "[" * 10_000, "meta.yaml": META}, "its info/recipe/rendered_recipe.yaml can't be"),
    ],
)
def test_without_a_rendered_recipe_only_what_it_needs_to_run_is_known(
    tmp_path: Path, recipe: dict[str, str], reason: str
) -> None:
    file = make_package(tmp_path, "app", recipe=recipe, depends=["zlib"])
    found = reading(file)
    assert said(found.packages[0].needs) == {("run", "zlib", False)}
    assert reason in found.without_recipe[str(file)]


def test_whatever_a_rendered_recipe_holds_is_taken_for_data(tmp_path: Path) -> None:
    odd = "finalized_dependencies: {build: [], host: {specs: [zlib, {source: [a]}, {spec: b}, 3]}, run: {depends: {}}}"
    file = make_package(tmp_path, "app", recipe={"rendered_recipe.yaml": f"{odd}\nrecipe: {{tests: [1, {{}}]}}"})
    assert said(reading(file).packages[0].needs) == {("host", "b", False)}
