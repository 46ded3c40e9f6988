"""Questions of ``ownconda dep-graph`` asked, and all pictures: what needs the whole network of packages."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ownconda.cli.dep_graph_answers import show, show_unknown
from ownconda.cli.exits import show_error
from ownconda.cli.rendering import render_cache
from ownconda.conda.trust import trust
from ownconda.dependencies.circles import check_order, circles
from ownconda.dependencies.given import Given
from ownconda.dependencies.network import Network, network
from ownconda.dependencies.packages import KINDS, Kind
from ownconda.dependencies.pictures import Answer
from ownconda.dependencies.questions import Chosen, everything, path, requirements, to_rebuild, unused, why
from ownconda.dependencies.reading import Found, read
from ownconda.dependencies.views import WRITTEN, View
from ownconda.errors import WrongInputError
from ownconda.exit_codes import exit_code
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.updated_since import updated_since
from ownconda.settings.tree import Settings

_Ask = Callable[[Network, View], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: a question (an option with its value) or everything, seen in one way, shown in one form."""

    question: tuple[str, object] | None
    only: frozenset[Kind] | None
    implicit: bool
    own_only: bool
    reduced: bool
    depth: int | None
    out: str

    @property
    def view(self) -> View:
        """Give what counts."""
        kinds = self.only or (frozenset(KINDS) if self.implicit else WRITTEN)
        return View(kinds=kinds, implicit=self.implicit, own_only=self.own_only, reduced=self.reduced)

    @property
    def is_order(self) -> bool:
        """Tell whether it is an order of everything: something to build by."""
        return self.question is None and self.out in {"names", "project"}


def answer(wish: Wish, given: Given, how: Rendering, settings: Settings) -> int:
    """Read what is given, ask, show the answer, and give the exit code.

    What can't be read is told, and only an order of everything isn't given without it.
    """
    found = _read(given, how, settings)
    faults = WrongInputError.of(found.problems) if found.problems else None
    if faults and (wish.is_order or not found.packages):
        raise faults
    if faults:
        show_error(faults)
    show_unknown(found, wish.view)
    joined = network(found.packages)
    if wish.is_order and wish.out == "names":
        check_order(joined)
    code = show(_asked(wish, given)(joined, wish.view), joined, wish.view, out=wish.out)
    return exit_code(faults) if faults else code


def _asked(wish: Wish, given: Given) -> _Ask:
    ask: _Ask
    match wish.question:
        case "--requirements", str(spec):
            ask = partial(requirements, spec=spec, depth=wish.depth)
        case "--why", str(spec):
            ask = partial(why, spec=spec, depth=wish.depth)
        case "--path", (str(start), str(goal)):
            ask = partial(path, start=start, goal=goal)
        case "--cycles", _:
            ask = circles
        case "--unused", _:
            ask = partial(unused, kinds=wish.only)
        case "--changed", str(since):
            ask = partial(_changed, places=given.recipes, revision=since or None, depth=wish.depth)
        case _:
            ask = everything
    return ask


def _changed(
    network: Network, view: View, *, places: Sequence[Path], revision: str | None, depth: int | None
) -> Chosen:
    if not places:
        raise WrongInputError("only recipes change", hint="give the folder of recipes before --changed")
    builds = {package.made_from: package for package in network.packages if package.made_from}
    updates = updated_since(tuple(builds), places, revision)
    return to_rebuild(network, view, {builds[one.build]: one.reason for one in updates}, depth=depth)


def _read(given: Given, how: Rendering, settings: Settings) -> Found:
    if given.channels:
        trust(settings.ca_file, os.environ)
    return read(given, how, cache=render_cache(settings))
