from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from making import make_package
from workplace import Workplace

from ownconda.building.surroundings import other_surroundings
from ownconda.building.verification import Means, Verdict, Verification, verify
from ownconda.errors import NoError, OutsideError, WrongInputError
from ownconda.wires.progress import NoProgress

SHARE = "mkdir -p $PREFIX/share"
CAN_BE_ANOTHER = other_surroundings().user is not None
needs_namespaces = pytest.mark.skipif(not CAN_BE_ANOTHER, reason="this system lets nobody be another user")


def verified(
    workplace: Workplace, *packages: Path, channels: Sequence[str] = (), recipe: Path | None = None
) -> Verification:
    means = Means(channels=tuple(channels), store=workplace.store, limits=workplace.limits, recipe=recipe)
    return verify(packages, means, NoProgress())


def verdict(workplace: Workplace, name: str) -> Verdict:
    [found] = verified(workplace, workplace.package(name)).verdicts
    return found


def differences(workplace: Workplace, script: Sequence[str]) -> dict[str, str]:
    """Build a recipe with this script, verify it, and tell which files differ and how."""
    workplace.recipe("a", script=[SHARE, *script])
    assert workplace.statuses() == {"a": "built"}
    found = verdict(workplace, "a")
    assert found.error is None
    return {one.path: "\n".join(one.how) for one in found.differences}


def test_packages_that_depend_on_nothing_else_are_the_same(workplace: Workplace) -> None:
    recipe = workplace.recipe(
        "a",
        host=["library"],
        source=workplace.archive("a-1"),
        script=[SHARE, "cp hello.txt $PREFIX/share/", "sh $RECIPE_DIR/more/.hidden.sh", "pwd > $PREFIX/share/pwd"],
    )
    (recipe.parent / "more").mkdir()
    (recipe.parent / "more" / ".hidden.sh").write_text("cp -r $PREFIX/share/library $PREFIX/share/copied")
    (recipe.parent / "link").symlink_to("more/.hidden.sh")
    workplace.recipe("library")
    workplace.build()
    done = verified(workplace, workplace.package("a"), workplace.package("library"))
    assert [one.is_same for one in done.verdicts] == [True, True], done
    assert {"folder", "number of jobs"} < set(done.varied)


@pytest.mark.parametrize(
    "script",
    [
        "umask > $PREFIX/share/umask; touch $PREFIX/share/mode",
        "echo $LANG $LC_ALL > $PREFIX/share/locale",
        "date -d @0 > $PREFIX/share/zone",
        "python3 -c 'import time; print(time.tzname)' > $PREFIX/share/zone",
        "pwd | gzip -n > $PREFIX/share/pwd.gz",
        "pwd | xz > $PREFIX/share/pwd.xz",
        "echo hi > hi; date > now; gzip hi; cp hi.gz $PREFIX/share/",
        "for name in b a c; do echo $name > $PREFIX/share/$name; done",
        "echo $HOME > $PREFIX/share/home",
    ],
)
def test_what_a_script_finds_and_what_seal_puts_right_makes_no_difference(workplace: Workplace, script: str) -> None:
    assert differences(workplace, [script]) == {}


@needs_namespaces
def test_the_user_and_the_host_are_found_out(workplace: Workplace) -> None:
    found = differences(
        workplace, ["id -un > $PREFIX/share/user", "hostname > $PREFIX/share/host", "echo x > $PREFIX/y"]
    )
    assert found.keys() == {"share/user", "share/host"}
    assert f"+{other_surroundings().host_name}" in found["share/host"]


@pytest.mark.parametrize(
    "script", ["date +%s%N", "echo $RANDOM$RANDOM", "echo $CPU_COUNT", "cat /proc/sys/kernel/random/uuid"]
)
def test_the_hour_randomness_and_the_number_of_jobs_are_found_out(workplace: Workplace, script: str) -> None:
    assert differences(workplace, [f"{script} > $PREFIX/share/it", "echo x > $PREFIX/share/same"]).keys() == {
        "share/it"
    }


def test_a_difference_is_found_within_archives(workplace: Workplace) -> None:
    found = differences(
        workplace, ["mkdir d", "date +%N > d/now", "echo 1 > d/one", "tar cf - d | gzip > $PREFIX/share/d.tgz"]
    )
    assert found.keys() == {"share/d.tgz"}
    told = found["share/d.tgz"].splitlines()
    assert "  d/now:" in told
    assert "    @@ -1 +1 @@" in told


def test_a_package_that_cannot_be_made_again_says_why(workplace: Workplace) -> None:
    workplace.recipe("a", script=[f"if test -e {workplace.cache}.no; then exit 1; fi", SHARE])
    workplace.build()
    Path(f"{workplace.cache}.no").touch()
    assert isinstance(verdict(workplace, "a").error, NoError)


def test_a_locked_package_that_is_gone_is_named(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.recipe("a", host=["library"])
    workplace.build()
    workplace.package("library").unlink()
    error = verdict(workplace, "a").error
    assert isinstance(error, OutsideError)
    assert "library-1.0.0-" in str(error)


def test_a_package_from_elsewhere_has_nothing_to_be_made_from(workplace: Workplace, tmp_path: Path) -> None:
    foreign = make_package(tmp_path / "foreign" / "linux-64")
    [found] = verified(workplace, foreign).verdicts
    assert isinstance(found.error, WrongInputError)
    assert "carries no recipe and lock" in str(found.error)


def test_a_project_is_made_again_from_its_folder(workplace: Workplace) -> None:
    project = workplace.recipes / "project"
    (project / "conda").mkdir(parents=True)
    (project / "data.txt").write_text("hello\n")
    recipe = project / "conda" / "recipe.yaml"
    recipe.write_text(
        "package: {name: project, version: 1.0.0}\nsource: {path: ..}\n"
        "build: {script: ['mkdir -p $PREFIX/share', cp data.txt $PREFIX/share/]}\nabout: {license: MIT}\n"
    )
    workplace.build()
    package = workplace.package("project")
    [without] = verified(workplace, package).verdicts
    assert "made from the folder '..', which isn't in the package" in str(without.error)
    [found] = verified(workplace, package, recipe=project).verdicts
    assert found.is_same, found
    (project / "data.txt").write_text("changed\n")
    [changed] = verified(workplace, package, recipe=project).verdicts
    assert "wasn't made from" in str(changed.error)


def test_a_conda_build_recipe_is_verified_with_what_its_outputs_have_in_common(workplace: Workplace) -> None:
    workplace.recipe("library")
    workplace.meta(
        "split",
        "package: {name: split, version: '1.0.0'}\n"
        "requirements: {host: [library]}\n"
        "outputs:\n"
        "  - {name: split-one, files: [share/one]}\n"
        "  - {name: split-two, script: two.sh}\n"
        "about: {license: MIT}\n",
        build_sh="mkdir -p $PREFIX/share; cat $PREFIX/share/library/name > $PREFIX/share/one; pwd > pwd.txt\n",
        two_sh="mkdir -p $PREFIX/share; cp pwd.txt $PREFIX/share/two\n",
    )
    assert set(workplace.statuses().values()) == {"built"}
    done = verified(workplace, workplace.package("split-one"), workplace.package("split-two"))
    assert [one.is_same for one in done.verdicts] == [True, True], done


def test_with_verify_a_package_that_is_not_reproducible_never_enters_the_channel(workplace: Workplace) -> None:
    workplace.limits = replace(workplace.limits, verify=True)
    workplace.recipe("good")
    workplace.recipe("late", script=[SHARE, "date +%N > $PREFIX/share/now"])
    workplace.recipe("after", host=["late"])
    outcomes = workplace.build()
    assert {name: one.status for name, one in outcomes.items()} == {
        "good": "built",
        "late": "failed",
        "after": "left out",
    }
    assert isinstance(outcomes["late"].error, NoError)
    assert "late 1.0.0 isn't reproducible: made again, 1 file differs\n    share/now\n" in outcomes["late"].reason
    assert not list(workplace.output.glob("*/late*"))


def test_a_verified_build_leaves_the_same_package_as_any_other(workplace: Workplace) -> None:
    workplace.recipe("a")
    workplace.build()
    before = workplace.package("a").read_bytes()
    workplace.limits = replace(workplace.limits, verify=True)
    workplace.build(forced=True)
    assert workplace.package("a").read_bytes() == before


def test_what_is_told_first_is_the_cause(workplace: Workplace) -> None:
    workplace.recipe("a", script=[SHARE, "date +%N > $PREFIX/share/now"])
    workplace.build()
    assert [one.path for one in verdict(workplace, "a").differences] == ["share/now"]


def test_nothing_is_left_of_a_verification(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    workplace.recipe("a")
    workplace.build()
    before = sorted(path for path in workplace.output.rglob("*") if path.is_file())
    assert verdict(workplace, "a").is_same
    assert sorted(path for path in workplace.output.rglob("*") if path.is_file()) == before
    assert [path.name for path in temporary.iterdir() if "verify" in path.name] == []
