"""Answers of ``ownconda dep-graph`` shown: in words, as projects, as pictures; as JSON beside it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise

import click

from ownconda.cli import terminal
from ownconda.cli.dep_graph_json import as_json
from ownconda.cli.pictures import drawn
from ownconda.cli.plain_text import visible
from ownconda.dependencies.circles import Circles
from ownconda.dependencies.labels import labels
from ownconda.dependencies.names import ordered_names
from ownconda.dependencies.network import Network
from ownconda.dependencies.packages import Package
from ownconda.dependencies.pictures import Answer, picture, told
from ownconda.dependencies.projects import own_projects
from ownconda.dependencies.questions import Chosen, OneWay, WaysFound
from ownconda.dependencies.reading import Found
from ownconda.dependencies.views import View, graph_of
from ownconda.exit_codes import DONE, NO

MOST_TOLD = 3
"""Of how many things a remark tells the reason."""

NO_PROJECTS = "none: own projects have their recipe below conda/, or as source a folder that isn't below the recipe's"


def show(answer: Answer, network: Network, view: View, *, out: str) -> int:
    """Show an answer on stdout in one of the forms, and give the exit code."""
    match out:
        case "names":
            _show_lines(_words(answer, network, view))
            _show_remarks(answer, network, view)
        case "project":
            folders = own_projects(network, view, answer.packages)
            _show_lines(folder.name for folder in folders)
            if not folders:
                _show_remark("none" if _has_projects(network) else NO_PROJECTS)
        case "json":
            terminal.print_json(as_json(answer, network, view))
        case _:
            click.echo(drawn(picture(network, view, graph_of(network, view, answer.packages), answer), out), nl=False)
    return NO if _is_no(answer) else DONE


def show_unknown(found: Found, view: View) -> None:
    """Tell on stderr what a view would show if it could be known: one line for each sort."""
    if found.without_recipe and view.kinds != {"run"}:
        _show_remark(f"only the requirements to run are known of {_with_reasons(found.without_recipe)}")
    if found.without_exports and view.implicit:
        _show_remark(f"the run exports aren't known of {_with_reasons(found.without_exports)}")


def _with_reasons(reasons: Mapping[str, str]) -> str:
    told = [f"{what} ({reason})" for what, reason in islice(reasons.items(), MOST_TOLD)]
    more = [f"{len(reasons) - MOST_TOLD} more"] if len(reasons) > MOST_TOLD else []
    return ", ".join(told + more)


def _has_projects(network: Network) -> bool:
    return any(package.standing == "own" for package in network.packages)


def _is_no(answer: Answer) -> bool:
    """Tell whether the answer is one that a script would stop at: no way from one to the other, a cycle that harms."""
    if isinstance(answer, Circles):
        return any(circle.grade != "harmless" for circle in answer.circles)
    return isinstance(answer, OneWay) and not answer.packages


def _show_lines(lines: Iterable[str]) -> None:
    told = [visible(line) for line in lines]
    if told:
        click.echo("\n".join(told))


def _words(answer: Answer, network: Network, view: View) -> Iterator[str]:
    match answer:
        case Chosen():
            yield from ordered_names(network, answer.packages)
        case WaysFound():
            yield from _ways(answer, network, view)
        case OneWay():
            yield from _one_way(answer, network, view)
        case Circles():
            yield from _circles(answer, network, view)


def _ways(answer: WaysFound, network: Network, view: View) -> Iterator[str]:
    """Give a line for each name that needs what was asked for: its shortest way, the nearest first."""
    known: set[str] = set()
    for package, way in answer.ways.items():
        if package.name not in known:
            known.add(package.name)
            yield _arrows(way, [one.name for one in way], network, view)


def _one_way(answer: OneWay, network: Network, view: View) -> Iterator[str]:
    names = labels(answer.packages)
    if answer.packages:
        yield _arrows(answer.packages, [names[one] for one in answer.packages], network, view)
    for start, end in pairwise(answer.packages):
        yield f"  {_step(start, end, names, network, view)}"


def _circles(answer: Circles, network: Network, view: View) -> Iterator[str]:
    names = labels(answer.packages)
    for circle in answer.circles:
        around = (*circle.packages, circle.packages[0])
        yield f"{circle.grade}: {_arrows(around, [names[one] for one in around], network, view)}"
        yield f"  cut {_step(*circle.cut, names, network, view)}"


def _step(start: Package, end: Package, names: Mapping[Package, str], network: Network, view: View) -> str:
    """Tell one step of a way, with the requirements behind it."""
    way = (start, end)
    return f"{_arrows(way, [names[one] for one in way], network, view)}  ({_reasons(network, view, start, end)})"


def _arrows(way: Iterable[Package], names: Iterable[str], network: Network, view: View) -> str:
    """Join the names on a way: ``→`` is needed to build, ``⇢`` to run or to test."""
    signs = (
        "→" if any(need.is_hard and view.counts(need) for need in network.between(start, end)) else "⇢"
        for start, end in pairwise(way)
    )
    first, *others = names
    return " ".join([first, *(f"{sign} {name}" for sign, name in zip(signs, others, strict=True))])


def _reasons(network: Network, view: View, start: Package, end: Package) -> str:
    return ", ".join(told(need) for need in network.between(start, end) if view.counts(need)) or "by way of others"


def _show_remarks(answer: Answer, network: Network, view: View) -> None:
    for remark in _remarks(answer, network, view):
        _show_remark(remark)


def _show_remark(remark: str) -> None:
    click.echo(visible(remark), err=True)


def _remarks(answer: Answer, network: Network, view: View) -> Iterator[str]:
    """Tell what a list on stdout doesn't."""
    match answer:
        case Circles(circles=()):
            yield "no cycles"
        case Circles():
            count, cuts = len(answer.circles), len(answer.cuts)
            more = "" if answer.complete else "at least "
            yield f"{more}{count} cycle{'s' * (count != 1)}; {cuts} requirement{'s' * (cuts != 1)} to cut ends them all"
        case Chosen(packages=()):
            yield NO_PROJECTS if view.own_only and not _has_projects(network) else "none"
        case OneWay(ends=(start, goal)) if not answer.packages:
            other_way = f"; {goal} needs {start}" if answer.is_other_way else ""
            yield f"{start} doesn't need {goal}{_by_what(view)}{other_way}"
            yield from _more_to_follow(view)
        case WaysFound() if not answer.packages:
            names = ", ".join(sorted({package.name for package in answer.asked_for}))
            yield f"nothing needs {names}{_by_what(view)}"
            yield from _more_to_follow(view)


def _by_what(view: View) -> str:
    return "" if view.implicit else " by what is written"


def _more_to_follow(view: View) -> Iterator[str]:
    if not view.implicit:
        yield "--implicit also follows run exports, compilers and the requirements of tests"
