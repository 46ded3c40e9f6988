import json
import shutil
from pathlib import Path

import pytest
from workplace import Workplace, contents

from ownconda.building.output import output_folder
from ownconda.building.session import plan_only
from ownconda.conda.package_files import read_member, read_package
from ownconda.errors import OutsideError, WrongInputError
from ownconda.recipes.collection import read_recipes
from ownconda.recipes.rendering import Rendering


def listed(channel: Path) -> set[str]:
    repodata = [json.loads(path.read_text()) for path in channel.glob("*/repodata.json")]
    return {record["name"] for one in repodata for record in one["packages.conda"].values()}


def test_builds_use_what_was_built_before_and_land_in_an_indexed_channel(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.recipe("app", host=["library"], run=["library"], script=["cp -r $PREFIX/share/library $PREFIX/copied"])
    assert workplace.statuses() == {"library": "built", "app": "built"}
    assert listed(workplace.output) == {"library", "app"}
    assert json.loads((workplace.output / "noarch" / "repodata.json").read_text())["packages.conda"] == {}
    assert read_package(workplace.package("app")).depends == ("library",)


def test_nothing_is_built_twice(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.statuses()
    before = workplace.package("library").stat().st_mtime_ns
    assert workplace.statuses() == {"library": "there already"}
    assert workplace.package("library").stat().st_mtime_ns == before


def test_a_changed_recipe_is_built_again_with_what_was_built_against_it(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.recipe(
        "app", host=["library"], script=["mkdir -p $PREFIX/app", "cat $PREFIX/share/library/* > $PREFIX/app/copy"]
    )
    workplace.recipe("other")
    workplace.statuses()
    workplace.recipe("library", script=["mkdir -p $PREFIX/share/library", "echo new > $PREFIX/share/library/name"])
    outcomes = workplace.build()
    assert contents(workplace.package("app"))["app/copy"] == b"new\n"
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "library": "built",
        "app": "built",
        "other": "there already",
    }


def test_a_dependent_that_an_interruption_left_behind_is_built_again(workplace: Workplace) -> None:
    workplace.recipe("library")
    app = workplace.recipe("app", host=["library"])
    workplace.statuses()
    aside = shutil.move(app.parent, workplace.recipes.parent / "aside")
    workplace.recipe("library", script=["mkdir -p $PREFIX/share", "echo new > $PREFIX/share/library"])
    assert workplace.statuses() == {"library": "built"}
    shutil.move(aside, app.parent)
    assert workplace.statuses() == {"library": "there already", "app": "built"}


def test_a_failing_build_stops_only_what_needs_it_and_shows_the_end_of_its_log(workplace: Workplace) -> None:
    workplace.recipe("broken", script=["echo the compiler says no", "false"])
    workplace.recipe("app", host=["broken"])
    workplace.recipe("other")
    outcomes = workplace.build()
    assert [outcomes[name].status for name in ("broken", "app", "other")] == ["failed", "left out", "built"]
    assert "the compiler says no" in outcomes["broken"].reason
    assert listed(workplace.output) == {"other"}
    workplace.recipe("broken")
    assert workplace.statuses() == {"broken": "built", "app": "built", "other": "there already"}


def test_a_package_whose_tests_fail_never_enters_the_channel(workplace: Workplace) -> None:
    workplace.recipe("wrong", test=["test -e $PREFIX/share/absent"])
    outcomes = workplace.build()
    assert outcomes["wrong"].status == "failed"
    assert "the tests of wrong failed" in outcomes["wrong"].reason
    assert not list(workplace.output.glob("*/*.conda"))


def test_what_a_requirement_needs_to_run_is_built_before_it_is_used(workplace: Workplace) -> None:
    workplace.recipe("app", host=["framework"])
    workplace.recipe("framework", run=["library"])
    workplace.recipe("library", host=["tool"])
    workplace.recipe("tool")
    assert set(workplace.statuses().values()) == {"built"}


def test_tests_wait_for_packages_that_they_need_and_that_are_built_later(workplace: Workplace) -> None:
    workplace.recipe("first", test_needs=["second"], test=["test -e $PREFIX/share/second/name"])
    workplace.recipe("second", host=["first"])
    assert workplace.statuses() == {"first": "built", "second": "built"}


def test_a_package_that_fails_a_test_that_waited_leaves_the_channel_again(workplace: Workplace) -> None:
    workplace.recipe("first", test_needs=["second"], test=["test -e $PREFIX/share/absent"])
    workplace.recipe("second", host=["first"])
    assert workplace.statuses() == {"first": "failed", "second": "built"}
    assert listed(workplace.output) == {"second"}


def test_sources_are_recorded_under_the_recipes_address(workplace: Workplace) -> None:
    workplace.recipe(
        "a", source=workplace.archive("a-1"), script=["mkdir -p $PREFIX/share", "cp hello.txt $PREFIX/share/"]
    )
    workplace.build()
    rendered = read_member(workplace.package("a"), "info/recipe/rendered_recipe.yaml")
    assert rendered is not None
    assert b"https://upstream.invalid/a-1.tar.gz" in rendered
    assert b"file:///" not in rendered.replace(b"file:///ownconda/channel", b"")


def test_a_wrong_checksum_is_told_with_both_and_nothing_is_built(workplace: Workplace) -> None:
    source = workplace.archive("a-1")
    workplace.archive("a-1", b"something else\n")
    workplace.recipe("a", source=source)
    outcome = workplace.build()["a"]
    assert outcome.status == "failed"
    assert isinstance(outcome.error, WrongInputError)
    assert "sha256" in str(outcome.error)


def test_a_source_that_no_place_has_is_something_outside_that_is_missing(workplace: Workplace) -> None:
    source = workplace.archive("a-1")
    (workplace.archives / "a-1.tar.gz").unlink()
    workplace.recipe("a", source=source)
    assert isinstance(workplace.build()["a"].error, OutsideError)


def test_an_alternative_source_stands_in_and_is_what_the_package_names(workplace: Workplace) -> None:
    absent = "0" * 64
    digest = workplace.archive("b-1").rpartition("sha256: ")[2].rstrip("}")
    workplace.recipe(
        "b",
        source=f"source: {{url: 'https://upstream.invalid/b-1.orig.tar.gz', sha256: {absent}}}",
        script=["mkdir -p $PREFIX/share", "cp hello.txt $PREFIX/share/"],
        more="extra: {ownconda: {alternative_sources: [{instead_of: '"
        + absent
        + f"', url: 'https://other.invalid/b-1.tar.gz', sha256: {digest}, note: repacked}}]}}}}\n",
    )
    assert workplace.statuses() == {"b": "built"}
    record = json.loads(read_member(workplace.package("b"), "info/ownconda.json") or b"{}")
    assert record["sources"] == [{"url": "https://other.invalid/b-1.tar.gz", "sha256": digest, "note": "repacked"}]


def test_a_project_folder_is_a_source_and_its_changes_count(workplace: Workplace) -> None:
    project = workplace.recipes / "project"
    (project / "conda").mkdir(parents=True)
    (project / "data.txt").write_text("one")
    (project / "conda" / "recipe.yaml").write_text(
        "package: {name: project, version: 1.0.0}\nsource: {path: ..}\n"
        "build: {script: [mkdir -p $PREFIX/share, cp data.txt $PREFIX/share/]}\nabout: {license: MIT}\n"
    )
    assert workplace.statuses() == {"project": "built"}
    assert workplace.statuses() == {"project": "there already"}
    (project / "data.txt").write_text("two")
    assert workplace.statuses() == {"project": "built"}


def test_an_output_below_the_recipe_is_no_part_of_it(tmp_path: Path) -> None:
    recipe = tmp_path / "project" / "recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text(
        "package: {name: a, version: 1.0.0}\nsource: {path: .}\n"
        "build: {script: [mkdir -p $PREFIX/share, find . -name '*.conda' > $PREFIX/share/found]}\n"
        "about: {license: MIT}\n"
    )
    workplace = Workplace(tmp_path)
    workplace.recipes, workplace.output = recipe.parent, recipe.parent / ".ownconda" / "channel"
    assert workplace.statuses() == {"a": "built"}
    assert workplace.statuses() == {"a": "there already"}
    assert workplace.statuses(forced=True) == {"a": "built"}
    assert contents(workplace.package("a"))["share/found"] == b""


def test_links_that_lead_out_of_a_recipe_are_followed(workplace: Workplace) -> None:
    recipe = workplace.recipe("a", script=["cp $RECIPE_DIR/shared.txt $PREFIX/"])
    (workplace.recipes / "shared.txt").write_text("shared")
    (recipe.parent / "shared.txt").symlink_to("../shared.txt")
    assert workplace.statuses() == {"a": "built"}
    (workplace.recipes / "shared.txt").write_text("changed")
    assert workplace.statuses() == {"a": "built"}
    assert contents(workplace.package("a"))["shared.txt"] == b"changed"


def test_a_git_source_has_to_name_its_commit(workplace: Workplace) -> None:
    workplace.recipe("a", source="source: {git: 'https://git.invalid/a.git'}")
    outcome = workplace.build()["a"]
    assert outcome.status == "failed"
    assert "neither rev nor tag" in outcome.reason


def test_a_requirement_that_nobody_makes_is_told_before_anything_is_built(workplace: Workplace) -> None:
    workplace.recipe("numpy")
    recipe = workplace.recipe("app", host=["nmupy >=2", "__glibc"])
    with pytest.raises(WrongInputError) as caught:
        workplace.build()
    [problem] = caught.value.problems
    assert str(problem) == f"{recipe}:8: requirements.host[0]: unknown package 'nmupy'"
    assert problem.hint == "did you mean 'numpy'?"
    assert not list(workplace.output.glob("*/*.conda"))


def test_a_requirement_may_come_from_a_channel_that_is_given(workplace: Workplace, tmp_path: Path) -> None:
    workplace.recipe("library")
    workplace.statuses()
    other = Workplace(tmp_path / "other")
    other.recipe("app", host=["library"], script=["cp -r $PREFIX/share/library $PREFIX/copied"])
    other.channels = (workplace.output.as_uri(),)
    assert other.statuses() == {"app": "built"}


def test_a_damaged_package_in_the_output_is_built_again(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.statuses()
    workplace.package("a").write_bytes(b"")
    (workplace.output / "noarch" / "notes.conda").write_text("not a package")
    assert workplace.statuses() == {"a": "built"}
    assert read_package(workplace.package("a")).name == "a"


def test_planning_alone_touches_nothing(workplace: Workplace) -> None:
    workplace.recipe("a")
    recipes = read_recipes([workplace.recipes], Rendering())
    assert [step.reason for step in plan_only(recipes, workplace.output).steps] == ["new"]
    assert not workplace.output.exists()


def test_two_recipes_that_make_the_same_file_are_refused_before_anything_is_built(workplace: Workplace) -> None:
    text = workplace.recipe("a").read_text()
    workplace.recipe("b").write_text(text)
    recipes = read_recipes([workplace.recipes], Rendering())
    with pytest.raises(WrongInputError, match="and so does"):
        plan_only(recipes, workplace.output)
    with pytest.raises(WrongInputError, match="and so does"):
        workplace.build()
    assert listed(workplace.output) == set()


def test_a_package_for_another_platform_is_not_tested_here(workplace: Workplace) -> None:
    workplace.recipe("a", test=["false"], more="extra: {ownconda: {needs_no_compiler: true}}")
    workplace.platform = "osx-arm64"
    assert workplace.statuses() == {"a": "built"}
    assert listed(workplace.output) == {"a"}


def test_a_script_that_prints_other_bytes_than_utf8_fails_at_once(workplace: Workplace) -> None:
    workplace.recipe("loud", script=["printf 'warnung \\374ber\\n'", "seq 1 30000"])
    workplace.recipe("other")
    outcomes = workplace.build()
    assert "isn't UTF-8" in outcomes["loud"].reason
    assert outcomes["other"].status == "built"


def test_modules_in_the_current_folder_are_not_run(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    workplace.recipe("a")
    (workplace.recipes / "json.py").write_text("raise SystemExit('run by accident')")
    monkeypatch.chdir(workplace.recipes)
    assert workplace.statuses() == {"a": "built"}


def test_a_second_build_in_the_same_folder_is_refused_at_once(workplace: Workplace) -> None:
    workplace.recipe("a")
    with output_folder(workplace.output), pytest.raises(OutsideError, match="another build"):
        workplace.build()


def test_the_scratch_folder_is_gone_afterwards(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.recipe("broken", script=["false"])
    workplace.build()
    assert not list(workplace.output.rglob("rattler-build_*"))


def test_why_an_environment_cannot_be_solved_is_told(workplace: Workplace) -> None:
    workplace.recipe("lib")
    workplace.recipe("app", host=["lib 9.*"])
    assert "No candidates were found for lib 9.*" in workplace.build()["app"].reason
