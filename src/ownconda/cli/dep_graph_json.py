"""Answers of ``ownconda dep-graph`` as JSON; the reference describes each shape."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from ownconda.dependencies.circles import Circle, Circles
from ownconda.dependencies.labels import labels
from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Need, Package
from ownconda.dependencies.pictures import Answer
from ownconda.dependencies.questions import Chosen, OneWay, WaysFound
from ownconda.dependencies.views import View, graph_of
from ownconda.graph.cycles import Edge

Names = Mapping[Package, str]


def as_json(answer: Answer, network: Network, view: View) -> object:
    """Give an answer as what JSON can hold."""
    names = labels([*answer.packages, *answer.asked_for])
    match answer:
        case Chosen():
            return _list(answer, network, view, names)
        case WaysFound():
            return [
                {**_identity(one, names), "path": _steps(way, network, view, names)} for one, way in answer.ways.items()
            ]
        case OneWay():
            return {
                "needed": bool(answer.packages),
                "packages": [_identity(package, names) for package in answer.packages],
                "path": _steps(answer.packages, network, view, names),
            }
        case Circles():
            return {
                "complete": answer.complete,
                "cycles": [_circle(circle, network, view, names) for circle in answer.circles],
                "cuts": [_edge(edge, network, view, names) for edge in answer.cuts],
            }


def _list(answer: Chosen, network: Network, view: View, names: Names) -> list[dict[str, object]]:
    graph = graph_of(network, view, answer.packages)
    return [
        {
            **_identity(package, names),
            **_description(package),
            **({"reason": answer.reasons[package]} if answer.reasons else {}),
            "build_needs": sorted(one.path or one.name for one in graph.hard[package]),
            "run_needs": sorted(one.path or one.name for one in graph.soft[package]),
            "needs": [
                {
                    **_identity(one, names),
                    "hard": one in graph.hard[package],
                    **_requirements(network, view, package, one),
                }
                for one in sorted(graph.needs(package), key=lambda one: names[one])
            ],
        }
        for package in answer.packages
    ]


def _identity(package: Package, names: Names) -> dict[str, object]:
    """Say which package is meant; no other one in the answer has the same ``label``."""
    return {"label": names[package], "name": package.name, "version": package.version, "package": package.path}


def _description(package: Package) -> dict[str, object]:
    return {
        "build": package.build,
        "subdir": package.subdir,
        "variant": dict(package.variant),
        "standing": package.standing,
        "origin": package.origin,
        "place": package.place,
        "recipe": package.place if package.origin == "recipe" else None,
        "project": package.project or None,
    }


def _steps(way: Iterable[Package], network: Network, view: View, names: Names) -> list[dict[str, object]]:
    return [_edge(edge, network, view, names) for edge in pairwise(way)]


def _circle(circle: Circle, network: Network, view: View, names: Names) -> dict[str, object]:
    around = (*circle.packages, circle.packages[0])
    return {
        "packages": [_identity(package, names) for package in circle.packages],
        "path": _steps(around, network, view, names),
        "grade": circle.grade,
        "cut": _edge(circle.cut, network, view, names),
    }


def _edge(edge: Edge[Package], network: Network, view: View, names: Names) -> dict[str, object]:
    start, end = edge
    return {"from": names[start], "to": names[end], **_requirements(network, view, start, end)}


def _requirements(network: Network, view: View, start: Package, end: Package) -> dict[str, object]:
    """Give the requirements behind an edge: none when it stands for a way through packages that aren't shown."""
    return {"requirements": [_need(need) for need in network.between(start, end) if view.counts(need)]}


def _need(need: Need) -> dict[str, object]:
    return {"kind": need.kind, "spec": need.spec, "implicit": need.implicit}
