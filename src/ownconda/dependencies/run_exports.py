"""Run exports: requirements that nobody wrote, from what a package is built with."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ownconda.conda.match_specs import spec_name
from ownconda.conda.names import NOARCH
from ownconda.dependencies.packages import Kind, Need, Package
from ownconda.errors import WrongInputError

# Which run exports, of what is in the first environment, become requirements of the last kind: conda-build's rules.
_TAKEN: tuple[tuple[Kind, str, Kind], ...] = (
    ("build", "strong", "host"),
    ("build", "strong", "run"),
    ("host", "strong", "run"),
    ("host", "weak", "run"),
)
_TAKEN_BY_NOARCH: tuple[tuple[Kind, str, Kind], ...] = (("host", "noarch", "run"), ("build", "noarch", "run"))


def with_run_exports(packages: Iterable[Package], makers: Callable[[Need], Sequence[Package]]) -> tuple[Package, ...]:
    """Add to what each recipe's package needs what those that it is built with export."""
    return tuple(_completed(package, makers) if package.made_from else package for package in packages)


def _completed(package: Package, makers: Callable[[Need], Sequence[Package]]) -> Package:
    exported = dict.fromkeys(need for need in _exported(package, makers) if _is_taken(need, package))
    return replace(package, needs=(*package.needs, *exported)) if exported else package


def _exported(package: Package, makers: Callable[[Need], Sequence[Package]]) -> Iterator[Need]:
    table = _TAKEN_BY_NOARCH if package.subdir == NOARCH else _TAKEN
    for written in (need for need in package.needs if need not in package.common):
        for kind, strength, taken_as in table:
            for maker in makers(written) if written.kind == kind else ():
                if maker.name not in package.run_exports.ignored_from:
                    for spec in maker.run_exports.given.get(strength, ()):
                        yield Need(kind=taken_as, spec=spec, subdir=package.subdir, implicit=True)


def _is_taken(need: Need, package: Package) -> bool:
    try:
        name = spec_name(need.spec)
    except WrongInputError:
        return False
    return name != package.name and name not in package.run_exports.ignored
