"""The outputs of a recipe: what each of them is after conda-build's rules of what is inherited from the top."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.sections import section, sections, text, texts, truth

CONDA_TYPES = frozenset({"", "conda", "conda_v2"})
REQUIREMENTS = ("build", "host", "run", "run_constrained")

_NOT_INHERITED = ("entry_points", "run_exports", "script", "noarch", "noarch_python")
_FROM_TOP = ("about", "app", "extra")
_MAPPINGS = ("test", *_FROM_TOP)
_OTHERS = ("files", "script", "script_interpreter")
_NOT_TESTED_TWICE = ("commands", "imports")
_OWN = ("number", "string", "run_exports", "track_features", "features", "noarch", "noarch_python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One package of a recipe, with its sections as they hold for it.

    ``place`` is where it stands in the list of outputs; the package at the top of a recipe stands nowhere.
    ``script`` is a file beside the recipe. ``others`` are the sections that neither name it nor are about its build:
    ``test``, ``about``, ``files``, ….
    """

    name: str
    version: str
    build: Mapping[str, object] = field(default_factory=dict)
    requirements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    test_requires: tuple[str, ...] = ()
    target: str | None = None
    script: str | None = None
    place: int | None = None
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def noarch(self) -> str | None:
        """The kind of a package for every platform: ``python`` or ``generic``; None for one that isn't."""
        if truth(self.build.get("noarch_python")):
            return "python"
        kind = self.build.get("noarch")
        if not truth(kind):
            return None
        return "generic" if kind is True else text(kind)

    @property
    def is_skipped(self) -> bool:
        """Tell whether it isn't made in this variant."""
        return truth(self.build.get("skip"))

    def names(self, *kinds: str) -> frozenset[str]:
        """Give the names of the packages that it requires."""
        return frozenset(spec.split()[0] for kind in kinds for spec in self.requirements.get(kind, ()))


def outputs(recipe: Mapping[str, object], *, where: Where) -> list[Output]:
    """Give what a recipe makes, in the order in which it is written.

    Raises WrongInputError when its sections aren't what they have to be.
    """
    top = _top(recipe, where)
    written = sections(recipe, "outputs", where=where)
    if top.is_skipped:
        return []
    if not written:
        if not top.name:
            raise WrongInputError("the name of the package is missing", where=_field(where, "package.name"))
        return [top]
    entries: list[tuple[int | None, Mapping[str, object]]] = list(enumerate(written))
    if _asks_for_outputs(top, written) and top.name not in {text(one.get("name")) for one in written}:
        entries.append((None, {"name": top.name}))
    return [
        _same_as_top(top, entry, place, where)
        if text(entry.get("name")) == top.name
        else _output(top, entry, place, where)
        for place, entry in entries
        if text(entry.get("type")) in CONDA_TYPES
    ]


def package_at_top(recipe: Mapping[str, object], *, where: Where) -> Output:
    """Give what stands at the top of a recipe, whether it becomes a package or is only built for its outputs."""
    return _top(recipe, where)


def run_exports(build: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    """Give run exports by kind; those that are a plain list are weak."""
    written = build.get("run_exports")
    if isinstance(written, Mapping):
        return {str(kind): texts(specs) for kind, specs in written.items() if texts(specs)}
    if isinstance(written, list) and any(isinstance(entry, Mapping) for entry in written):
        joined: dict[str, tuple[str, ...]] = {}
        for entry in written:
            exported = run_exports({"run_exports": entry})
            joined |= {kind: (*joined.get(kind, ()), *specs) for kind, specs in exported.items()}
        return joined
    return {"weak": texts(written)} if texts(written) else {}


def _top(recipe: Mapping[str, object], where: Where) -> Output:
    package = section(recipe, "package", where=where)
    build = section(recipe, "build", where=where)
    test = section(recipe, "test", where=where)
    return Output(
        name=text(package.get("name")),
        version=text(package.get("version")),
        build=build,
        requirements=_requirements(recipe, where),
        test_requires=texts(test.get("requires")),
        others=_others(recipe, where),
    )


def _requirements(holder: Mapping[str, object], where: Where) -> Mapping[str, tuple[str, ...]]:
    """Give requirements by kind; a plain list is for both host and run."""
    written = holder.get("requirements")
    if not written:
        return {}
    if isinstance(written, list | str):
        return {"host": texts(written), "run": texts(written)}
    found = section(holder, "requirements", where=where)
    for kind in REQUIREMENTS:
        entries = found.get(kind)
        if isinstance(entries, Mapping) or any(
            isinstance(entry, Mapping | list) for entry in (entries if isinstance(entries, list) else ())
        ):
            raise WrongInputError("has to be a list of match specs", where=_field(where, f"requirements.{kind}"))
    return {kind: _stripped(texts(found[kind])) for kind in REQUIREMENTS if kind in found}


def _stripped(specs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(" ".join(spec.split()) for spec in specs)


def _asks_for_outputs(top: Output, written: tuple[Mapping[str, object], ...]) -> bool:
    """Tell whether the package at the top requires one of the outputs: then it is a package itself."""
    names = {text(one.get("name")) for one in written}
    pinned = any("\ue001" in spec for kind in REQUIREMENTS for spec in top.requirements.get(kind, ()))
    return bool(top.name) and (pinned or not names.isdisjoint(top.names("run")))


def _same_as_top(top: Output, entry: Mapping[str, object], place: int | None, where: Where) -> Output:
    """Fill what an output of the top's own name doesn't say from the top."""
    return Output(
        name=top.name,
        version=top.version or text(entry.get("version")),
        build={**top.build, **section(entry, "build", where=where)},
        requirements={**top.requirements, **_requirements(entry, where)},
        test_requires=top.test_requires,
        script=text(entry.get("script")) or None,
        place=place,
        others=_merged_with_top(top, _others(entry, where)),
    )


def _merged_with_top(top: Output, others: dict[str, Any]) -> dict[str, Any]:
    """Fill what an output of the top's own name says about itself from the top, key by key."""
    found = top.others | others
    if "about" in found:
        found["about"] = top.others.get("about", {}) | found["about"]
    return found


def _output(top: Output, entry: Mapping[str, object], place: int | None, where: Where) -> Output:
    name = text(entry.get("name")) or top.name
    if not name:
        raise WrongInputError("the name of the package is missing", where=_field(where, f"outputs[{place}].name"))
    own = re.compile(rf"{re.escape(name)}(?:\s|$)")
    requirements = {
        kind: tuple(spec for spec in specs if kind == "run_constrained" or not own.match(spec))
        for kind, specs in _requirements(entry, where).items()
    }
    test = section(entry, "test", where=where)
    return Output(
        name=name,
        version=text(entry.get("version")) or top.version,
        build=dict(_own_build(top, entry, where)),
        requirements=requirements,
        test_requires=texts(test.get("requires")) if "test" in entry else top.test_requires,
        target=text(entry.get("target")) or None,
        script=text(entry.get("script")) or None,
        place=place,
        others=_from_top(top) | _others(entry, where),
    )


def _from_top(top: Output) -> dict[str, Any]:
    """Give what every output takes over from the top; what is tested there isn't tested again."""
    found = {key: top.others[key] for key in _FROM_TOP if key in top.others}
    if "test" in top.others:
        tested = top.others["test"].items()
        found["test"] = {key: value for key, value in tested if key not in _NOT_TESTED_TWICE}
    return found


def _others(entry: Mapping[str, object], where: Where) -> dict[str, Any]:
    """Give the sections that neither name a package nor are about its build.

    Raises WrongInputError when one that has to be a mapping isn't.
    """
    found: dict[str, Any] = {key: section(entry, key, where=where) for key in _MAPPINGS if entry.get(key)}
    return found | {key: entry[key] for key in _OTHERS if entry.get(key)}


def _own_build(top: Output, entry: Mapping[str, object], where: Where) -> Iterator[tuple[str, object]]:
    if "build" in entry:
        build = section(entry, "build", where=where)
        number = entry.get("number", top.build.get("number"))
        yield from {"number": number, **build}.items()
        return
    yield from ((key, value) for key, value in top.build.items() if key not in _NOT_INHERITED)
    yield from ((key, entry[key]) for key in _OWN if entry.get(key))


def _field(where: Where, name: str) -> Where:
    return Where(file=where.file, line=where.line, field=name)
