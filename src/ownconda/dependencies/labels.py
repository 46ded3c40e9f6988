"""What packages are called among others: by name alone where that is enough, by more where it isn't."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ownconda.dependencies.packages import Package

Say = Callable[[Package], str]


def labels(packages: Iterable[Package]) -> Mapping[Package, str]:
    """Give each package the shortest label that no other one has."""
    waiting = list(dict.fromkeys(packages))
    found: dict[Package, str] = {}
    for say in _ways_to_say(waiting):
        said = {one: say(one) for one in waiting}
        count = Counter([*said.values(), *found.values()])
        found |= {one: text for one, text in said.items() if count[text] == 1}
        waiting = [one for one in waiting if one not in found]
    return found | {one: f"{_at_length(one)} in {one.place} ({number})" for number, one in enumerate(waiting, start=1)}


def _ways_to_say(packages: Sequence[Package]) -> tuple[Say, ...]:
    """Give what may be said of a package, from the shortest on."""
    differing = _differing_keys(packages)
    return (
        lambda one: one.name,
        lambda one: f"{one.name} {one.version or '(made by nobody here)'}",
        lambda one: f"{one.name} {one.version} ({_variant(one, differing.get(one.name, ()))})",
        lambda one: f"{one.name} {one.version} {one.build}",
        _at_length,
        lambda one: f"{_at_length(one)} in {Path(one.project).name or one.place}",
        lambda one: f"{_at_length(one)} in {one.place}",
    )


def _at_length(package: Package) -> str:
    return f"{package.name} {package.version} {package.build} {package.subdir}"


def _differing_keys(packages: Iterable[Package]) -> dict[str, tuple[str, ...]]:
    """Give for each name the keys of variants whose values differ among its packages."""
    variants: dict[str, list[Mapping[str, str]]] = {}
    for package in packages:
        variants.setdefault(package.name, []).append(package.variant)
    return {
        name: tuple(key for key in sorted(set().union(*some)) if len({one.get(key) for one in some}) > 1)
        for name, some in variants.items()
    }


def _variant(package: Package, keys: Iterable[str]) -> str:
    return ", ".join(f"{key} {package.variant[key]}" for key in keys if key in package.variant) or package.build
