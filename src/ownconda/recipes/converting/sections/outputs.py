"""``outputs``: several packages of one recipe, and what is built once for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes

from ownconda.errors import Problem
from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import TRUE, negated
from ownconda.recipes.converting.placing import Placed, assembled, one_list, one_text
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.sections.about import about
from ownconda.recipes.converting.sections.build import build
from ownconda.recipes.converting.sections.requirements import requirements
from ownconda.recipes.converting.sections.source import source
from ownconda.recipes.converting.sections.tests import tests
from ownconda.recipes.converting.tree import (
    Fields,
    Items,
    Part,
    Scalar,
    by_key,
    fields_of,
    fields_of_all,
    items_of,
    text,
)

_SHARED = ("number", "skip")
"""Fields of ``build`` that hold for every output in both formats."""

_NOT_INHERITED = frozenset({"entry_points", "run_exports", "script", "script_env", "noarch", "noarch_python"})
_BUILD_KEYS = frozenset({"noarch", "noarch_python", "string", "number", "run_exports", "track_features", "features"})
_OWN = frozenset({"name", "version", "type", "build", "requirements", "test", "about", "extra", "source", "files"})
_SCRIPTS = frozenset({"build.sh", "bld.bat"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """What stands outside the outputs, by section, and the name of the package at the top."""

    sections: Mapping[str, tuple[Part, ...]]
    name: str
    files: frozenset[str] = frozenset()

    @property
    def build(self) -> tuple[Part, ...]:
        """The fields of its ``build``."""
        return fields_of_all(self.sections.get("build", ()))

    @property
    def builds_once(self) -> bool:
        """Tell whether something is built before the outputs, which they then share."""
        written_script = any(part.key == "script" for part in self.build)
        return written_script or bool(_SCRIPTS & self.files)

    @property
    def staging(self) -> str:
        """What the shared build is called."""
        return f"{self.name}-build"


def outputs(section: Sequence[Part], top: Top, around: Surroundings) -> Found:
    """Convert the outputs, with the build that they share before them."""
    entries = [item for part in section for item in items_of(part) if isinstance(item.value, Fields)]
    names = {_name(entry, around) for entry in entries}
    found: list[Part] = []
    problems: list[Problem] = []
    is_package = _is_package(top, names, around)
    if top.builds_once:
        found.append(_collected(_staging(top, around), problems, Part(value=text())))
    elif _has_requirements(top) and not (top.name in names or is_package):
        first = top.sections["requirements"][0]
        what = "the requirements at the top are for no build, and are left out"
        yield around.told(first, what, hint="there is no build.sh")
    found += [_collected(_output(entry, top, around), problems, entry) for entry in entries]
    if is_package and top.name not in names:
        found.append(_collected(_top_package(top, around), problems, Part(value=text(), is_spaced=True)))
    yield from problems
    yield Placed(("outputs",), Part(value=Items(parts=tuple(found))))


def _has_requirements(top: Top) -> bool:
    return any(part.value != text() for part in top.sections.get("requirements", ()))


def _collected(found: Iterable[Placed | Problem], problems: list[Problem], entry: Part) -> Part:
    placed = []
    for one in found:
        if isinstance(one, Placed):
            placed.append(one)
        else:
            problems.append(one)
    return replace(entry, key=None, value=assembled(placed), condition=TRUE, is_spaced=True, remark="")


def _staging(top: Top, around: Surroundings) -> Found:
    yield Placed(("staging", "name"), Part(value=text(top.staging)))
    script = tuple(part for part in top.build if part.key in {"script", "script_env"})
    yield from build(script, around)
    if not any(part.key == "script" for part in script):
        name = "build.sh" if "bld.bat" not in around.files and "build.bat" not in around.files else "build"
        yield Placed(("build", "script"), Part(value=text(name)))
    for one in requirements(top.sections.get("requirements", ()), around):
        if not isinstance(one, Placed) or one.path[1] in {"build", "host"}:
            yield one
    ignored = tuple(part for part in top.build if str(part.key).startswith("ignore_run_exports"))
    yield from build(ignored, around)


def _output(entry: Part, top: Top, around: Surroundings) -> Found:
    fields = fields_of(replace(entry, condition=TRUE, comments=(), after=(), remark=""))
    named = by_key(fields)
    name = _name(entry, around)
    is_top = name == top.name
    yield from (Placed(("package", key), one_text(named[key])) for key in ("name", "version") if key in named)
    if "name" not in named:
        yield Placed(("package", "name"), Part(value=text(top.name)))
    if entry.condition != TRUE:
        yield Placed(("build", "skip"), Part(value=text(written(negated(entry.condition)))))
    if top.builds_once:
        yield Placed(("inherit",), Part(value=text(top.staging)))
    own_script = "script" in named or not (is_top and top.builds_once)
    yield from build(_build_of(named, top, is_top=is_top), around, script=own_script)
    yield from _files(named)
    for kind in _kinds(named, top, is_top=is_top):
        yield from requirements(kind, around)
    yield from source(named.get("source", ()), around)
    test = named.get("test", ()) or (top.sections.get("test", ()) if is_top else ())
    yield from tests(test, around, name=name, is_output=True)
    yield from about(fields_of_all(named.get("about", ())), around)
    yield from (Placed(("extra",), part) for part in named.get("extra", ()))
    yield from _unknown(named, around)


def _build_of(named: Mapping[str, tuple[Part, ...]], top: Top, *, is_top: bool) -> tuple[Part, ...]:
    """Give an output's own ``build``, and what conda-build lets it have from the top beside number and skip."""
    own = fields_of_all(named.get("build", ()))
    direct = tuple(part for key in (*sorted(_BUILD_KEYS), "script") for part in named.get(key, ()))
    given = {part.key for part in (*own, *direct)}
    inherits = is_top or "build" not in named
    kept = tuple(
        replace(part, comments=())
        for part in top.build
        if inherits and part.key not in {*_SHARED, *given} and (is_top or part.key not in _NOT_INHERITED)
    )
    return (*own, *direct, *kept)


def _files(named: Mapping[str, tuple[Part, ...]]) -> Found:
    for part in named.get("files", ()):
        if isinstance(part.value, Fields):
            for inner in fields_of(part):
                yield Placed(("build", "files", str(inner.key)), one_list([inner]))
        else:
            yield Placed(("build", "files"), one_list([part]))


def _kinds(named: Mapping[str, tuple[Part, ...]], top: Top, *, is_top: bool) -> list[Sequence[Part]]:
    """Give the sections of requirements that hold for an output: its own; for the top's package the top's, too."""
    own = named.get("requirements", ())
    if not is_top:
        return [own]
    given = {part.key for section in own for part in fields_of(section)}
    listed = any(not isinstance(section.value, Fields) for section in own)
    above = [
        replace(section, value=Fields(parts=tuple(part for part in section.value.parts if part.key not in given)))
        for section in top.sections.get("requirements", ())
        if isinstance(section.value, Fields) and not listed
    ]
    return [above, own]


def _unknown(named: Mapping[str, tuple[Part, ...]], around: Surroundings) -> Found:
    for key, parts in named.items():
        if key not in {*_OWN, *_BUILD_KEYS, "script"}:
            yield around.told(parts[0], f"outputs.{key} has no place in v1, and is left out")
        elif key == "type" and isinstance(parts[0].value, Scalar) and parts[0].value.plain not in {"conda", "conda_v2"}:
            yield around.told(parts[0], "v1 makes conda packages only; the type of the output is left out")


def _is_package(top: Top, names: set[str], around: Surroundings) -> bool:
    """Tell whether the package at the top is one itself, as conda-build sees it: it requires one of the outputs."""
    for section in top.sections.get("requirements", ()):
        for part in fields_of(section):
            for item in items_of(part):
                pieces = item.value.pieces if isinstance(item.value, Scalar) else ()
                if any(_is_subpackage_pin(piece) for piece in pieces):
                    return True
                if part.key == "run" and _known(item, around).partition(" ")[0] in names:
                    return True
    return False


def _is_subpackage_pin(piece: object) -> bool:
    return isinstance(piece, nodes.Call) and piece.node == nodes.Name("pin_subpackage", "load")


def _top_package(top: Top, around: Surroundings) -> Found:
    yield Placed(("package", "name"), Part(value=text(top.name)))
    if top.builds_once:
        yield Placed(("inherit",), Part(value=text(top.staging)))
    kept = tuple(part for part in top.build if part.key not in {*_SHARED, "script", "script_env"})
    yield from build(kept, around)
    yield from requirements(top.sections.get("requirements", ()), around)
    yield from tests(top.sections.get("test", ()), around, name=top.name, is_output=False)


def _name(entry: Part, around: Surroundings) -> str:
    named = entry.value.named("name") if isinstance(entry.value, Fields) else ()
    return _known(named[0], around) if named else ""


def _known(part: Part, around: Surroundings) -> str:
    return around.known_text(part.value) if isinstance(part.value, Scalar) else ""
