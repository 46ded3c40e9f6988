"""An output of a conda-build recipe as a recipe of rattler-build's that makes exactly this package.

Everything is settled in it: name, version, build string, match specs. What rattler-build has no words for is either
done by the script that comes with it, written into the package's metadata when it is sealed, or told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ownconda.conda.match_specs import normal_form
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.reading import files_beside
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.v0.scripts import LANGUAGE_VARIABLES, SCRIPT, output_script, script_variables, top_script
from ownconda.recipes.v0.sections import text, texts
from ownconda.recipes.v0.v1_build import untranslated, v1_build
from ownconda.recipes.v0.v1_sources import NO_HOIST, RECIPE_DIR, v1_source
from ownconda.recipes.v0.v1_tests import v1_tests

RECIPE_FILE = "recipe.yaml"
TOP_BUILD = "top"
"""The build string of what is built at the top of a recipe, which makes no package."""

_LICENCE = "LicenseRef-as-in-about.json"
"""Stands for the licence, which conda-build lets be any text: it is written when the package is sealed."""

_FOLDERS = ("PREFIX", "BUILD_PREFIX")
_NOTHING = MappingProxyType({"content": ":"})
"""A script that does nothing: without any, the builder would look for one itself."""

_LISTS_OF_ABOUT = ("identifiers", "tags", "keywords")
_RUN_EXPORTS = MappingProxyType({"weak_constrains": "weak_constraints", "strong_constrains": "strong_constraints"})
_EVERYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsV1:
    """A recipe for rattler-build, with the files that stand beside it.

    ``copies`` are files from outside the recipe's folder that are needed in it: their path there, and where they are.
    ``index`` and ``about`` are what the package's metadata says besides. ``problems`` tell what has no equivalent.
    """

    recipe: Mapping[str, Any]
    files: Mapping[str, str]
    copies: Mapping[str, str] = field(default_factory=dict)
    index: Mapping[str, object] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def rendered_as_v1(rendered: Rendered) -> AsV1:
    """Translate a rendered output, with what stands in its recipe's folder. Raises WrongInputError as `as_v1` does."""
    build = rendered.build
    windows = build.subdir.startswith("win-")
    return as_v1(build, rendered.fields, beside=files_beside(build.recipe), windows=windows)


def as_v1(build: Build, fields: Mapping[str, Any], *, beside: Collection[str], windows: bool = False) -> AsV1:
    """Translate what a conda-build recipe says about an output.

    ``fields`` are those that it renders to, ``beside`` the names in the recipe's folder. Raises WrongInputError for
    what can't be translated and without which the package would be wrong.
    """
    where = Where(file=build.recipe)
    try:
        files = {} if windows else output_script(fields, beside)
        script = _windows_script(fields, beside) if windows else _script(fields, files)
        recipe = {
            "package": {"name": build.name, "version": build.version},
            "source": _sources(fields),
            "build": {
                "number": build.number,
                "string": build.build,
                "variant": {"use_keys": _use_keys(build.variant)},
                **({"noarch": build.noarch} if build.noarch else {}),
                "script": script,
                **v1_build(fields["build"], files=fields.get("files")),
            },
            "requirements": _requirements(build, fields),
            "tests": v1_tests(fields, beside),
        }
    except WrongInputError as error:
        raise WrongInputError.of(
            Problem(what=one.what, where=where, hint=one.hint) for one in error.problems
        ) from error
    return AsV1(
        recipe=_literal(recipe) | {"about": _about(fields)},
        files=files,
        copies=_from_outside(fields),
        index=_index(fields),
        about=_told_about(fields),
        problems=tuple(untranslated(fields, where)),
    )


def top_as_v1(build: Build, fields: Mapping[str, Any], *, beside: Collection[str]) -> AsV1:
    """Translate what is built at the top of a recipe before any of its outputs; it makes no package of its own.

    Raises WrongInputError as `as_v1` does.
    """
    top = fields["top"]
    try:
        files = top_script(top, beside)
        recipe = {
            "package": {"name": top["package"]["name"], "version": top["package"]["version"] or build.version},
            "source": _sources(fields),
            "build": {
                "number": 0,
                "string": TOP_BUILD,
                "variant": {"use_keys": _use_keys(top["variant"])},
                "script": _script(top, files),
            },
            "requirements": _environments(top["requirements"], merged=top["merged"]),
            "about": {"license": _LICENCE},
        }
    except WrongInputError as error:
        where = Where(file=build.recipe)
        raise WrongInputError.of(
            Problem(what=one.what, where=where, hint=one.hint) for one in error.problems
        ) from error
    return AsV1(recipe=_literal(recipe), files=files)


def _literal(value: object) -> Any:  # noqa: ANN401  (as deep as the recipe)
    """Keep rattler-build from taking a text for a template."""
    if isinstance(value, str):
        return value.replace("${{", "${{ '${{' }}")
    if isinstance(value, Mapping):
        return {key: _literal(one) for key, one in value.items()}
    return [_literal(one) for one in value] if isinstance(value, list) else value


# From what it is built


def _sources(fields: Mapping[str, Any]) -> list[dict[str, object]]:
    found = [v1_source(source) for source in fields["source"]]
    return [{key: value for key, value in source.items() if key != NO_HOIST} for source in found]


# How it is built


def _script(fields: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    if not files:
        return dict(_NOTHING)
    given, passed = script_variables(fields)
    return {"file": SCRIPT, "env": _variables(fields) | given, **({"secrets": passed} if passed else {})}


def _use_keys(variant: Mapping[str, str]) -> list[str]:
    """Give the variant's keys that scripts find as variables."""
    return sorted(key for key, value in variant.items() if value and key != "target_platform")


def _variables(fields: Mapping[str, Any]) -> dict[str, str]:
    """Give the variables that conda-build sets and the builder doesn't, or not to the same value."""
    top = fields.get("top")
    named = {"TOP_PKG_NAME": top["package"]["name"], "TOP_PKG_VERSION": top["package"]["version"]} if top else {}
    told = {key: value for key, value in fields["environment"].items() if key not in LANGUAGE_VARIABLES}
    return {key: value for key, value in (named | told).items() if value}


def _windows_script(fields: Mapping[str, Any], beside: Collection[str]) -> dict[str, Any]:
    given, passed = script_variables(fields)
    rest = {"env": _variables(fields) | given, **({"secrets": passed} if passed else {})}
    if fields.get("top"):
        raise WrongInputError(
            "a recipe with outputs can't be built for Windows", hint="convert it to a recipe.yaml: there it can"
        )
    inline = texts(fields["build"].get("script"))
    if inline:
        return {"content": list(inline), **rest}
    return {"file": "bld.bat", **rest} if "bld.bat" in beside else dict(_NOTHING)


# What it needs


def _requirements(build: Build, fields: Mapping[str, Any]) -> dict[str, Any]:
    needs = build.requirements
    kinds = {"build": needs.build, "host": needs.host}
    exports = {_RUN_EXPORTS.get(kind, kind): _specs(specs) for kind, specs in build.run_exports.items()}
    found = {
        **_environments(kinds, merged=fields["merged"]),
        "run": _specs(needs.run),
        "run_constraints": _specs(needs.run_constraints),
        "run_exports": exports,
        "ignore_run_exports": _ignored(fields["build"], (*needs.build, *needs.host)),
    }
    return {kind: specs for kind, specs in found.items() if specs}


def _environments(kinds: Mapping[str, Sequence[str]], *, merged: bool) -> dict[str, list[str]]:
    """Give the requirements of both environments; where they are merged there is that of host alone."""
    build, host = (_specs(kinds.get(kind, ())) for kind in ("build", "host"))
    return {"host": [*build, *host]} if merged else {"build": build, "host": host}


def _specs(written: Iterable[str]) -> list[str]:
    return [normal_form(spec) for spec in written]


def _ignored(build: Mapping[str, Any], direct: tuple[str, ...]) -> dict[str, list[str]]:
    names, makers = texts(build.get("ignore_run_exports")), texts(build.get("ignore_run_exports_from"))
    everything = _EVERYTHING in names or _EVERYTHING in makers
    found = {
        "by_name": [name.split()[0] for name in names if name != _EVERYTHING],
        "from_package": sorted({spec.split()[0] for spec in (direct if everything else makers)}),
    }
    return {key: values for key, values in found.items() if values}


# What it says about itself


def _about(fields: Mapping[str, Any]) -> dict[str, Any]:
    files = [_licence_file(file) for file in _licence_files(fields)]
    return {"license": _LICENCE, **({"license_file": files} if files else {})}


def _licence_files(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return texts((fields.get("about") or {}).get("license_file"))


def _licence_file(written: str) -> str:
    """Give a licence's file in the folder of the sources or the recipe's, or in one of the environments."""
    for variable in _FOLDERS:
        if written.startswith(f"${variable}/"):
            return f"${{{{ {variable} }}}}{_literal(written.removeprefix(f'${variable}'))}"
    inside = written.removeprefix(f"{RECIPE_DIR}/").removeprefix("$SRC_DIR/")
    return str(_literal("/".join(part for part in inside.split("/") if part not in {".", ".."})))


def _from_outside(fields: Mapping[str, Any]) -> dict[str, str]:
    """Give the licences' files that are above the recipe's folder, as in a project that has its recipe below it."""
    return {_licence_file(file): file for file in _licence_files(fields) if file.startswith("../")}


def _index(fields: Mapping[str, Any]) -> dict[str, object]:
    """Give what stands in ``info/index.json`` in conda-build's words."""
    build, about = fields["build"], fields.get("about") or {}
    found = {
        "license": text(about.get("license")) or None,
        "license_family": text(about.get("license_family")) or None,
        "track_features": " ".join(texts(build.get("track_features"))) or None,
        "features": " ".join(texts(build.get("features"))) or None,
    }
    return dict(found)


def _told_about(fields: Mapping[str, Any]) -> dict[str, object]:
    """Give what stands in ``info/about.json`` in conda-build's words."""
    about = {key: value for key, value in (fields.get("about") or {}).items() if value}
    lists = {key: list(texts(about[key])) for key in _LISTS_OF_ABOUT if key in about}
    extra = fields.get("extra")
    return {**about, **lists, **({"extra": extra} if extra else {})}
