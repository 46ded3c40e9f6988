"""Network: packages joined by their requirements, so that it can be walked both ways.

A way through it alternates between packages and the requirements between them. A requirement that many packages share
is joined once with all that could satisfy it, which keeps a channel of tens of thousands of packages small.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ownconda.conda.match_specs import acceptor
from ownconda.conda.names import VIRTUAL
from ownconda.dependencies.packages import KINDS, Need, Package, asked_name, outside
from ownconda.dependencies.run_exports import with_run_exports
from ownconda.errors import WrongInputError


@dataclass(frozen=True, slots=True)
class Network:
    """Packages, and for each requirement who asks for it (``asked``) and who could satisfy it (``made``).

    What nobody satisfies is made by a package outside. ``satisfied`` are the requirements that a package could satisfy,
    those to build first.
    """

    packages: tuple[Package, ...]
    asked: Mapping[Need, Sequence[Package]]
    made: Mapping[Need, Sequence[Package]]
    satisfied: Mapping[Package, Sequence[Need]]

    def between(self, package: Package, needed: Package) -> tuple[Need, ...]:
        """Give the requirements by which one package needs another."""
        return tuple(need for need in package.needs if needed in self.made.get(need, ()))


def network(packages: Iterable[Package]) -> Network:
    """Join packages by what they need; what is no match spec asks for its first word, and nobody makes it."""
    given = tuple(packages)
    makers: defaultdict[str, list[Package]] = defaultdict(list)
    for package in given:
        makers[package.name].append(package)
    return _joined(with_run_exports(given, lambda need: _makers(need, makers)))


def _joined(packages: tuple[Package, ...]) -> Network:
    by_name: defaultdict[str, list[Package]] = defaultdict(list)
    asked: defaultdict[Need, list[Package]] = defaultdict(list)
    for package in packages:
        by_name[package.name].append(package)
        for need in package.needs:
            asked[need].append(package)
    made: dict[Need, Sequence[Package]] = {}
    satisfied: defaultdict[Package, list[Need]] = defaultdict(list)
    for need in sorted(asked, key=lambda need: KINDS.index(need.kind)):
        name = asked_name(need.spec)
        if not name.startswith(VIRTUAL):
            made[need] = _makers(need, by_name) or (outside(name),)
            for package in made[need]:
                satisfied[package].append(need)
    return Network(packages, asked, made, satisfied)


def _makers(need: Need, by_name: Mapping[str, Sequence[Package]]) -> Sequence[Package]:
    candidates = by_name.get(asked_name(need.spec), ())
    try:
        fits = acceptor(need.spec) if candidates else None
    except WrongInputError:
        return ()
    return [one for one in candidates if fits and need.may_be_in(one.subdir) and fits(one.version, one.build)]
