from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import joined, package

from ownconda.dependencies.circles import circles
from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Package
from ownconda.dependencies.projects import own_projects
from ownconda.dependencies.questions import everything, path, requirements, to_rebuild, unused, why
from ownconda.dependencies.views import EVERYTHING, View
from ownconda.errors import WrongInputError

NAMES = st.sampled_from("abcdef")
NEEDS = st.dictionaries(NAMES, st.lists(NAMES, max_size=3, unique=True), max_size=6)


def network_of(host: Mapping[str, list[str]], run: Mapping[str, list[str]]) -> Network:
    return joined(*(package(name, host=host.get(name, []), run=run.get(name, [])) for name in "abcdef"))


def names(packages: tuple[Package, ...]) -> list[str]:
    return [one.name for one in packages]


def steps_to(goal: str, start: str, edges: Mapping[str, set[str]]) -> int | None:
    """Count the steps from one name to another by taking all of them at once."""
    reached = {start}
    for steps in range(len(edges) + 1):
        if goal in reached:
            return steps
        reached = reached.union(*(edges[one] for one in reached))
    return None


@given(host=NEEDS, run=NEEDS)
def test_why_tells_everything_that_needs_it_by_a_shortest_way(
    host: Mapping[str, list[str]], run: Mapping[str, list[str]]
) -> None:
    edges = {name: {*host.get(name, []), *run.get(name, [])} for name in "abcdef"}
    found = why(network_of(host, run), View(), spec="a")
    lengths = {one.name: len(found_way) - 1 for one, found_way in found.ways.items()}
    assert lengths == {name: steps for name in "bcdef" if (steps := steps_to("a", name, edges))}
    for found_way in found.ways.values():
        assert found_way[-1].name == "a"
        assert all(end.name in edges[one.name] for one, end in pairwise(found_way))


@given(host=NEEDS, run=NEEDS, depth=st.integers(min_value=1, max_value=4))
def test_requirements_are_all_within_the_steps(
    host: Mapping[str, list[str]], run: Mapping[str, list[str]], depth: int
) -> None:
    edges = {name: {*host.get(name, []), *run.get(name, [])} for name in "abcdef"}
    found = requirements(network_of(host, run), View(), spec="a", depth=depth)
    within = {name for name in "abcdef" if (steps := steps_to(name, "a", edges)) is not None and steps <= depth}
    assert set(names(found.packages)) == within


@given(host=NEEDS)
def test_what_is_rebuilt_comes_after_what_it_is_built_with(host: Mapping[str, list[str]]) -> None:
    acyclic = {name: [one for one in needed if one < name] for name, needed in host.items()}
    network = network_of(acyclic, {})
    [changed] = [one for one in network.packages if one.name == "a"]
    found = to_rebuild(network, View(), {changed: "build.sh changed"})
    edges = {name: set(acyclic.get(name, [])) for name in "abcdef"}
    assert set(names(found.packages)) == {name for name in "abcdef" if steps_to("a", name, edges) is not None}
    position = {name: index for index, name in enumerate(names(found.packages))}
    assert all(position[one] < position[name] for name in position for one in edges[name] if one in position)


def test_what_only_runs_with_something_needs_no_rebuild() -> None:
    network = joined(package("lib"), package("app", run=["lib"]), package("ext", host=["lib"]))
    changed = {one: "changed" for one in network.packages if one.name == "lib"}
    assert names(to_rebuild(network, View(), changed).packages) == ["lib", "ext"]


def test_a_spec_chooses_among_several_of_one_name() -> None:
    old, new = package("python", "3.12"), package("python", "3.13")
    network = joined(old, new, package("ext", host=["python 3.13.*"]))
    assert list(why(network, View(), spec="python 3.12").ways) == []
    assert names(tuple(why(network, View(), spec="python >=3.13").ways)) == ["ext"]
    assert len(path(network, View(), start="ext", goal="python").packages) == 2
    with pytest.raises(WrongInputError, match="fits nothing") as caught:
        why(network, View(), spec="python 2.7.*")
    assert caught.value.problems[0].hint == "there is 3.12, 3.13"


def test_a_version_that_nobody_makes_is_outside() -> None:
    network = joined(package("python", "3.13"), package("old", host=["python 2.7.*"]))
    assert names(requirements(network, View(), spec="old").packages) == ["old"]
    [found] = [one for one in requirements(network, EVERYTHING, spec="old").packages if one.name == "python"]
    assert found.standing == "outside"


def test_a_package_for_another_platform_satisfies_only_what_builds() -> None:
    target, machine = "emscripten-wasm32", "linux-64"
    network = joined(
        package("cmake", subdir=machine),
        package("zlib", subdir=machine),
        package("data", subdir="noarch"),
        package("app", subdir=target, build=["cmake"], host=["zlib", "data"]),
    )
    assert names(requirements(network, View(), spec="app").packages) == ["cmake", "data", "app"]


def test_virtual_packages_are_no_packages() -> None:
    network = joined(package("app", run=["__glibc >=2.17"]))
    assert names(everything(network, EVERYTHING).packages) == ["app"]


def test_what_needs_itself_alone_is_unused() -> None:
    assert names(unused(joined(package("rust", host=["rust"])), View()).packages) == ["rust"]


def test_projects_that_need_each_other_have_no_order() -> None:
    network = joined(
        package("a", standing="own", project="one", host=["b"]),
        package("b", standing="own", project="two", host=["c"]),
        package("c", standing="own", project="one"),
    )
    with pytest.raises(WrongInputError, match="these projects need each other"):
        own_projects(network, View(), network.packages)
    assert circles(network, View()).circles == ()
