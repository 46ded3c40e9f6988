"""The picture of a graph of packages: own and third-party ones, what changed, and why each needs another."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ownconda.dependencies.circles import Circles
from ownconda.dependencies.labels import labels
from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Need, Package
from ownconda.dependencies.questions import Chosen, OneWay, WaysFound
from ownconda.dependencies.views import View
from ownconda.graph.graph import Graph
from ownconda.graph.picture import Arrow, Look, Node, Picture

Answer = Chosen | WaysFound | OneWay | Circles

_OWN = Look(name="own", title="own project", fill="#d7e6f8", line="#1d5fa8", width=1.8)
_THIRD_PARTY = Look(name="third-party", title="third-party", fill="#f3f4f6", line="#7d8792")
_OUTSIDE = Look(name="outside", title="made by nobody here", fill="#ffffff", line="#9aa2ab", dashed=True)
_LOOKS = {"own": _OWN, "third-party": _THIRD_PARTY, "outside": _OUTSIDE}

_ASKED_FOR = Look(name="asked-for", title="asked for", fill="#ded0f7", line="#6a3fb5", width=2.2)
_CHANGED = Look(name="changed", title="changed", fill="#ffd8c2", line="#c2410c", width=2.2)
_TO_REBUILD = Look(name="to-rebuild", title="to be rebuilt", fill="#fff0b8", line="#b07d00", width=1.4)


def picture(network: Network, view: View, graph: Graph[Package], answer: Answer) -> Picture:
    """Make the picture of a graph that a view shows; what an answer tells of its packages is marked."""
    names, groups = labels(graph.nodes), _groups(graph.nodes)
    to_cut = answer.cuts if isinstance(answer, Circles) else ()
    return Picture(
        title=_title(answer),
        nodes=tuple(
            Node(
                name=names[package],
                look=_LOOKS[package.standing],
                mark=_mark(package, answer),
                group=groups.get(package.project, ""),
                facts=tuple(_facts(package, answer)),
            )
            for package in graph.nodes
        ),
        arrows=tuple(
            Arrow(
                start=names[package],
                end=names[needed],
                hard=needed in graph.hard[package],
                marked=(package, needed) in to_cut,
                why=tuple(told(need) for need in network.between(package, needed) if view.counts(need)),
            )
            for package in graph.nodes
            for needed in sorted(graph.needs(package), key=lambda one: names[one])
        ),
        hard="needed to build",
        soft="needed to run or test",
        marked="to cut",
    )


def _title(answer: Answer) -> str:
    names = ", ".join(sorted({package.name for package in answer.asked_for}))
    match answer:
        case Chosen(reasons=reasons) if reasons:
            return "to be rebuilt"
        case WaysFound():
            return f"what needs {names}"
        case OneWay() if answer.packages:
            return f"{answer.packages[0].name} needs {answer.packages[-1].name}"
        case Circles():
            return "cycles"
    return f"requirements of {names}" if names else "requirements"


def told(need: Need) -> str:
    """Say a requirement in words."""
    return f"{need.kind}: {need.spec}{' (implicit)' if need.implicit else ''}"


def _groups(packages: Iterable[Package]) -> Mapping[str, str]:
    """Give each project the end of its path that no other one has."""
    waiting = list(dict.fromkeys(package.project for package in packages if package.project))
    found: dict[str, str] = {}
    length = 1
    while waiting:
        ends = {project: "/".join(Path(project).parts[-length:]) for project in waiting}
        count = Counter(ends.values())
        found |= {project: end for project, end in ends.items() if count[end] == 1 or end == project}
        waiting = [project for project in waiting if project not in found]
        length += 1
    return found


def _mark(package: Package, answer: Answer) -> Look | None:
    if isinstance(answer, Chosen) and answer.reasons:
        return _CHANGED if package in answer.asked_for else _TO_REBUILD
    return _ASKED_FOR if package in answer.asked_for else None


def _facts(package: Package, answer: Answer) -> Iterator[tuple[str, str]]:
    variant = ", ".join(f"{key} {value}" for key, value in package.variant.items() if key != "target_platform")
    reason = answer.reasons.get(package, "") if isinstance(answer, Chosen) else ""
    told_facts = {
        "version": package.version,
        "build": package.build,
        "subdir": package.subdir,
        "variant": variant,
        "made from" if package.origin == "recipe" else "found in": _place(package),
        "changed": reason,
    }
    yield from ((what, value) for what, value in told_facts.items() if value)


def _place(package: Package) -> str:
    """Say where a package comes from, in a way that is the same on every machine: the end of a recipe's path."""
    if package.origin != "recipe":
        return package.place
    return Path(package.place).relative_to(Path(package.project).parent).as_posix()
