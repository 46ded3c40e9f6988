import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., list[str]]


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
    done = subprocess.run(
        [sys.executable, "-m", "ownconda", "show-updated-recipes", *arguments],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_nothing_is_shown_when_nothing_changed(repository: Path) -> None:
    assert shown(repository) == []


def test_a_changed_a_new_and_a_deleted_file_count(repository: Path) -> None:
    write(repository / "recipes" / "app" / "notes.txt", "new")
    (repository / "recipes" / "zlib" / "build.sh").unlink()
    assert sorted(shown(repository)) == ["app", "zlib"]


def test_a_renamed_recipe_counts(repository: Path) -> None:
    (repository / "recipes" / "zlib").rename(repository / "recipes" / "zlib-1")
    assert shown(repository) == ["zlib"]


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
    [one] = json.loads("\n".join(shown(repository, "--json")))
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
    assert "git rev-parse" in done.stderr
