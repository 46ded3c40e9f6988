from pathlib import Path

from ownconda.recipes.collection import read_recipes
from ownconda.recipes.environments import environment_needs
from ownconda.recipes.rendering import Rendering


def recipe(  # noqa: PLR0913  (each is a part of a recipe)
    root: Path, name: str, *, host: str = "", run: str = "", test: str = "", more: str = ""
) -> None:
    (root / name).mkdir()
    (root / name / "recipe.yaml").write_text(
        f"package: {{name: {name}, version: '1.0'}}\nabout: {{license: MIT}}\n"
        f"requirements:\n  host: [{host}]\n  run: [{run}]\n{more}"
        f"tests:\n  - script: ['true']\n    requirements: {{run: [{test}]}}\n"
    )


def at_hand(root: Path) -> dict[str, set[str]]:
    needs = environment_needs(read_recipes([root], Rendering()).graph)
    return {
        build.name: {needs.builds[one].name for one in needs.at_hand(number)}
        for number, build in enumerate(needs.builds)
    }


def test_what_requirements_and_tests_need_to_run_has_to_be_at_hand(tmp_path: Path) -> None:
    recipe(tmp_path, "compiler")
    recipe(tmp_path, "libc", host="compiler")
    recipe(tmp_path, "library", host="compiler", run="libc")
    recipe(tmp_path, "runner", run="library")
    recipe(tmp_path, "app", host="library", test="runner")
    assert at_hand(tmp_path) == {
        "compiler": set(),
        "libc": {"compiler"},
        "library": {"compiler", "libc"},
        "runner": {"library", "libc"},
        "app": {"library", "libc", "runner"},
    }


def test_so_has_what_run_exports_bring_but_not_what_they_only_limit(tmp_path: Path) -> None:
    exports = "  run_exports: {strong: [libgcc], weak_constraints: [other]}\n"
    recipe(tmp_path, "gcc", more=exports)
    recipe(tmp_path, "libgcc")
    recipe(tmp_path, "other")
    recipe(tmp_path, "library", host="gcc")
    recipe(tmp_path, "app", host="library")
    assert at_hand(tmp_path)["library"] == {"gcc", "libgcc"}
    assert at_hand(tmp_path)["app"] == {"library", "libgcc"}


def test_packages_that_need_each_other_to_run_are_at_hand_together(tmp_path: Path) -> None:
    recipe(tmp_path, "one", run="two")
    recipe(tmp_path, "two", run="one")
    recipe(tmp_path, "app", host="one")
    assert at_hand(tmp_path) == {"one": {"two"}, "two": {"one"}, "app": {"one", "two"}}
