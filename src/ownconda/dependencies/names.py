"""The names of packages in an order in which they can be built: all that have a name count as one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Package
from ownconda.dependencies.views import EVERYTHING, graph_of
from ownconda.graph.graph import Graph
from ownconda.graph.ordering import tolerant_order


def ordered_names(network: Network, packages: Sequence[Package]) -> tuple[str, ...]:
    """Give each name once, after those that any package of the name needs.

    ``packages`` are in an order in which they can be built. Names that need each other, by different packages of
    theirs, stand side by side in that order.
    """
    names = tuple(dict.fromkeys(package.name for package in packages))
    if len(names) == len(packages):
        return names
    graph = graph_of(network, EVERYTHING, packages)
    place = {name: number for number, name in enumerate(names)}
    whole = Graph(nodes=names, hard=_by_name(graph.hard), soft=_by_name(graph.soft))
    return tolerant_order(whole, key=lambda name: f"{place[name]:09}")


def _by_name(edges: Mapping[Package, frozenset[Package]]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for package, needed in edges.items():
        found[package.name].update(one.name for one in needed)
    return {name: frozenset(others - {name}) for name, others in found.items()}
