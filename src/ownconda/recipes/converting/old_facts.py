"""What a Build is by conda-build's rules, in the form in which it is compared."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ownconda.recipes.converting.facts import NEEDS, TESTED, Facts, about_value, file_patterns, identity, label, needed
from ownconda.recipes.converting.normal_forms import (
    Own,
    SourceForm,
    command_lines,
    export_forms,
    listed_modules,
    loaded_modules,
    script_lines,
    sorted_forms,
    test_command_lines,
    test_spec_forms,
    without_exported_bounds,
    without_hash,
)
from ownconda.recipes.converting.sections.about import NAMES as ABOUT_NAMES
from ownconda.recipes.converting.sections.build import FLAGS, LISTS
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.v0.sections import text, texts, truth

_EXPORT_NAMES: Mapping[str, str] = MappingProxyType(
    {"weak_constrains": "weak_constraints", "strong_constrains": "strong_constraints"}
)


def old_facts(one: Rendered, own: Own) -> Facts:
    """Give what conda-build's rules make of a recipe."""
    build, fields = one.build, one.fields
    written: Mapping[str, Any] = fields.get("build") or {}
    needs = build.requirements
    exports = {_EXPORT_NAMES.get(kind, kind): specs for kind, specs in build.run_exports.items()}
    return {
        **identity(build),
        "build string": without_hash(build.build) if text(written.get("string")) else None,
        **needed(build, own, run=without_exported_bounds(needs.run, (*needs.host, *needs.build))),
        "run exports": export_forms(exports, own),
        "sources": tuple(_source(source.fields) for source in build.sources if _is_source(source.fields)),
        "script": script_lines(texts(fields.get("script") or written.get("script"))),
        "script's environment": tuple(sorted(entry for entry in texts(written.get("script_env")) if "=" in entry)),
        **_tested(fields.get("test"), own),
        "files": file_patterns(fields.get("files")),
        **_lists(written),
        **_about(fields.get("about"), build.recipe.parent),
    }


def _tested(section: object, own: Own) -> Facts:
    test: Mapping[str, Any] = section if isinstance(section, Mapping) else {}
    imports, commands = test.get("imports"), texts(test.get("commands"))
    return {
        NEEDS: test_spec_forms(texts(test.get("requires")), own),  # both formats add the interpreter by themselves
        TESTED: any(test.get(key) for key in ("imports", "commands", "script")),
        "tests' modules": tuple(sorted({*listed_modules(imports), *loaded_modules(commands)})),
        "tests' commands": test_command_lines((*commands, *texts(test.get("script")))),
        "tests downstream": tuple(sorted(texts(test.get("downstreams")))),
    }


def _lists(written: Mapping[str, Any]) -> Facts:
    found: dict[str, object] = {}
    for key in LISTS:
        values = (value.replace("$PREFIX/", "") for value in texts(written.get(key)))
        found[label(LISTS[key])] = sorted_forms(values)
    for key in FLAGS:
        found[label(FLAGS[key])] = truth(written.get(key))
    return found


def _is_source(fields: Mapping[str, Any]) -> bool:
    """Tell whether there is anything to fetch: the other fields may stand alone on some platforms."""
    return any(fields.get(key) for key in ("url", "path", "git_url", "hg_url", "svn_url"))


def _source(fields: Mapping[str, Any]) -> Facts:
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


def _about(section: object, folder: Path) -> Facts:
    about = section if isinstance(section, Mapping) else {}
    said = {}
    for key, name in ABOUT_NAMES.items():
        if key == "license":
            continue  # converted to SPDX, which is told by itself
        values = tuple(str(value).replace(f"{folder}/", "") for value in texts(about.get(key)))
        said[f"about.{name}"] = about_value(key, values)
    return said
