"""View: which requirements and packages count, and the graph that they make."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import KINDS, Kind, Need, Package
from ownconda.graph.graph import Graph
from ownconda.graph.queries import reduced, without

WRITTEN: frozenset[Kind] = frozenset({"build", "host", "run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What counts: requirements of these ``kinds``; with ``implicit`` also what nobody wrote, and packages outside.

    ``own_only`` leaves out what isn't made from a project of one's own, and joins what it stood between; ``reduced``
    leaves out edges that others say already.
    """

    kinds: frozenset[Kind] = WRITTEN
    implicit: bool = False
    own_only: bool = False
    reduced: bool = False

    def counts(self, need: Need) -> bool:
        """Tell whether a requirement counts."""
        return need.kind in self.kinds and (self.implicit or not need.implicit)

    def shows(self, package: Package) -> bool:
        """Tell whether a package is shown."""
        if package.standing == "outside":
            return self.implicit and not self.own_only
        return package.standing == "own" or not self.own_only


EVERYTHING = View(kinds=frozenset(KINDS), implicit=True)


def graph_of(network: Network, view: View, among: Iterable[Package] | None = None) -> Graph[Package]:
    """Give the graph that a view shows: of all packages, or of those that are named here, whatever they are.

    Requirements to build and of the host are hard, those to run and to test are soft.
    """
    chosen = None if among is None else dict.fromkeys(among)
    inside = _all_of(network, view) if chosen is None or view.own_only else chosen
    hard = {package: _needed(network, package, view, inside, hard=True) for package in inside}
    soft = {package: _needed(network, package, view, inside, hard=False) - hard[package] for package in inside}
    graph = Graph(nodes=tuple(inside), hard=hard, soft=soft)
    dropped = [one for one in inside if not (view.shows(one) if chosen is None else one in chosen)]
    shown = without(graph, dropped) if dropped else graph
    return reduced(shown) if view.reduced else shown


def _all_of(network: Network, view: View) -> dict[Package, None]:
    """Give every package, and those outside that one of them needs."""
    outside = (
        one
        for package in network.packages
        for need in package.needs
        if view.counts(need)
        for one in network.made.get(need, ())
        if one.standing == "outside"
    )
    return dict.fromkeys((*network.packages, *outside))


def _needed(
    network: Network, package: Package, view: View, inside: Collection[Package], *, hard: bool
) -> frozenset[Package]:
    return frozenset(
        one
        for need in package.needs
        if need.is_hard == hard and view.counts(need)
        for one in network.made.get(need, ())
        if one is not package and one in inside
    )
