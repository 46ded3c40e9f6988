"""The cycles among packages: how bad each is, and which requirement to cut."""

from dataclasses import dataclass
from typing import Literal

from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import HARD, Package, sort_key
from ownconda.dependencies.views import View, graph_of
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.graph.cycles import Edge, cuts, cycles, edges_of
from ownconda.graph.graph import Cycle, Graph

MOST_TOLD = 20
"""How many cycles a message tells."""

Grade = Literal["no order", "needs a first build", "harmless"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A cycle: packages of which each needs the next, how bad that is, and the edge whose requirement to cut."""

    packages: tuple[Package, ...]
    grade: Grade
    cut: Edge[Package]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """Cycles, the shortest first; without ``cuts`` there would be none. Not ``complete`` when there are too many."""

    circles: tuple[Circle, ...]
    cuts: tuple[Edge[Package], ...]
    complete: bool

    @property
    def packages(self) -> tuple[Package, ...]:
        """Give every package of a cycle."""
        return tuple(dict.fromkeys(package for circle in self.circles for package in circle.packages))

    @property
    def asked_for(self) -> frozenset[Package]:
        """Nothing was asked for by name."""
        return frozenset()


def circles(network: Network, view: View) -> Circles:
    """Find the cycles that a view shows, each with the requirement to cut.

    Cut is what most cycles go through; among equals a requirement to test or to run before one to build or of the host.
    """
    graph = graph_of(network, view)
    edges = {package: graph.needs(package) for package in graph.nodes}
    found = cycles(edges, key=sort_key)
    chosen = cuts(edges, key=sort_key, cost=lambda edge: edge[1] in graph.hard[edge[0]])
    return Circles(
        circles=tuple(
            Circle(packages=cycle.nodes, grade=_grade(cycle, graph, network, view), cut=_cut_of(cycle, chosen))
            for cycle in found.found
        ),
        cuts=chosen,
        complete=found.complete,
    )


def check_order(network: Network) -> None:
    """See that there is an order in which everything can be built; what a package file is has been.

    Raises WrongInputError with the cycles that make it impossible.
    """
    found = circles(network, View(kinds=HARD, implicit=True))
    without_order = [one for one in found.circles if all(package.origin == "recipe" for package in one.packages)]
    told = [_told(circle.packages) for circle in without_order[:MOST_TOLD]]
    if told:
        raise WrongInputError.of(told)


def _told(packages: tuple[Package, ...]) -> Problem:
    names = [package.name for package in packages]
    return Problem(
        what=f"these need each other to be built: {' → '.join([*names, names[0]])}",
        where=Where(file=packages[0].place),
        hint="`ownconda dep-graph --cycles` tells which requirement to cut",
    )


def _grade(cycle: Cycle[Package], graph: Graph[Package], network: Network, view: View) -> Grade:
    """Tell a cycle of requirements to build, one with some of them, and one that needs nothing to be built first.

    What only a test needs may be built after what is tested.
    """
    edges = edges_of(cycle)
    hard = [end in graph.hard[start] for start, end in edges]
    if all(hard):
        return "no order"
    only_tests = any(_is_for_tests(network, view, edge) for edge in edges)
    return "needs a first build" if any(hard) and not only_tests else "harmless"


def _is_for_tests(network: Network, view: View, edge: Edge[Package]) -> bool:
    kinds = {need.kind for need in network.between(*edge) if view.counts(need)}
    return kinds == {"test"}


def _cut_of(cycle: Cycle[Package], chosen: tuple[Edge[Package], ...]) -> Edge[Package]:
    """Give the edge to cut that lies on this cycle; one always does."""
    on_it = frozenset(edges_of(cycle))
    return next(edge for edge in chosen if edge in on_it)
