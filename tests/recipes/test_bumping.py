import os
import subprocess
import sys
from pathlib import Path

import pytest

from ownconda.cli.main import run
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.bumping import carry_out, dependents, plan_bumps
from ownconda.recipes.collection import read_recipes
from ownconda.recipes.folders import render_all
from ownconda.recipes.rendering import Rendering


def write(folder: Path, name: str, text: str) -> Path:
    recipe = folder / name / "recipe.yaml"
    recipe.parent.mkdir(parents=True)
    recipe.write_bytes(text.encode())
    return recipe


def builds(recipe: Path) -> list[Build]:
    return [one.build for one in render_all([recipe], Rendering())]


def test_only_the_number_changes_and_the_recipe_renders_with_it(tmp_path: Path) -> None:
    before = (
        "# mine\r\ncontext:\r\n  n: 7\r\npackage: {name: a, version: 1.0.0}\r\nbuild:\r\n  number: ${{ n }}  # kept\r\n"
    )
    recipe = write(tmp_path, "a", before)
    [bump] = plan_bumps(builds(recipe))
    assert (bump.names, bump.before, bump.after) == (("a",), 7, 8)
    carry_out(bump, builds)
    assert recipe.read_bytes().decode() == before.replace("n: 7", "n: 8")
    assert [build.number for build in builds(recipe)] == [8]


def test_a_number_that_is_computed_stays_as_it_was(tmp_path: Path) -> None:
    before = "context: {n: 7}\npackage: {name: a, version: 1.0.0}\nbuild: {number: '${{ n + 100 }}'}\n"
    recipe = write(tmp_path, "a", before)
    [bump] = plan_bumps(builds(recipe))
    with pytest.raises(WrongInputError, match="would become 208, not 108"):
        carry_out(bump, builds)
    assert recipe.read_text() == before


def test_a_recipe_without_a_number_is_told(tmp_path: Path) -> None:
    recipe = write(tmp_path, "a", "package: {name: a, version: 1.0.0}\n")
    with pytest.raises(WrongInputError, match="isn't written as a value"):
        plan_bumps(builds(recipe))


def test_dependents_are_found_through_others(tmp_path: Path) -> None:
    for name, needs in (("openssl", ""), ("python", "openssl"), ("pip", "python"), ("zlib", "")):
        write(tmp_path, name, f"package: {{name: {name}, version: 1.0.0}}\nrequirements: {{host: [{needs}]}}\n")
    graph = read_recipes([tmp_path], Rendering()).graph
    assert sorted(build.name for build in dependents("openssl >=1", graph)) == ["pip", "python"]
    with pytest.raises(WrongInputError, match="no recipe makes"):
        dependents("openssl >=2", graph)


def test_the_command_raises_what_is_named_and_what_depends_on_something(tmp_path: Path) -> None:
    for name, needs in (("openssl", ""), ("python", "openssl"), ("zlib", "")):
        text = f"package: {{name: {name}, version: 1.0.0}}\nbuild: {{number: 3}}\nrequirements: {{host: [{needs}]}}\n"
        write(tmp_path, name, text)
    bump = ["recipe", "bump", "zlib", "--dependents-of", "openssl", "--root", str(tmp_path)]
    assert run([*bump, "--dry-run"]) == 0
    assert "number: 3" in (tmp_path / "zlib" / "recipe.yaml").read_text()
    assert run(bump) == 0
    numbers = {name: builds(tmp_path / name / "recipe.yaml")[0].number for name in ("openssl", "python", "zlib")}
    assert numbers == {"openssl": 3, "python": 4, "zlib": 4}


def test_the_command_needs_no_order(tmp_path: Path) -> None:
    for name, needs in (("egg", "hen"), ("hen", "egg")):
        text = f"package: {{name: {name}, version: 1.0.0}}\nbuild: {{number: 3}}\nrequirements: {{host: [{needs}]}}\n"
        write(tmp_path, name, text)
    assert run(["recipe", "bump", "hen", "--root", str(tmp_path)]) == 0
    assert [builds(tmp_path / name / "recipe.yaml")[0].number for name in ("egg", "hen")] == [3, 4]


def test_every_number_is_raised_though_nobody_reads_what_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path, name, f"package: {{name: {name}, version: 1.0.0}}\nbuild: {{number: 0}}\n")
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "ownconda", "recipe", "bump", "a", "b", "--root", str(tmp_path)]
    with open(writer, "wb") as closed:  # noqa: PTH123  (a descriptor)
        subprocess.run(words, stdout=closed, check=True)
    assert {build.number for name in ("a", "b") for build in builds(tmp_path / name / "recipe.yaml")} == {1}


def test_what_is_raised_is_told_though_another_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "a", "package: {name: a, version: 1.0.0}\nbuild: {number: 0}\n")
    write(tmp_path, "b", "context: {n: 7}\npackage: {name: b, version: 1.0.0}\nbuild: {number: '${{ n + 1 }}'}\n")
    assert run(["recipe", "bump", "a", "b", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == "a: 0 → 1\n"
    assert "raise it by hand" in said.err
