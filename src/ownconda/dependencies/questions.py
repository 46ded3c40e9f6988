"""Questions to a network of packages, and their answers as values."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ownconda.conda.match_specs import acceptor, spec_name
from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Kind, Need, Package, outside, sort_key
from ownconda.dependencies.views import EVERYTHING, View, graph_of
from ownconda.errors import WrongInputError
from ownconda.graph.ordering import tolerant_order
from ownconda.graph.queries import reach, unneeded, way

Ways = Mapping[Package, tuple[Package, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Packages, each after what it needs, and why each is there where that is to be told.

    ``asked_for`` are those that the question was about.
    """

    packages: tuple[Package, ...]
    asked_for: frozenset[Package] = frozenset()
    reasons: Mapping[Package, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysFound:
    """For each package a shortest way along which it needs what was asked for, the nearest first."""

    asked_for: frozenset[Package]
    ways: Ways

    @property
    def packages(self) -> tuple[Package, ...]:
        """Give every package on a way."""
        return tuple(dict.fromkeys(package for found in self.ways.values() for package in reversed(found)))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneWay:
    """A shortest way along which one package needs another; empty when it doesn't.

    ``ends`` are the names that were asked about; ``is_other_way`` tells that the second one needs the first instead.
    """

    packages: tuple[Package, ...]
    asked_for: frozenset[Package]
    ends: tuple[str, str]
    is_other_way: bool = False


def requirements(network: Network, view: View, *, spec: str, depth: int | None = None) -> Chosen:
    """Give what the packages that ``spec`` names need, in at most ``depth`` steps, and themselves.

    Raises WrongInputError when ``spec`` names nothing.
    """
    asked_for = named(network, spec)
    reached = _reach(_needs(network, view), asked_for, depth)
    shown = [one for one in reached if isinstance(one, Package) and (view.shows(one) or one in asked_for)]
    return Chosen(packages=_ordered(network, view, shown), asked_for=frozenset(asked_for))


def why(network: Network, view: View, *, spec: str, depth: int | None = None) -> WaysFound:
    """Give everything that needs the packages that ``spec`` names, in at most ``depth`` steps, and how.

    Raises WrongInputError when ``spec`` names nothing.
    """
    asked_for = named(network, spec)
    reached = _reach(_users(network, view), asked_for, depth)
    users = [one for one in reached if isinstance(one, Package) and one not in asked_for and view.shows(one)]
    ways = [_packages(way(reached, user)) for user in users]
    ways.sort(key=lambda found: (len(found), sort_key(found[0])))
    return WaysFound(asked_for=frozenset(asked_for), ways={found[0]: found for found in ways})


def path(network: Network, view: View, *, start: str, goal: str) -> OneWay:
    """Find one shortest way along which a package that ``start`` names needs one that ``goal`` names.

    Raises WrongInputError when one of them names nothing.
    """
    starts, goals = named(network, start), named(network, goal)
    found = _way_between(network, view, starts, goals)
    return OneWay(
        packages=found,
        asked_for=frozenset((*starts, *goals)),
        ends=(start, goal),
        is_other_way=not found and bool(_way_between(network, view, goals, starts)),
    )


def _way_between(
    network: Network, view: View, starts: Sequence[Package], goals: Sequence[Package]
) -> tuple[Package, ...]:
    reached = _reach(_needs(network, view), starts, None)
    end = next((one for one in reached if one in goals), None)
    return _packages(way(reached, end))[::-1] if end is not None else ()


def unused(network: Network, view: View, *, kinds: frozenset[Kind] | None = None) -> Chosen:
    """Give what nobody needs of what is made here or, where no recipe is given, of what is.

    Every requirement counts, written or not, unless it is only asked for some ``kinds``.
    """
    graph = graph_of(network, replace(EVERYTHING, kinds=kinds or EVERYTHING.kinds))
    made_here = [one for one in unneeded(graph) if one.origin == "recipe"]
    nobody_needs = made_here if any(one.origin == "recipe" for one in graph.nodes) else unneeded(graph)
    return Chosen(packages=_ordered(network, view, [one for one in nobody_needs if view.shows(one)]))


def to_rebuild(network: Network, view: View, changed: Mapping[Package, str], *, depth: int | None = None) -> Chosen:
    """Give what changed (with the reason of each) and all that has to be built anew for it, in at most ``depth`` steps.

    That is what needs one of them to be built, by whichever requirement, written or not.
    """
    building = replace(EVERYTHING, kinds=frozenset({"build", "host"}))
    reached = _reach(_users(network, building), list(changed), depth)
    found = [one for one in reached if isinstance(one, Package) and view.shows(one)]
    causes = {one: _packages(way(reached, one))[1] for one in found if one not in changed}
    reasons = {one: changed.get(one) or f"built with {causes[one].name}" for one in found}
    return Chosen(
        packages=_ordered(network, view, found),
        asked_for=frozenset(changed),
        reasons=reasons,
    )


def everything(network: Network, view: View) -> Chosen:
    """Give every package that the view shows."""
    return Chosen(packages=_ordered(network, view, graph_of(network, replace(view, reduced=False)).nodes))


def named(network: Network, spec: str) -> tuple[Package, ...]:
    """Give the packages that a match spec names; a bare name also means the package outside that others ask for.

    Raises WrongInputError, with the nearest name or the versions that there are, when it names nothing.
    """
    name, fits = spec_name(spec), acceptor(spec)
    candidates = [one for one in network.packages if one.name == name]
    found = [one for one in candidates if fits(one.version, one.build)]
    if outside(name) in network.satisfied and (spec == name or not candidates):
        found.append(outside(name))
    if not found:
        raise _nothing_named(network, spec, candidates)
    return tuple(found)


def _ordered(network: Network, view: View, packages: Iterable[Package]) -> tuple[Package, ...]:
    """Put packages in an order in which they can be built, those of a cycle side by side, whatever the view shows."""
    chosen = dict.fromkeys(packages)
    between = None if view.own_only else chosen
    ordered = tolerant_order(graph_of(network, EVERYTHING, between), key=sort_key)
    return tuple(package for package in ordered if package in chosen)


def _reach(
    edges: Callable[[Package | Need], Iterable[Package | Need]], start: Iterable[Package], depth: int | None
) -> Mapping[Package | Need, Package | Need | None]:
    """Walk a network; each step between packages is two, with the requirement in between."""
    return reach(edges, start, steps=None if depth is None else 2 * depth)


def _needs(network: Network, view: View) -> Callable[[Package | Need], Iterable[Package | Need]]:
    def following(one: Package | Need) -> Iterable[Package | Need]:
        if isinstance(one, Need):
            return network.made.get(one, ())
        return (need for need in one.needs if view.counts(need))

    return following


def _users(network: Network, view: View) -> Callable[[Package | Need], Iterable[Package | Need]]:
    def following(one: Package | Need) -> Iterable[Package | Need]:
        if isinstance(one, Need):
            return network.asked[one]
        return (need for need in network.satisfied.get(one, ()) if view.counts(need))

    return following


def _packages(found: tuple[Package | Need, ...]) -> tuple[Package, ...]:
    """Give the packages of a way: each second one, as it begins and ends with a package."""
    return cast("tuple[Package, ...]", found[::2])


def _nothing_named(network: Network, spec: str, candidates: Sequence[Package]) -> WrongInputError:
    if candidates:
        versions = ", ".join(dict.fromkeys(one.version for one in candidates))
        return WrongInputError(f"{spec!r} fits nothing that is given", hint=f"there is {versions}")
    known = {one.name for one in network.satisfied} | {one.name for one in network.packages}
    near = difflib.get_close_matches(spec_name(spec), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`ownconda dep-graph` lists what there is"
    return WrongInputError(f"nothing that is given makes or needs {spec!r}", hint=hint)
