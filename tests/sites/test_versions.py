"""Which version is a release, and which one an alias stands for."""

import pytest

from ownconda.sites.site import Site
from ownconda.sites.versions import is_branch, is_release, latest, newest_first, stable


def site(version: str, *, at: int = 0) -> Site:
    return Site(project="shop", version=version, sha256="", form="zip", title="", files=1, size=1, at=at, author="")


@pytest.mark.parametrize("version", ["main", "feature-x", "3.x", "2.1.x", "next", "v-one"])
def test_a_branch_goes_on_changing(version: str) -> None:
    assert is_branch(version)
    assert not is_release(version)


@pytest.mark.parametrize("version", ["1.0", "v2.1", "2026.11", "1.0.post1", "3"])
def test_a_number_is_a_release(version: str) -> None:
    assert is_release(version)


@pytest.mark.parametrize("version", ["1.0a1", "1.0-rc1", "2.0.dev3", "v3.0beta2", "1.0rc"])
def test_what_comes_before_a_release_is_neither(version: str) -> None:
    assert not is_branch(version)
    assert not is_release(version)


def test_versions_are_in_condas_order_and_branches_after_them() -> None:
    sites = [site(one) for one in ("1.9", "main", "1.10", "v2.0", "2.0rc1", "docs-fix")]
    assert [one.version for one in newest_first(sites)] == ["v2.0", "2.0rc1", "1.10", "1.9", "docs-fix", "main"]


@pytest.mark.parametrize(
    ("versions", "stable_one", "latest_one"),
    [
        (("1.0", "2.0rc1", "main"), "1.0", "main"),
        (("1.0", "2.0rc1"), "1.0", "2.0rc1"),
        (("1.9", "1.10", "feature-x"), "1.10", "1.10"),
        (("2.0rc1",), None, "2.0rc1"),
        (("master", "main"), None, "main"),
    ],
)
def test_aliases_stand_for_the_highest_release_and_the_default_branch(
    versions: tuple[str, ...], stable_one: str | None, latest_one: str
) -> None:
    sites = [site(one) for one in versions]
    found = stable(sites)
    assert (found.version if found else None) == stable_one
    assert (newest := latest(sites))
    assert newest.version == latest_one


def test_of_branches_alone_the_one_that_came_last_is_the_latest() -> None:
    newest = latest([site("a", at=2), site("b", at=1)])
    assert newest
    assert newest.version == "a"
