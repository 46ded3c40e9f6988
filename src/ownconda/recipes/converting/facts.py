"""What a Build is, as conda-build's rules and rattler-build's render it: the same fields of both, in one form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconda.conda.pins import Pin, pinned
from ownconda.recipes.converting.normal_forms import (
    IN_SHELL,
    Own,
    SourceForm,
    address_form,
    command_lines,
    export_forms,
    listed_modules,
    loaded_modules,
    script_lines,
    sorted_forms,
    spec_forms,
    test_command_lines,
    test_spec_forms,
    without_exported_bounds,
    without_hash,
    without_variants,
)
from ownconda.recipes.converting.sections.about import NAMES as ABOUT_NAMES
from ownconda.recipes.converting.sections.build import FLAGS, LISTS
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.v0.sections import text, texts, truth

NEEDS, TESTED, STAGED = "tests' requirements", "has tests", "script of the stage"
"""Fields that are compared in a way of their own."""

Facts = Mapping[str, object]


# What v0 says


def old_facts(one: Rendered, own: Own) -> Facts:
    build, fields = one.build, one.fields
    written: Mapping[str, Any] = fields.get("build") or {}
    needs = build.requirements
    test = fields.get("test") or {}
    test = test if isinstance(test, Mapping) else {}
    return {
        "version": build.version,
        "subdir": build.subdir,
        "number": build.number,
        "noarch": build.noarch,
        "build string": without_hash(build.build) if text(written.get("string")) else None,
        "build requirements": spec_forms(without_variants(needs.build, own), own),
        "host requirements": spec_forms(without_variants(needs.host, own), own),
        "run requirements": spec_forms(without_exported_bounds(needs.run, (*needs.host, *needs.build)), own),
        "run constraints": spec_forms(needs.run_constraints, own),
        "run exports": export_forms(
            {_EXPORT_NAMES.get(kind, kind): specs for kind, specs in build.run_exports.items()}, own
        ),
        "sources": tuple(_old_source(source.fields) for source in build.sources if _is_source(source.fields)),
        "script": script_lines(texts(fields.get("script") or written.get("script"))),
        "script's environment": tuple(sorted(entry for entry in texts(written.get("script_env")) if "=" in entry)),
        NEEDS: test_spec_forms(texts(test.get("requires")), own),  # both formats add the interpreter by themselves
        TESTED: any(test.get(key) for key in ("imports", "commands", "script")),
        "tests' modules": tuple(
            sorted({*listed_modules(test.get("imports")), *loaded_modules(texts(test.get("commands")))})
        ),
        "tests' commands": test_command_lines((*texts(test.get("commands")), *texts(test.get("script")))),
        "tests downstream": tuple(sorted(texts(test.get("downstreams")))),
        "files": _files(fields.get("files")),
        **_old_lists(written),
        **_old_about(fields.get("about"), build.recipe.parent),
    }


_EXPORT_NAMES = {"weak_constrains": "weak_constraints", "strong_constrains": "strong_constraints"}


def _files(written: object) -> tuple[str, ...]:
    """Give the patterns of the files that an output has: a list, or what is included and excluded."""
    if not isinstance(written, Mapping):
        return sorted_forms(texts(written))
    excluded = sorted_forms(texts(written.get("exclude")))
    return (*sorted_forms(texts(written.get("include"))), *(f"not {one}" for one in excluded))


def _old_lists(written: Mapping[str, Any]) -> Facts:
    found: dict[str, object] = {}
    for key in LISTS:
        values = (value.replace("$PREFIX/", "") for value in texts(written.get(key)))
        found[_label(LISTS[key])] = sorted_forms(values)
    for key in FLAGS:
        found[_label(FLAGS[key])] = truth(written.get(key))
    return found


def _label(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _is_source(fields: Mapping[str, Any]) -> bool:
    """Tell whether there is anything to fetch: the other fields may stand alone on some platforms."""
    return any(fields.get(key) for key in ("url", "path", "git_url", "hg_url", "svn_url"))


def _old_source(fields: Mapping[str, Any]) -> Facts:
    return SourceForm(
        {
            "url": texts(fields.get("url")),
            "sha256": text(fields.get("sha256")),
            "md5": text(fields.get("md5")),
            "git": text(fields.get("git_url")),
            "rev": text(fields.get("git_rev") or fields.get("git_tag") or fields.get("git_branch")),
            "path": text(fields.get("path")),
            "folder": text(fields.get("folder")),
            "patches": command_lines(texts(fields.get("patches"))),
        }
    )


def _old_about(section: object, folder: Path) -> Facts:
    about = section if isinstance(section, Mapping) else {}
    said = {}
    for key, name in ABOUT_NAMES.items():
        if key == "license":
            continue  # converted to SPDX, which is told by itself
        values = tuple(str(value).replace(f"{folder}/", "") for value in texts(about.get(key)))
        said[f"about.{name}"] = _about_value(key, values)
    return said


def _about_value(key: str, values: Sequence[str]) -> object:
    if key == "license_file":
        return tuple(sorted(IN_SHELL.sub(r"$\1", value) for value in values))
    first = values[0] if values else ""
    if key in {"summary", "description", "license_family"}:
        return " ".join(first.split())
    return address_form(first) if ":" in first and " " not in first else ""


# What v1 says


def new_facts(one: Rendered, own: Own) -> Facts:
    build, fields = one.build, one.fields
    written: Mapping[str, Any] = fields.get("build") or {}
    section = fields.get("requirements") or {}
    pins = _Pins(variant=build.variant, version=build.version)
    tests = list(fields.get("tests") or ())
    return {
        "version": build.version,
        "subdir": build.subdir,
        "number": build.number,
        "noarch": build.noarch,
        "build string": without_hash(build.build),
        "build requirements": spec_forms(without_variants(build.requirements.build, own), own),
        "host requirements": spec_forms(without_variants(build.requirements.host, own), own),
        "run requirements": spec_forms(build.requirements.run, own),
        "run constraints": spec_forms(build.requirements.run_constraints, own),
        "run exports": export_forms(
            {kind: [pins.text(spec) for spec in specs] for kind, specs in (section.get("run_exports") or {}).items()},
            own,
        ),
        "sources": tuple(_new_source(source) for source in (*_staged(fields, "source"), *(fields.get("source") or ()))),
        STAGED: script_lines([line for build in _staged(fields, "build") for line in _script(build.get("script"))]),
        "script": script_lines(_script(written.get("script"))),
        "script's environment": _environment(written.get("script")),
        NEEDS: test_spec_forms(_test_needs(tests), own),
        "tests' modules": tuple(sorted({*_new_modules(tests), *loaded_modules(_new_commands(tests))})),
        "tests' commands": test_command_lines(_new_commands(tests)),
        "tests downstream": tuple(sorted(str(test["downstream"]) for test in tests if "downstream" in test)),
        "files": _files(written.get("files")),
        **_new_lists(fields),
        **_new_about(fields.get("about") or {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pins:
    """Pins on outputs of the same recipe as match specs."""

    variant: Mapping[str, str]
    version: str

    def text(self, entry: Any) -> str:  # noqa: ANN401  (a string or a pin, as rattler-build renders them)
        if isinstance(entry, str):
            return entry
        kind, pin = next(iter(entry.items()))
        if kind != "pin_subpackage" or pin.get("exact"):
            return str(pin["name"])
        bounds = Pin(lower=pin.get("lower_bound"), upper=pin.get("upper_bound"))
        return f"{pinned(pin['name'], self.version, bounds)} {pin.get('build') or ''}".strip()


def _new_lists(fields: Mapping[str, Any]) -> Facts:
    found: dict[str, object] = {}
    for path in LISTS.values():
        found[_label(path)] = sorted_forms(texts(_at(fields, path)))
    for path in FLAGS.values():
        found[_label(path)] = truth(_at(fields, path))
    return found


def _at(fields: Any, path: Iterable[str]) -> Any:  # noqa: ANN401  (what rattler-build renders)
    for key in path:
        fields = fields.get(key) if isinstance(fields, Mapping) else None
    return fields


def _new_source(fields: Mapping[str, Any]) -> Facts:
    return SourceForm(
        {
            "url": texts(fields.get("url")),
            "sha256": text(fields.get("sha256")),
            "md5": text(fields.get("md5")),
            "git": text(fields.get("git")),
            "rev": text(fields.get("rev")).removeprefix("refs/tags/").removeprefix("refs/heads/"),
            "path": text(fields.get("path")),
            "folder": text(fields.get("target_directory")),
            "patches": command_lines(texts(fields.get("patches"))),
        }
    )


def _new_about(about: Mapping[str, Any]) -> Facts:
    return {
        f"about.{name}": _about_value(key, texts(about.get(name)))
        for key, name in ABOUT_NAMES.items()
        if key != "license"
    }


def _staged(fields: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Give what the stage says that an output inherits from."""
    name = (fields.get("inherits_from") or {}).get("cache_name")
    found = [stage.get(key) or [] for stage in fields.get("staging_caches") or () if stage.get("name") == name]
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def _script(script: Any) -> tuple[str, ...]:  # noqa: ANN401  (a text, a list, or a mapping)
    if isinstance(script, Mapping):
        file = script.get("file")
        return texts(script.get("content")) or texts(file if file != "build" else None)  # what is taken anyway
    return texts(script)


def _environment(script: Any) -> tuple[str, ...]:  # noqa: ANN401  (likewise)
    variables = script.get("env") or {} if isinstance(script, Mapping) else {}
    return tuple(sorted(f"{name}={value}" for name, value in variables.items() if value != ""))


def _test_needs(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for test in tests:
        needs = test.get("requirements") or {} if _script(test.get("script")) else {}  # without commands it isn't run
        found += [str(spec) for part in ("run", "build") for spec in needs.get(part) or ()]
    return found


def _new_modules(tests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for test in tests:
        for language, key in (("python", "imports"), ("perl", "uses"), ("r", "libraries")):
            yield from texts((test.get(language) or {}).get(key))


def _new_commands(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    return [command for test in tests for command in _script(test.get("script")) if not command.startswith("run_test.")]
