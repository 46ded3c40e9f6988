from pathlib import Path

import pytest
from repositories import git, make_repository

from ownconda.git.commit import commit_of, is_modified, public_address


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://gitlab.example/team/recipes.git", "https://gitlab.example/team/recipes.git"),
        ("https://gitlab-ci-token:secret@gitlab.example/team/recipes.git", "https://gitlab.example/team/recipes.git"),
        ("ssh://git@gitlab.example:2222/team/recipes.git", "ssh://gitlab.example:2222/team/recipes.git"),
        ("git@gitlab.example:team/recipes.git", "ssh://gitlab.example/team/recipes.git"),
        ("/srv/recipes.git", ""),
        ("file:///srv/recipes.git", ""),
        ("../recipes.git", ""),
        ("", ""),
    ],
)
def test_an_address_holds_no_secret_and_no_folder_of_this_machine(remote: str, address: str) -> None:
    assert public_address(remote) == address


def test_outside_a_repository_and_before_its_first_commit_there_is_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert commit_of(tmp_path) is None


def test_changed_removed_and_new_files_modify_what_is_committed(tmp_path: Path) -> None:
    root = tmp_path / "r"
    commit = make_repository(root, {"a/one": "1", "b/two": "2", ".gitignore": "*.log\n"})
    found = commit_of(root / "a")
    assert found is not None
    assert (found.commit, found.root) == (commit, root.resolve())
    out = root / "out"
    assert not is_modified(found, [root / "a"], without=out)
    (root / "a" / "noise.log").write_text("ignored")
    (root / "b" / "two").write_text("another folder's")
    assert not is_modified(found, [root / "a"], without=out)
    assert is_modified(found, [root / "a", root / "b"], without=out)
    (root / "a" / "one").unlink()
    assert is_modified(found, [root / "a"], without=out)
