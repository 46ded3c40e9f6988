"""The command: what it prints where, its exit codes, its reports, its mending."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ownconda.cli.main import run
from ownconda.recipes.all_rules import RULES

GOOD = """\
package:
  name: tool
  version: 1.0.0

build:
  number: 0
  noarch: generic

tests:
  - script: tool

about:
  homepage: https://tool.example
  license: MIT
  license_file: LICENSE
  summary: A tool
"""
Validate = Callable[..., int]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with one recipe that keeps every rule."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write(tmp_path / "recipes" / "tool", GOOD)
    return tmp_path


def write(folder: Path, text: str, name: str = "recipe.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "LICENSE").write_text("MIT\n")
    (folder / name).write_text(text)
    return folder / name


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@own.example"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


def test_recipes_that_keep_every_rule_are_counted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate-recipes"]) == 0
    assert capsys.readouterr() == ("", "1 recipe: 0 errors, 0 warnings\n")
    assert project


def test_findings_are_told_recipe_by_recipe_with_place_rule_and_hint(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "recipes" / "one", GOOD.replace("tool", "one").replace("number", "numbr"), "recipe.yaml")
    write(project / "recipes" / "two", GOOD.replace("tool", "two").replace("1.0.0", "v1.0.0"))
    assert run(["validate-recipes", "recipes"]) == 1
    out, err = capsys.readouterr()
    assert out == (
        "warning: recipes/one/recipe.yaml:5: build: there is no build number [missing-build-number]\n"
        "hint: write build.number: 0\n"
        "error: recipes/one/recipe.yaml:6: build.numbr: unknown key 'numbr' [unknown-key]\n"
        "hint: did you mean 'number'?\n"
        "\n"
        "warning: recipes/two/recipe.yaml:3: package.version: the version 'v1.0.0' begins with a letter [odd-version]\n"
        "hint: write '1.0.0'\n"
    )
    assert err == "3 recipes: 1 error, 2 warnings\n"


def test_warnings_alone_leave_the_exit_code_0(project: Path) -> None:
    write(project / "recipes" / "tool", GOOD.replace("1.0.0", "v1.0.0"))
    assert run(["validate-recipes"]) == 0


def test_settings_decide_on_severities_by_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "recipes" / "tool", GOOD.replace("1.0.0", "v1.0.0"))
    (project / "ownconda.toml").write_text('[validate.rules]\nodd-version = "error"\n')
    assert run(["validate-recipes"]) == 1
    (project / "ownconda.toml").write_text('[validate.folders."recipes/to*"]\nodd-version = "off"\n')
    assert run(["validate-recipes"]) == 0
    assert capsys.readouterr().err.endswith("1 recipe: 0 errors, 0 warnings\n")


@pytest.mark.parametrize(
    "settings",
    [
        '[policy]\nlicences_denied = ["MI*"]\n',
        '[policy]\nlicences_allowed = ["BSD-*"]\n',
        '[policy]\nhosts_allowed = ["*.gnu.org"]\n',
        '[policy]\nsystem_libraries = ["libz.so.1"]\n',
        '[policy]\nglibc = "2.17"\n',
        '[policy.requirements_forbidden]\n"nump*" = "too large"\n',
        '[policy.requirements_replaced]\nnumpy = "array"\n[validate.rules]\nreplaced-requirement = "error"\n',
    ],
)
def test_the_policy_comes_from_the_settings(settings: str, project: Path) -> None:
    source = f"source:\n  url: https://tool.example/t.tar.gz\n  sha256: {'0' * 64}\n"
    linking = "  dynamic_linking:\n    missing_dso_allowlist: [libc.so.6]\n"
    needs = "requirements:\n  run:\n    - numpy >=2\n    - __glibc >=2.28\n"
    text = GOOD.replace("  noarch: generic\n", f"{linking}\n{needs}").replace("\nbuild:", f"{source}\nbuild:")
    write(project / "recipes" / "tool", text)
    arguments = ["validate-recipes", "--target-platform", "linux-64"]
    assert run(arguments) == 0
    (project / "ownconda.toml").write_text(settings)
    assert run(arguments) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "isn't there"),
        (["--explain", "mising-hash"], "did you mean 'missing-hash'?"),
        (["--out", "yaml"], "'yaml' is none of text, json, junit, codequality, sarif"),
        (["--out", "json", "--out", "junit"], "only one format can go to stdout"),
        (["--dry-run"], "--dry-run is about --fix"),
        (["--since", "nowhere"], "git rev-parse"),
    ],
)
def test_wrong_usage_is_told(
    arguments: list[str], told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["validate-recipes", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert project


def test_a_setting_about_a_rule_that_does_not_exist_is_wrong(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "ownconda.toml").write_text('[validate.rules]\nodd-verson = "off"\n')
    assert run(["validate-recipes"]) == 2
    assert "there is no rule 'odd-verson'" in capsys.readouterr().err


def test_several_reports_are_written_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "recipes" / "tool", GOOD.replace("1.0.0", "v1.0.0"))
    (project / ".git").mkdir()
    outputs = ["--out=text", "--out=codequality=out/quality.json", "--out=junit=out/junit.xml", "--out=sarif=out/s"]
    assert run(["validate-recipes", *outputs]) == 0
    assert "[odd-version]" in capsys.readouterr().out
    [entry] = json.loads((project / "out" / "quality.json").read_text())
    assert entry["location"]["path"] == "recipes/tool/recipe.yaml"
    assert sorted(path.name for path in (project / "out").iterdir()) == ["junit.xml", "quality.json", "s"]


def test_json_goes_to_stdout(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "recipes" / "tool", GOOD.replace("1.0.0", "v1.0.0"))
    assert run(["validate-recipes", "--json"]) == 0
    [entry] = json.loads(capsys.readouterr().out)
    assert (entry["rule"], entry["line"]) == ("odd-version", 3)


def test_a_channel_knows_what_no_recipe_makes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = "requirements:\n  run:\n    - nmupy >=2\n    - tool >=1\n\ntests:"
    write(project / "recipes" / "other", GOOD.replace("name: tool", "name: other").replace("tests:", needs))
    record = {"name": "numpy", "version": "2", "build": "0", "build_number": 0, "depends": [], "subdir": "noarch"}
    repodata = {"packages": {"numpy-2-0.tar.bz2": record}, "packages.conda": {}}
    for subdir in ("noarch", "linux-64"):
        (project / "channel" / subdir).mkdir(parents=True)
        (project / "channel" / subdir / "repodata.json").write_text(json.dumps(repodata))
    arguments = ["validate-recipes", "-c", "./channel", "--target-platform", "linux-64"]
    assert run(arguments) == 1
    out = capsys.readouterr().out
    assert "unknown package 'nmupy' [unknown-requirement]\nhint: did you mean 'numpy'?\n" in out
    assert "'tool'" not in out


def test_a_recipe_that_changed_needs_another_build_number(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    write(project / "recipes" / "new", GOOD.replace("tool", "new"))
    assert run(["validate-recipes", "--since", "HEAD"]) == 0
    (project / "recipes" / "tool" / "LICENSE").write_text("MIT, and more\n")
    assert run(["validate-recipes"]) == 0
    assert run(["validate-recipes", "--since", "HEAD"]) == 1
    assert "LICENSE changed, but the build number is still 0 [number-not-raised]" in capsys.readouterr().out
    assert run(["validate-recipes", "--since", "HEAD", "--fix"]) == 0
    assert (project / "recipes" / "tool" / "recipe.yaml").read_text() == GOOD.replace("number: 0", "number: 1")
    assert run(["validate-recipes", "--since", "HEAD"]) == 0


def test_a_new_version_needs_no_other_build_number(project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    write(project / "recipes" / "tool", GOOD.replace("1.0.0", "1.1.0"))
    assert run(["validate-recipes", "--since", "HEAD"]) == 0


def test_what_can_be_mended_is_shown_or_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(project / "recipes" / "tool", GOOD.replace("number: 0", "number: 0  "))
    before = recipe.read_text()
    assert run(["validate-recipes", "--fix", "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("--- a/recipes/tool/recipe.yaml\n+++ b/recipes/tool/recipe.yaml\n@@")
    assert "-  number: 0  \n+  number: 0\n" in out
    assert err.startswith("could be mended: recipes/tool/recipe.yaml (untidy-lines)\n")
    assert recipe.read_text() == before
    assert run(["validate-recipes", "--fix"]) == 0
    assert recipe.read_text() == GOOD


def test_a_link_in_a_circle_beside_a_recipe_keeps_nothing_from_being_mended(project: Path) -> None:
    recipe = write(project / "recipes" / "tool", f"{GOOD}\n\n")
    (recipe.parent / "circle").symlink_to("circle")
    assert run(["validate-recipes", "--fix"]) == 0
    assert recipe.read_text() == GOOD


def test_a_variants_file_that_is_no_text_is_told_where_it_is_used(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variants = project / "recipes" / "variants.yaml"
    variants.write_text("a: ['1']\n")
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "all")
    variants.write_bytes(b"a: ['\xe9']\n")
    assert run(["validate-recipes", "--since", "HEAD"]) == 1
    assert "recipes/variants.yaml:1: isn't UTF-8 text" in capsys.readouterr().out


def test_a_recipe_that_cannot_be_written_keeps_no_other_from_being_mended(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (write(project / "recipes" / name, f"{GOOD}\n\n".replace("tool", name)) for name in ("a", "b"))
    first.parent.chmod(0o555)
    if os.access(first.parent, os.W_OK):
        pytest.skip("this user may write everything")
    assert run(["validate-recipes", "--fix"]) == 3
    out, err = capsys.readouterr()
    assert "recipes/a/recipe.yaml:16: empty lines at the end [untidy-lines]" in out
    assert f"error: {first}: can't be written: Permission denied" in err
    assert second.read_text() == GOOD.replace("tool", "b")


def test_every_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in RULES:
        assert run(["validate-recipes", "--explain", rule.name]) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"{rule.name} ({rule.severity})\n")
        assert f"    {rule.bad.text.splitlines()[0]}" in out


def test_all_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate-recipes", "--rules"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["RULE", *(rule.name for rule in RULES)]


def test_what_a_recipe_holds_cannot_act_on_the_terminal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "recipes" / "tool", 'package:\n  name: tool\n  version: 1\n"\\x1b[31m": 1\n', "recipe.yaml")
    assert run(["validate-recipes"]) == 1
    assert "\x1b" not in capsys.readouterr().out
