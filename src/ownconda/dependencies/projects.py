"""The projects of one's own that packages are made from, in an order in which they can be built."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import HARD, Package
from ownconda.dependencies.views import View, graph_of
from ownconda.errors import WrongInputError
from ownconda.graph.graph import Cycle, Graph, order


def own_projects(network: Network, view: View, among: Collection[Package]) -> tuple[Path, ...]:
    """Give the folders of the projects that some packages are made from, each after those that it needs.

    What they need of each other by way of third-party packages counts as well. Raises WrongInputError with the cycle
    when there is no order.
    """
    graph = graph_of(network, replace(view, kinds=view.kinds | HARD, implicit=True, own_only=True, reduced=False))
    folders = dict.fromkeys(package.project for package in graph.nodes if package.project)
    whole = Graph(nodes=tuple(folders), hard=_joined(graph.hard), soft=_joined(graph.soft))
    ordered = order(whole)
    wanted = {package.project for package in among}
    if isinstance(ordered, Cycle):
        raise _no_order([Path(folder).name for folder in ordered.nodes])
    return tuple(Path(folder) for folder in ordered if folder in wanted)


def _no_order(names: list[str]) -> WrongInputError:
    return WrongInputError(
        f"these projects need each other to be built: {' → '.join([*names, names[0]])}",
        hint="`ownconda dep-graph --cycles --no-third-party` tells which requirement to cut",
    )


def _joined(edges: Mapping[Package, frozenset[Package]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for package, needed in edges.items():
        others = frozenset(one.project for one in needed if one.project) - {package.project}
        found[package.project] = found.get(package.project, frozenset()) | others
    return {folder: needed for folder, needed in found.items() if folder}
