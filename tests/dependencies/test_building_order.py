"""What the graph says of an order, beside what the builder goes by."""

import shutil
from pathlib import Path

import pytest

from ownconda.dependencies.from_recipes import package_of
from ownconda.dependencies.names import ordered_names
from ownconda.dependencies.network import Network, network
from ownconda.dependencies.packages import HARD
from ownconda.dependencies.questions import everything
from ownconda.dependencies.views import View, graph_of
from ownconda.graph.ordering import is_order
from ownconda.recipes.builds import Build, Requirements
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.requirements_graph import requirements_graph

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "v0"
RENDERING = Rendering(target_platform="linux-64", variants={"python": ("3.12",), "numpy": ("2.0",)})
TOP = """\
package:
  name: suite
  version: 1.0.0
requirements:
  build:
    - make
  host:
    - zlib
outputs:
  - name: suite-part
    files:
      - share
  - name: suite-notes
    script: notes.sh
    requirements:
      host:
        - pandoc
  - name: suite-all
"""


@pytest.fixture
def made(tmp_path: Path) -> list[Build]:
    """Make a recipe whose outputs need, beside what they ask for, what the build at its top asks for."""
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "meta.yaml").write_text(TOP)
    (folder / "build.sh").write_text("make\n")
    for name in ("make", "zlib", "pandoc"):
        (tmp_path / name).mkdir()
        exports = "requirements: {run_exports: [zlib]}" if name == "zlib" else ""
        (tmp_path / name / "recipe.yaml").write_text(f"package: {{name: {name}, version: 1.0.0}}\n{exports}\n")
    return read_many(find_recipes([tmp_path]), RENDERING).builds()


def joined(builds: list[Build]) -> Network:
    return network(package_of(build) for build in builds)


def written(builds: list[Build]) -> dict[str, set[str]]:
    """Give what each package needs to be built, by what recipes say."""
    graph = graph_of(joined(builds), View(kinds=HARD))
    return {package.name: {one.name for one in needed} for package, needed in graph.hard.items()}


def test_outputs_need_what_the_build_at_the_top_needs(made: list[Build]) -> None:
    needs = written(made)
    assert needs["suite-part"] == {"make", "zlib"}
    assert needs["suite-notes"] == {"make", "zlib", "pandoc"}
    assert needs["suite-all"] == set()


def test_outputs_do_not_take_the_run_exports_of_what_only_the_top_is_built_with(made: list[Build]) -> None:
    [part] = [one for one in joined(made).packages if one.name == "suite-part"]
    assert [need for need in part.needs if need.kind == "run"] == []


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Build]:
    """Read real recipes, each with a script beside it, so that outputs take up what the build at the top leaves."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus isn't here")
    root = tmp_path_factory.mktemp("corpus")
    for recipe in CORPUS.glob("*/meta.yaml"):
        shutil.copytree(recipe.parent, root / recipe.parent.name)
        (root / recipe.parent.name / "build.sh").touch()
    many = read_many(find_recipes([root]), RENDERING)
    return [build for one in many.made() for build in one.builds]


def test_the_graph_has_every_edge_of_the_plan_and_beside_them_run_exports_alone(corpus: list[Build]) -> None:
    plan, graph = requirements_graph(corpus), graph_of(joined(corpus), View(kinds=HARD, implicit=True))
    assert sum(len(needed) for needed in plan.hard.values()) > len(corpus) / 2
    for package, needed in graph.hard.items():
        if package.made_from:
            found = {one.made_from for one in needed if one.made_from}
            exporting = [one.run_exports.given.values() for one in needed]
            exported = {spec.split(" ")[0] for given in exporting for specs in given for spec in specs}
            assert found >= plan.hard[package.made_from], package.place
            assert {one.name for one in found - plan.hard[package.made_from]} <= exported, package.place


def test_real_outputs_have_requirements_in_common(corpus: list[Build]) -> None:
    assert sum(bool(build.requirements.common_host) for build in corpus) > 10


def test_what_is_listed_can_be_built_in_that_order(corpus: list[Build]) -> None:
    plan, packages = requirements_graph(corpus), everything(joined(corpus), View()).packages
    assert is_order(plan, [package.made_from for package in packages if package.made_from])


def test_a_name_comes_after_what_any_package_of_the_name_needs() -> None:
    """Where one of a name is needed to build what the other is built with, no order of names suits both."""
    loop = [build("a", "1"), build("a", "2", "b"), build("b", "1", "a 1.*")]
    late = [build("a", "1"), build("a", "2", "c"), build("b", "1", "a 2.*"), build("c", "1")]
    assert names(loop) == ("a", "b")
    assert names(late) == ("c", "a", "b")


def build(name: str, version: str, *host: str) -> Build:
    return Build(
        recipe=Path(f"recipes/{name}/recipe.yaml"),
        name=name,
        version=version,
        subdir="linux-64",
        build="0",
        number=0,
        requirements=Requirements(host=host),
    )


def names(builds: list[Build]) -> tuple[str, ...]:
    found = joined(builds)
    return ordered_names(found, everything(found, View()).packages)
