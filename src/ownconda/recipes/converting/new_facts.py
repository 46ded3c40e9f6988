"""What a Build is by rattler-build's rules, in the form in which it is compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ownconda.conda.pins import Pin, pinned
from ownconda.recipes.converting.facts import NEEDS, STAGED, Facts, about_value, file_patterns, identity, label, needed
from ownconda.recipes.converting.normal_forms import (
    Own,
    SourceForm,
    command_lines,
    export_forms,
    loaded_modules,
    script_lines,
    sorted_forms,
    test_command_lines,
    test_spec_forms,
    without_hash,
)
from ownconda.recipes.converting.sections.about import NAMES as ABOUT_NAMES
from ownconda.recipes.converting.sections.build import FLAGS, LISTS
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.v0.sections import text, texts, truth


def new_facts(one: Rendered, own: Own) -> Facts:
    """Give what rattler-build's rules make of a recipe."""
    build, fields = one.build, one.fields
    written: Mapping[str, Any] = fields.get("build") or {}
    sources = (*_staged(fields, "source"), *(fields.get("source") or ()))
    return {
        **identity(build),
        "build string": without_hash(build.build),
        **needed(build, own, run=build.requirements.run),
        "run exports": export_forms(_run_exports(one), own),
        "sources": tuple(_source(source) for source in sources),
        STAGED: script_lines([line for stage in _staged(fields, "build") for line in _script(stage.get("script"))]),
        "script": script_lines(_script(written.get("script"))),
        "script's environment": _environment(written.get("script")),
        **_tested(list(fields.get("tests") or ()), own),
        "files": file_patterns(written.get("files")),
        **_lists(fields),
        **_about(fields.get("about") or {}),
    }


def _run_exports(one: Rendered) -> Mapping[str, list[str]]:
    exports = (one.fields.get("requirements") or {}).get("run_exports") or {}
    return {kind: [_export(entry, one.build.version) for entry in entries] for kind, entries in exports.items()}


def _tested(tests: Sequence[Mapping[str, Any]], own: Own) -> Facts:
    commands = _commands(tests)
    return {
        NEEDS: test_spec_forms(_test_needs(tests), own),
        "tests' modules": tuple(sorted({*_modules(tests), *loaded_modules(commands)})),
        "tests' commands": test_command_lines(commands),
        "tests downstream": tuple(sorted(str(test["downstream"]) for test in tests if "downstream" in test)),
    }


def _export(entry: Any, version: str) -> str:  # noqa: ANN401  (a string or a pin, as rattler-build renders them)
    """Give a run export as a match spec; a pin is on an output of the same recipe, which has its version."""
    if isinstance(entry, str):
        return entry
    kind, pin = next(iter(entry.items()))
    if kind != "pin_subpackage" or pin.get("exact"):
        return str(pin["name"])
    bounds = Pin(lower=pin.get("lower_bound"), upper=pin.get("upper_bound"))
    return f"{pinned(pin['name'], version, bounds)} {pin.get('build') or ''}".strip()


def _lists(fields: Mapping[str, Any]) -> Facts:
    found: dict[str, object] = {}
    for path in LISTS.values():
        found[label(path)] = sorted_forms(texts(_at(fields, path)))
    for path in FLAGS.values():
        found[label(path)] = truth(_at(fields, path))
    return found


def _at(fields: Any, path: Iterable[str]) -> Any:  # noqa: ANN401  (what rattler-build renders)
    for key in path:
        fields = fields.get(key) if isinstance(fields, Mapping) else None
    return fields


def _source(fields: Mapping[str, Any]) -> Facts:
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


def _about(about: Mapping[str, Any]) -> Facts:
    return {
        f"about.{name}": about_value(key, texts(about.get(name)))
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


def _modules(tests: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for test in tests:
        for language, key in (("python", "imports"), ("perl", "uses"), ("r", "libraries")):
            yield from texts((test.get(language) or {}).get(key))


def _commands(tests: Sequence[Mapping[str, Any]]) -> list[str]:
    return [command for test in tests for command in _script(test.get("script")) if not command.startswith("run_test.")]
