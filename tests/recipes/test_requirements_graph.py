from dataclasses import replace
from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build, Requirements
from ownconda.recipes.requirements_graph import build_order, requirements_graph


def build(name: str, version: str = "1", **requirements: tuple[str, ...]) -> Build:
    return Build(
        recipe=Path(f"recipes/{name}/recipe.yaml"),
        name=name,
        version=version,
        subdir="linux-64",
        build=f"h{version.replace('.', '')}_0",
        number=0,
        requirements=Requirements(**requirements),
    )


def order_of(*builds: Build) -> list[str]:
    return [one.name for one in build_order(requirements_graph(builds))]


def test_what_is_needed_to_build_comes_first() -> None:
    assert order_of(build("a", host=("b >=1",)), build("b", build=("c",)), build("c")) == ["c", "b", "a"]


def test_what_is_needed_to_run_comes_first_where_it_can() -> None:
    assert order_of(build("a", run=("z",)), build("z")) == ["z", "a"]


@pytest.mark.parametrize("environment", ["build", "common_build", "host"])
def test_what_a_compiler_exports_comes_before_what_is_compiled(environment: str) -> None:
    compiler = replace(build("gcc"), run_exports={"strong": ("zz-runtime >=1",)})
    assert order_of(build("a", "1", **{environment: ("gcc",)}), compiler, build("zz-runtime")) == [
        "gcc",
        "zz-runtime",
        "a",
    ]


def test_what_is_exported_but_not_taken_up_is_not_awaited() -> None:
    compiler = replace(build("gcc"), run_exports={"strong": ("zz-runtime >=1",), "weak": ("zz-weak",)})
    builds = [build("zz-runtime"), build("zz-weak"), compiler]
    refusing = replace(build("a", build=("gcc",)), ignored_run_exports=("zz-runtime",))
    refusing_all = replace(build("b", build=("gcc",)), ignored_run_exports_from=("gcc",))
    graph = requirements_graph([refusing, refusing_all, *builds])
    assert (graph.soft[refusing], graph.soft[refusing_all]) == (frozenset(), frozenset())


def test_a_cycle_of_run_requirements_does_no_harm() -> None:
    assert sorted(order_of(build("python", run=("pip",)), build("pip", run=("python",)))) == ["pip", "python"]


def test_only_a_build_that_fits_the_spec_is_needed() -> None:
    old, new = build("python", "3.12"), build("python", "3.13")
    graph = requirements_graph([old, new, build("ext", host=("python 3.13.*",))])
    [needed] = [graph.hard[one] for one in graph.nodes if one.name == "ext"]
    assert needed == {new}


def test_a_cycle_is_told_as_the_cycle_itself() -> None:
    chain = [build("a", host=("b",)), build("b", host=("c",)), build("c", build=("a",)), build("far", host=("a",))]
    with pytest.raises(WrongInputError, match="a → b → c → a"):
        order_of(*chain)
