from pathlib import Path

import pytest

from ownconda.errors import Where, WrongInputError
from ownconda.sources.git_source import GitSource, parse_git_source, submodule_address

COMMIT = "0123456789abcdef0123456789abcdef01234567"
URL = "https://git.invalid/group/tool.git"


def parsed(**fields: object) -> GitSource:
    return parse_git_source(fields, folder=Path("/recipes/tool"), where=Where(file="recipe.yaml"))


@pytest.mark.parametrize(
    ("fields", "commit", "tag"),
    [
        ({"git": URL, "rev": COMMIT}, COMMIT, None),
        ({"git": URL, "rev": COMMIT.upper()}, COMMIT, None),
        ({"git": URL, "rev": "refs/tags/v1.0"}, None, "v1.0"),
        ({"git": URL, "rev": "v1.0"}, None, "v1.0"),
        ({"git": URL, "tag": "release/1.0"}, None, "release/1.0"),
        ({"git_url": URL, "git_rev": COMMIT, "git_depth": "-1"}, COMMIT, None),
        ({"git_url": URL, "git_tag": "v1.0"}, None, "v1.0"),
    ],
)
def test_either_format_names_a_commit_or_a_tag(fields: dict[str, object], commit: str | None, tag: str | None) -> None:
    assert parsed(**fields) == GitSource(url=URL, commit=commit, tag=tag)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"git": URL}, "has neither rev nor tag"),
        ({"git_url": URL, "git_rev": "HEAD"}, "has neither rev nor tag"),
        ({"git": URL, "rev": "refs/heads/main"}, "'main' is a branch, which moves"),
        ({"git": URL, "branch": "main"}, "'main' is a branch, which moves"),
        ({"git_url": URL, "git_branch": "main"}, "'main' is a branch, which moves"),
        ({"git": URL, "rev": "a..b"}, "is no tag"),
        ({"git": URL, "rev": "--upload-pack=evil"}, "is no tag"),
        ({"git": URL, "rev": COMMIT, "lfs": True}, "Git LFS"),
        ({"git": "ext::sh -c evil", "rev": COMMIT}, "is no address"),
        ({"git": "--upload-pack=evil", "rev": COMMIT}, "is no address"),
        ({"git": "ftp://git.invalid/x", "rev": COMMIT}, "is no address"),
    ],
)
def test_what_names_no_commit_or_could_run_something_is_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(WrongInputError, match=fault) as caught:
        parsed(**fields)
    assert str(caught.value).startswith("recipe.yaml: ")


@pytest.mark.parametrize(
    ("url", "meant", "local"),
    [
        ("../project", "/recipes/project", True),
        ("/srv/git/tool", "/srv/git/tool", True),
        ("file:///srv/git/tool", "file:///srv/git/tool", True),
        ("git@git.invalid:group/tool.git", "git@git.invalid:group/tool.git", False),
        ("ssh://git@git.invalid/tool", "ssh://git@git.invalid/tool", False),
    ],
)
def test_a_folder_is_relative_to_the_recipe_and_asks_no_host(url: str, meant: str, local: bool) -> None:  # noqa: FBT001
    source = parsed(git=url, rev=COMMIT)
    assert (source.url, source.is_local) == (meant, local)


def test_a_label_tells_no_password() -> None:
    assert parsed(git="https://me:secret@git.invalid/a.git", rev="v1").label == "https://***@git.invalid/a.git@v1"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URL, "tool"),
        ("git@git.invalid:tool.git", "tool"),
        ("/srv/..odd name/", "odd-name"),
        ("https://x/.git", "repository"),
    ],
)
def test_a_repository_is_called_as_its_address_ends(url: str, name: str) -> None:
    assert GitSource(url=url, tag="v1").name == name


@pytest.mark.parametrize(
    ("url", "parent", "meant"),
    [
        ("../other.git", URL, "https://git.invalid/group/other.git"),
        ("../../x/other", URL, "https://git.invalid/x/other"),
        ("./inner", URL, f"{URL}/inner"),
        ("../other", "git@git.invalid:group/tool.git", "git@git.invalid:group/other"),
        ("https://else.invalid/a", URL, "https://else.invalid/a"),
    ],
)
def test_a_submodule_s_address_may_be_relative_to_its_parent_s(url: str, parent: str, meant: str) -> None:
    assert submodule_address(url, parent) == meant
