import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., list[str]]


CYCLIC = "package: {name: zlib, version: 1.0.0}\nrequirements: {host: [app]}\n"


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@own.example"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a committed repository with two recipes, one of which needs the other, and a project."""
    recipes = tmp_path / "recipes"
    write(recipes / "zlib" / "recipe.yaml", "package: {name: zlib, version: 1.0.0}\n")
    write(recipes / "zlib" / "build.sh", "true\n")
    write(
        recipes / "app" / "recipe.yaml",
        "package: {name: app, version: 1.0.0}\nrequirements: {host: [zlib, python]}\n",
    )
    write(recipes / "variants.yaml", "python: ['3.13.*']\nperl: ['5.32']\n")
    write(recipes / "project" / "conda" / "recipe.yaml", "package: {name: own, version: 1.0.0}\nsource: {path: ..}\n")
    write(recipes / "project" / "src" / "own.py", "answer = 42\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def shown(repository: Path, *arguments: str) -> list[str]:
    return told(repository, *arguments).stdout.splitlines()


def told(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ownconda", "show-updated-recipes", *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )


def parsed(lines: list[str]) -> list[dict[str, object]]:
    return list(json.loads("\n".join(lines)))


def test_nothing_is_shown_when_nothing_changed(repository: Path) -> None:
    assert shown(repository) == []


def test_a_changed_a_new_and_a_deleted_file_count(repository: Path) -> None:
    write(repository / "recipes" / "app" / "notes.txt", "new")
    (repository / "recipes" / "zlib" / "build.sh").unlink()
    assert sorted(shown(repository)) == ["app", "zlib"]


def test_a_renamed_recipe_counts(repository: Path) -> None:
    (repository / "recipes" / "zlib").rename(repository / "recipes" / "zlib-1")
    assert shown(repository) == ["zlib"]


def test_a_deleted_recipe_is_told_beside_what_can_be_built(repository: Path) -> None:
    for name in ("zlib", "project"):
        shutil.rmtree(repository / "recipes" / name)
    write(repository / "recipes" / "app" / "build.sh", "make\n")
    done = told(repository, "--paths")
    assert done.stdout.splitlines() == [f"{repository}/recipes/app"]
    assert done.stderr.splitlines() == [
        f"deleted: {repository}/recipes/project/conda",
        f"deleted: {repository}/recipes/zlib",
    ]
    assert [(one["name"], one["package"] is None, one["reason"]) for one in parsed(shown(repository, "--json"))] == [
        ("app", False, "build.sh changed"),
        ("project", True, "deleted"),
        ("zlib", True, "deleted"),
    ]


def test_a_recipe_in_another_format_is_not_deleted_nor_is_what_was_no_recipe(repository: Path) -> None:
    recipes = repository / "recipes"
    write(recipes / "app" / "tests" / "data" / "recipe.yaml", "package: {name: data, version: 1.0.0}\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "second")
    (recipes / "zlib" / "recipe.yaml").unlink()
    write(recipes / "zlib" / "meta.yaml", "package:\n  name: zlib\n  version: 1.0.0\n")
    shutil.rmtree(recipes / "app" / "tests")
    done = told(repository)
    assert (sorted(done.stdout.split()), done.stderr) == (["app", "zlib"], "")


def test_recipes_that_need_each_other_are_shown_as_any_others(repository: Path) -> None:
    write(repository / "recipes" / "zlib" / "recipe.yaml", CYCLIC)
    assert shown(repository, "--with-dependents") == ["zlib", "app"]


def test_a_projects_own_files_count(repository: Path) -> None:
    write(repository / "recipes" / "project" / "src" / "own.py", "answer = 43\n")
    assert shown(repository) == ["own"]


def test_a_variant_counts_for_the_recipes_that_use_it(repository: Path) -> None:
    write(repository / "recipes" / "variants.yaml", "python: ['3.14.*']\nperl: ['5.32']\n")
    assert shown(repository) == ["app"]
    write(repository / "recipes" / "variants.yaml", "python: ['3.13.*']\nperl: ['5.40']\n")
    assert shown(repository) == []


def test_dependents_come_with_the_option(repository: Path) -> None:
    write(repository / "recipes" / "zlib" / "build.sh", "make\n")
    assert shown(repository, "--with-dependents") == ["zlib", "app"]


def test_commits_since_a_revision_count(repository: Path) -> None:
    write(repository / "recipes" / "zlib" / "build.sh", "make\n")
    git(repository, "commit", "-qam", "second")
    assert shown(repository) == []
    assert shown(repository, "--since", "HEAD~1") == ["zlib"]


def test_json_says_why(repository: Path) -> None:
    write(repository / "recipes" / "zlib" / "build.sh", "make\n")
    [one] = parsed(shown(repository, "--json"))
    assert (one["name"], one["reason"]) == ("zlib", "build.sh changed")


def test_a_revision_that_is_not_there_is_wrong_input(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ownconda", "show-updated-recipes", "--since", "nowhere"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "git knows no revision 'nowhere'" in done.stderr
