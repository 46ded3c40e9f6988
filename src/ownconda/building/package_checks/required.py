"""Which packages are installed together with one: the newest that fit what it requires, and what those require."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ownconda.conda.available import Available
from ownconda.conda.match_specs import accepts, spec_name
from ownconda.conda.versions import version_key
from ownconda.errors import WrongInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """What is installed with a package: what it requires itself, what those require, and what nobody has."""

    direct: tuple[Available, ...] = ()
    indirect: tuple[Available, ...] = ()
    unknown: tuple[str, ...] = ()


def required_by(depends: Sequence[str], candidates: Iterable[Available], *, preferred: Collection[str]) -> Required:
    """Choose a package for each requirement.

    ``preferred`` are digests of packages that are chosen wherever they fit: those that it was built with.
    """
    by_name: dict[str, list[Available]] = {}
    for one in candidates:
        by_name.setdefault(one.name, []).append(one)
    direct, unknown = _chosen(depends, by_name, preferred, known=frozenset())
    found = {one.name: one for one in direct}
    level: Sequence[Available] = direct
    while level:
        level, _ = _chosen([spec for one in level for spec in one.depends], by_name, preferred, known=found.keys())
        found |= {one.name: one for one in level}
    indirect = [one for one in found.values() if one not in direct]
    return Required(direct=tuple(direct), indirect=tuple(indirect), unknown=tuple(unknown))


def _chosen(
    specs: Iterable[str], by_name: dict[str, list[Available]], preferred: Collection[str], *, known: Collection[str]
) -> tuple[list[Available], list[str]]:
    """Choose for those of the specs whose name isn't known yet; a virtual package is the system's."""
    chosen: dict[str, Available] = {}
    unknown: list[str] = []
    for spec in specs:
        name = _name(spec)
        if not name or name.startswith("__") or name in known:
            continue
        fitting = [one for one in by_name.get(name, ()) if accepts(spec, version=one.version, build=one.build)]
        if fitting:
            chosen.setdefault(name, max(fitting, key=lambda one: _rank(one, preferred)))
        else:
            unknown.append(spec)
    return list(chosen.values()), unknown


def _name(spec: str) -> str:
    try:
        return spec_name(spec)
    except WrongInputError:
        return ""


def _rank(one: Available, preferred: Collection[str]) -> tuple[object, ...]:
    return (one.sha256 in preferred, version_key(one.version), one.build_number)
