from pathlib import Path

import pytest

from ownconda.dependencies.from_recipes import package_of, project_folder
from ownconda.dependencies.network import network
from ownconda.dependencies.packages import Package
from ownconda.recipes.folders import find_recipes, render_all
from ownconda.recipes.rendering import Rendering

UPSTREAM = f"source: {{url: https://upstream.invalid/a.tar.gz, sha256: {'0' * 64}}}\n"


def packages(*paths: Path) -> dict[str, Package]:
    rendered = render_all(find_recipes(paths), Rendering(target_platform="linux-64"))
    return {one.name: one for one in network(package_of(each.build) for each in rendered).packages}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def implicit(package: Package) -> list[tuple[str, str]]:
    return [(need.kind, need.spec) for need in package.needs if need.implicit]


@pytest.mark.parametrize(
    ("place", "source", "standing"),
    [
        ("recipes/a/recipe.yaml", UPSTREAM, "third-party"),
        ("recipes/a/recipe.yaml", "", "third-party"),
        ("recipes/a/recipe.yaml", "source: {path: files}\n", "third-party"),
        ("recipes/a/recipe.yaml", "source: {path: ../../projects/a}\n", "own"),
        ("projects/a/conda/recipe.yaml", "", "own"),
        ("projects/a/conda/recipe.yaml", "source: {path: ..}\n", "own"),
    ],
)
def test_own_is_what_is_made_from_a_project_of_ones_own(tmp_path: Path, place: str, source: str, standing: str) -> None:
    recipe = write(tmp_path / place, f"package: {{name: a, version: 1.0.0}}\n{source}")
    assert packages(recipe)["a"].standing == standing


@pytest.mark.parametrize(
    "place", ["x/a/recipe.yaml", "x/a/conda/meta.yaml", "x/a/recipe/meta.yaml", "x/a/1.2/meta.yaml"]
)
def test_a_project_is_the_folder_that_people_think_of(place: str) -> None:
    assert project_folder(Path(place)) == Path("x/a")


V1 = """\
package: {name: app, version: 1.0.0}
requirements:
  build: ["${{ compiler('c') }}", strong]
  host: [weak, unwanted]
  ignore_run_exports: {by_name: [ignored], from_package: [unwanted]}
"""
V0 = """\
package: {name: app, version: 1.0.0}
build:
  ignore_run_exports:
    - ignored
  ignore_run_exports_from:
    - unwanted
requirements:
  build:
    - {{ compiler('c') }}
    - strong
  host:
    - weak
    - unwanted
"""


@pytest.mark.parametrize(("file", "text"), [("recipe.yaml", V1), ("meta.yaml", V0)])
def test_run_exports_and_compilers_are_what_nobody_wrote(tmp_path: Path, file: str, text: str) -> None:
    exports = {"strong": "{strong: [strong-runtime]}", "weak": "[weak-runtime, ignored]", "unwanted": "[nothing]"}
    for name, exported in exports.items():
        needs = f"requirements: {{run_exports: {exported}}}\n"
        write(tmp_path / name / "recipe.yaml", f"package: {{name: {name}, version: 1.0.0}}\n{needs}")
    write(tmp_path / "app" / file, text)
    compiler, *taken = sorted(implicit(packages(tmp_path)["app"]))
    assert compiler[1].split(" ")[0].endswith("_linux-64")
    assert taken == [("host", "strong-runtime"), ("run", "strong-runtime"), ("run", "weak-runtime")]


def test_a_noarch_package_takes_only_what_is_exported_to_noarch(tmp_path: Path) -> None:
    exports = "requirements: {run_exports: {weak: [weak-runtime], noarch: [data]}}\n"
    write(tmp_path / "lib" / "recipe.yaml", f"package: {{name: lib, version: 1.0.0}}\n{exports}")
    app = "package: {name: app, version: 1.0.0}\nbuild: {noarch: generic}\nrequirements: {host: [lib]}\n"
    write(tmp_path / "app" / "recipe.yaml", app)
    assert implicit(packages(tmp_path)["app"]) == [("run", "data")]
