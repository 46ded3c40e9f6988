import random
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ownconda.building.waiting import Waiting, start_needs, work_ahead
from ownconda.recipes.builds import Build


def build(name: str) -> Build:
    return Build(recipe=Path(name), name=name, version="1", subdir="noarch", build="0", number=0)


NAMES = "abcdefgh"
BUILDS = {name: build(name) for name in NAMES}


def among(edges: Mapping[str, str]) -> dict[Build, frozenset[Build]]:
    return {BUILDS[name]: frozenset(BUILDS[one] for one in edges.get(name, "")) for name in NAMES}


def names(builds: frozenset[Build]) -> str:
    return "".join(sorted(one.name for one in builds))


def test_what_a_requirement_needs_to_run_is_awaited_too() -> None:
    needs = start_needs(list(BUILDS.values()), among({"c": "b"}), among({"b": "a"}))
    assert names(needs[BUILDS["c"]]) == "ab"


def test_requirements_that_need_each_other_to_run_are_awaited_as_far_as_the_order_allows() -> None:
    needs = start_needs(list(BUILDS.values()), among({"b": "a"}), among({"a": "b"}))
    assert names(needs[BUILDS["b"]]) == "a"
    assert names(needs[BUILDS["a"]]) == ""


def test_the_longest_chain_of_work_starts_first() -> None:
    needs = among({"c": "b", "b": "a"})
    seconds = {"a": 1.0, "b": 1.0, "c": 5.0, "d": 6.0}
    ahead = work_ahead(list(BUILDS.values()), needs, lambda one: seconds.get(one.name, 0.0))
    waiting = Waiting(BUILDS.values(), needs, ahead)
    assert [one.name for one in waiting.ready][:2] == ["a", "d"]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES))),
    st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES))),
    st.randoms(use_true_random=False),
)
def test_everything_starts_once_and_after_what_it_awaits(
    hard: dict[str, frozenset[str]], soft: dict[str, frozenset[str]], chance: random.Random
) -> None:
    earlier = {name: "".join(one for one in needs if one < name) for name, needs in hard.items()}
    needs = start_needs(
        list(BUILDS.values()), among(earlier), among({name: "".join(one) for name, one in soft.items()})
    )
    waiting = Waiting(BUILDS.values(), needs, {})
    running: list[Build] = []
    done: list[Build] = []
    while waiting or running:
        if waiting.ready and (not running or chance.random() < 0.5):
            running.append(waiting.ready[0])
            waiting.start(running[-1])
            assert needs[running[-1]] <= set(done)
        else:
            done.append(running.pop(chance.randrange(len(running))))
            assert waiting.end(done[-1])
    assert sorted(one.name for one in done) == list(NAMES)
