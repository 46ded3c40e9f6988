"""What both formats say, in the same words: a rendered output as the rules look at it."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ownconda.errors import Problem, WrongInputError
from ownconda.recipes.checked import CheckedOutput
from ownconda.recipes.editing import Form
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.v0.as_v1 import rendered_as_v1

WORDS: Mapping[Form, Mapping[str, str]] = MappingProxyType(
    {
        "v0": {
            "homepage": "about.home",
            "run constraints": "requirements.run_constrained",
            "run exports": "build.run_exports",
            "system libraries": "build.missing_dso_whitelist",
            "tests": "test",
        },
        "v1": {
            "homepage": "about.homepage",
            "run constraints": "requirements.run_constraints",
            "run exports": "requirements.run_exports",
            "system libraries": "build.dynamic_linking.missing_dso_allowlist",
            "tests": "tests",
        },
    }
)
"""The field in which a format says something that the other one says elsewhere."""


def checked_output(rendered: Rendered) -> CheckedOutput:
    """Take from a rendered output what rules ask for."""
    build, fields = rendered.build, rendered.fields
    about = _section(fields, "about")
    homepage, exports, unexported, libraries = _of_v0(rendered) if build.format == "v0" else _of_v1(rendered)
    without_effect, unbuildable = _translated(rendered) if build.format == "v0" else ((), ())
    return CheckedOutput(
        build=build,
        licence=_text(about.get("license")),
        licence_files=_texts(about.get("license_file")),
        summary=_text(about.get("summary")),
        homepage=homepage,
        patches=tuple(_patches(rendered)),
        run_exports=exports,
        unexported=unexported,
        system_libraries=libraries,
        is_tested=bool(fields.get(WORDS[build.format]["tests"])),
        without_effect=without_effect,
        unbuildable=unbuildable,
    )


_OfItsOwn = tuple[str, tuple[str, ...], frozenset[str], tuple[str, ...]]


def _of_v0(rendered: Rendered) -> _OfItsOwn:
    build = _section(rendered.fields, "build")
    ignored = (*_texts(build.get("ignore_run_exports")), *_texts(build.get("ignore_run_exports_from")))
    libraries = (*_texts(build.get("missing_dso_whitelist")), *_texts(build.get("missing_dso_allowlist")))
    return (
        _text(_section(rendered.fields, "about").get("home")),
        tuple(spec for specs in rendered.build.run_exports.values() for spec in specs),
        _names(ignored),
        libraries,
    )


def _translated(rendered: Rendered) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Tell what has no effect, and what can't be built, when the builder's format is made of it."""
    try:
        return rendered_as_v1(rendered).problems, ()
    except WrongInputError as error:
        return (), error.problems


def _of_v1(rendered: Rendered) -> _OfItsOwn:
    requirements = _section(rendered.fields, "requirements")
    ignored = _section(requirements, "ignore_run_exports")
    linking = _section(_section(rendered.fields, "build"), "dynamic_linking")
    exports = requirements.get("run_exports")
    return (
        _text(_section(rendered.fields, "about").get("homepage")),
        tuple(_exported(exports.values() if isinstance(exports, Mapping) else [exports or []])),
        _names((*_texts(ignored.get("by_name")), *_texts(ignored.get("from_package")))),
        _texts(linking.get("missing_dso_allowlist")),
    )


def _exported(lists: Iterable[object]) -> Iterator[str]:
    """Give specs; a pin counts as the name that it pins."""
    for entries in lists:
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, Mapping):
                yield from (_text(pin.get("name")) for pin in entry.values() if isinstance(pin, Mapping))
            else:
                yield _text(entry)


def _patches(rendered: Rendered) -> Iterator[str]:
    for source in rendered.build.sources:
        yield from _texts(source.fields.get("patches"))


def _section(holder: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = holder.get(name)
    return found if isinstance(found, Mapping) else {}


def _names(specs: Iterable[str]) -> frozenset[str]:
    return frozenset(spec.split()[0] for spec in specs if spec.split())


def _texts(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return tuple(text for entry in entries if (text := _text(entry)))


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, Mapping | list | bool) else str(value).strip()
