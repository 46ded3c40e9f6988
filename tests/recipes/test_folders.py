import os
from pathlib import Path

import pytest

from ownconda.cli.main import run
from ownconda.errors import WrongInputError
from ownconda.recipes.folders import find_recipes, render_all, render_each
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.requirements_graph import build_order, requirements_graph

V0 = "package: {{name: {name}, version: '1'}}\nrequirements:\n  host:\n    - {needs}\n"
V1 = "package: {{name: {name}, version: '1'}}\nrequirements: {{host: [{needs}]}}\n"


def write(path: Path, *, needs: str = "zlib") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = V0 if path.name == "meta.yaml" else V1
    path.write_text(text.format(name=path.parent.name, needs=needs))
    return path


def test_recipes_of_both_formats_are_found_wherever_they_stand(tmp_path: Path) -> None:
    expected = [
        write(tmp_path / "all" / "conda" / "meta.yaml"),
        write(tmp_path / "all" / "feedstock" / "recipe" / "meta.yaml"),
        write(tmp_path / "all" / "new" / "recipe.yaml"),
        write(tmp_path / "all" / "old" / "1.2" / "meta.yaml"),
        write(tmp_path / "all" / "old" / "meta.yaml"),
        write(tmp_path / "all" / "project" / "conda" / "meta.yaml"),
    ]
    write(tmp_path / "all" / "old" / "test" / "meta.yaml")
    assert find_recipes([tmp_path / "all"]) == sorted(expected)
    assert find_recipes([tmp_path / "all" / "project"]) == [expected[-1]]
    assert find_recipes([tmp_path / "all" / "old" / "meta.yaml"]) == [expected[-2]]


def test_a_recipe_yaml_wins_over_a_meta_yaml_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "one" / "meta.yaml")
    winner = write(tmp_path / "one" / "recipe.yaml")
    assert find_recipes([tmp_path]) == [winner]


def test_a_recipe_that_is_a_link_belongs_to_the_folder_in_which_it_stands(tmp_path: Path) -> None:
    shared = write(tmp_path / "shared" / "meta.yaml").rename(tmp_path / "shared" / "text.yaml")
    link = tmp_path / "one" / "meta.yaml"
    link.parent.mkdir()
    link.symlink_to(shared)
    assert find_recipes([link]) == find_recipes([link.parent]) == [link]


@pytest.mark.parametrize(("name", "told"), [("loop", "Too many levels"), ("n" * 300, "File name too long")])
def test_a_path_that_leads_nowhere_is_told_beside_others(name: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(WrongInputError) as caught:
        find_recipes([tmp_path / name, tmp_path / "absent"])
    first, second = caught.value.problems
    assert told in first.what
    assert second.what == "isn't there"


def test_commands_about_changes_tell_of_a_link_in_a_circle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert run(["show-updated-recipes", str(tmp_path / "loop")]) == 2
    assert "Too many levels" in capsys.readouterr().err


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    closed = write(tmp_path / "all" / "tool" / "recipe.yaml").parent
    closed.chmod(0)
    if os.access(closed, os.R_OK):
        pytest.skip("this user may read everything")
    for path in (tmp_path / "all", closed):
        with pytest.raises(WrongInputError, match=r"tool: can't be read: Permission denied"):
            find_recipes([path])


def test_both_formats_are_ordered_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "a" / "meta.yaml", needs="b")
    write(tmp_path / "b" / "recipe.yaml", needs="c")
    write(tmp_path / "c" / "meta.yaml")
    builds = [one.build for one in render_all(find_recipes([tmp_path]), Rendering())]
    assert [(build.name, build.format) for build in build_order(requirements_graph(builds))] == [
        ("c", "v0"),
        ("b", "v1"),
        ("a", "v0"),
    ]


def test_faults_of_recipes_of_both_formats_are_told_together(tmp_path: Path) -> None:
    write(tmp_path / "a" / "meta.yaml").write_text("package:\n  name: a  # [win or]\n")
    write(tmp_path / "b" / "recipe.yaml").write_text("package: [\n")
    with pytest.raises(WrongInputError) as caught:
        render_all(find_recipes([tmp_path]), Rendering())
    places = [problem.where for problem in caught.value.problems]
    assert [Path(str(where.file)).parent.name for where in places if where] == ["a", "b"]


def test_a_requirement_that_is_no_match_spec_is_told_with_its_recipe_and_field(tmp_path: Path) -> None:
    recipe = write(tmp_path / "a" / "meta.yaml", needs="b .*")
    builds = [one.build for one in render_all([recipe], Rendering())]
    with pytest.raises(WrongInputError) as caught:
        requirements_graph(builds)
    assert f"{recipe}: requirements.host[0]: 'b .*' isn't a match spec" in str(caught.value)


def test_one_recipe_that_is_wrong_keeps_none_of_the_others_back(tmp_path: Path) -> None:
    write(tmp_path / "a" / "meta.yaml").write_bytes(b"\xff")
    write(tmp_path / "b" / "meta.yaml")
    failed, done = render_each(find_recipes([tmp_path]), Rendering())
    assert "isn't UTF-8 text" in str(failed.error)
    assert [one.build.name for one in done.rendered] == ["b"]
