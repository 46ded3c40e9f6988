"""A set of packages judged by their licences, as values."""

from ownconda.conda.package_licences import PackageLicence
from ownconda.journeys.licences import LINK, REQUIREMENT, judge
from ownconda.policy.licences import Licences


def package(name: str, said: str, *depends: str, text: str = "a text", version: str = "1.0") -> PackageLicence:
    return PackageLicence(
        file=f"{name}-{version}-0.conda",
        name=name,
        version=version,
        build="0",
        subdir="linux-64",
        depends=depends,
        said=said,
        texts={"LICENSE": text} if text else {},
    )


def test_what_reaches_copyleft_is_told_with_the_shortest_way() -> None:
    told = judge(
        "x",
        [
            package("app", "MIT", "middle >=1", "python"),
            package("middle", "MIT", "conda-forge::readline[version='>=8']"),
            package("readline", "GPL-3.0-or-later"),
            package("alone", "MIT"),
        ],
        Licences(),
    )
    ways = [(one.name, one.way, one.by) for one in told.reaching]
    assert ways == [
        ("app", ("app", "middle", "readline"), REQUIREMENT),
        ("middle", ("middle", "readline"), REQUIREMENT),
    ]
    assert told.is_fine


def test_linking_is_told_beside_requirements_and_said_to_be_unknown_where_nobody_looked() -> None:
    packages = [package("app", "MIT"), package("lib", "LGPL-2.1-only")]
    told = judge("x", packages, Licences(), links={"app": {"lib"}})
    assert [(one.name, one.target, one.by) for one in told.reaching] == [("app", "lib", LINK)]
    assert any("Linking isn't told" in limit for limit in judge("x", packages, Licences()).limits)


def test_circles_end() -> None:
    told = judge("x", [package("a", "GPL-3.0-only", "b"), package("b", "GPL-3.0-only", "a")], Licences())
    assert {(one.name, one.target) for one in told.reaching} == {("a", "b"), ("b", "a")}


def test_what_is_missing_and_what_is_refused_are_told_apart() -> None:
    policy = Licences(denied=("GPL-*",))
    found = [
        package("none", ""),
        package("odd", "Our own words"),
        package("textless", "MIT", text=""),
        package("refused", "GPL-3.0-only"),
        package("fine", "MIT"),
    ]
    told = {one.licence.name: one for one in judge("x", found, policy).packages}
    assert told["none"].missing == ("it doesn't say its licence",)
    assert "is no SPDX expression" in told["odd"].missing[0]
    assert told["textless"].missing == ("it has no file with its licence's text",)
    assert told["refused"].refused == "its licence isn't taken: GPL-3.0-only"
    assert not told["fine"].missing
    assert not told["fine"].refused


def test_a_text_is_given_once_with_all_that_have_it() -> None:
    [text] = judge("x", [package("a", "MIT"), package("b", "MIT")], Licences()).texts
    assert [file for file, _ in text.owners] == ["a-1.0-0.conda", "b-1.0-0.conda"]
