from pathlib import Path

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build, Requirements
from ownconda.recipes.collection import Recipes
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.requirements_graph import build_order, requirements_graph
from ownconda.recipes.selection import Selection, selected


def build(name: str, host: str = "", run: str = "", version: str = "1.0") -> Build:
    needs = Requirements(host=tuple(host.split()), run=tuple(run.split()))
    return Build(
        recipe=Path(name), name=name, version=version, subdir="noarch", build="0", number=0, requirements=needs
    )


@pytest.fixture
def recipes() -> Recipes:
    graph = requirements_graph([build("zlib"), build("png", "zlib"), build("app", "png", "tool"), build("tool")])
    return Recipes(graph=graph, ordered=build_order(graph), rendering=Rendering())


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), "app png tool zlib"),
        (Selection(only=("png",)), "png"),
        (Selection(only=("png >=1", "tool")), "png tool"),
        (Selection(up_to=("png",)), "png zlib"),
        (Selection(up_to=("app",)), "app png tool zlib"),
        (Selection(only=("zlib",), with_dependents=True), "app png zlib"),
        (Selection(among=frozenset({"noarch/png-1.0-0.conda"})), "png"),
        (Selection(up_to=("png",), among=frozenset({"noarch/app-1.0-0.conda", "noarch/zlib-1.0-0.conda"})), "zlib"),
        (Selection(among=frozenset()), ""),
    ],
)
def test_what_is_asked_for_is_kept_in_order(recipes: Recipes, selection: Selection, names: str) -> None:
    kept = selected(recipes, selection)
    assert sorted(one.name for one in kept.ordered) == names.split()
    assert kept.ordered == tuple(one for one in recipes.ordered if one in kept.ordered)
    assert set(kept.graph.nodes) == set(kept.ordered)


def test_what_no_recipe_makes_is_told(recipes: Recipes) -> None:
    with pytest.raises(WrongInputError, match="no recipe makes png >=2, nothing"):
        selected(recipes, Selection(only=("png >=2",), up_to=("nothing", "app")))
