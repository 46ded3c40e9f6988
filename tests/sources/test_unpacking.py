import itertools

import pytest

from ownconda.sources import unpacking
from ownconda.sources.members import Member
from ownconda.sources.unpacking import ALWAYS_FINE, judge


def file(path: str, size: int = 0) -> Member:
    return Member(path=path, kind="file", size=size)


def folder(path: str) -> Member:
    return Member(path=path, kind="folder")


def link(path: str, target: str) -> Member:
    return Member(path=path, kind="link", target=target)


def hard_link(path: str, target: str) -> Member:
    return Member(path=path, kind="hard link", target=target)


def faults(*members: Member) -> tuple[str, ...]:
    return judge(members, packed=1000).faults


@pytest.mark.parametrize(
    "members",
    [
        [file("p/a"), file("./p//b"), folder("p/c/")],
        [file("p/a"), file("p/a")],
        [file("p/a"), link("p/b", "a"), link("p/c/d", "../a"), link("p/e", "nowhere")],
        [file("p/a"), hard_link("p/b", "p/a"), hard_link("p/c", "./p/b")],
        [link("p/a", "b"), link("p/b", "a"), link("p/c", "a/x")],
        [file("p/a..b/..c"), file("p/system\\x2d.service")],
        [link("p/lib64", "lib"), folder("p/lib"), file("p/lib/x"), link("p/x", "lib64/x")],
    ],
)
def test_what_sources_have_is_fine(members: list[Member]) -> None:
    assert faults(*members) == ()


@pytest.mark.parametrize("path", ["../a", "p/../../a", "p/../a", "/a", "//a", ".."])
def test_a_path_that_leaves_is_refused(path: str) -> None:
    assert faults(file(path)) == (f"{path!r} would be written outside",)
    assert faults(link(path, "x")) == (f"{path!r} would be written outside",)


@pytest.mark.parametrize(
    "members",
    [
        [link("p/l", "/etc")],
        [link("p/l", "../../x")],
        [link("l", "..")],
        [file("p/a"), link("p/l", "../x")],
        [folder("p/deep/er"), link("p/out", "here/.."), link("p/here", "..")],
        [file("q"), link("p/here", "."), link("p/out", "here/../../x")],
        [file("q"), link("here", "."), link("out", "here/../x")],
        [file("q"), link("p/a", "b/x"), link("p/b", "/etc")],
    ],
)
def test_a_link_that_leaves_is_refused_however_it_is_hidden(members: list[Member]) -> None:
    assert any("leads outside" in fault for fault in faults(*members))


def test_nothing_is_written_through_a_link() -> None:
    assert faults(link("p/l", "d"), folder("p/d"), file("p/l/x")) == (
        "'p/l/x' would be written through the link 'p/l'",
    )
    assert faults(file("p/l/x"), link("p/l", "d")) == ("'p/l/x' would be written through the link 'p/l'",)
    assert faults(link("p/l", "x"), file("p/l")) == ("'p/l' is there twice, once as a link",)


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "p/nowhere", ""])
def test_a_hard_link_leads_to_a_member(target: str) -> None:
    assert faults(file("p/a"), hard_link("p/h", target)) == (
        f"the hard link 'p/h' leads to {target!r}, which isn't in the archive",
    )


def test_a_small_archive_that_unpacks_to_very_much_is_refused() -> None:
    assert judge([file("p/a", ALWAYS_FINE + 1)], packed=1000).faults
    assert not judge([file("p/a", ALWAYS_FINE + 1)], packed=1 << 30).faults


def test_endlessly_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 1000)
    many = (file(f"p/{number}") for number in itertools.count())
    assert judge(many, packed=1 << 40).faults == ("it has more than 1000 members",)


def test_very_many_faults_are_counted() -> None:
    assert faults(*(file(f"/{number}") for number in range(100)))[-1] == "and 95 more"
