"""The ``build`` section of a conda-build recipe in rattler-build's words, and what that has no word for."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ownconda.errors import Problem, Where
from ownconda.recipes.v0.sections import text, texts, truth

Written = Mapping[str, Any]

_MAGIC = re.compile(r"[*?\[]")


def v1_build(build: Written, *, files: object = None) -> dict[str, Any]:
    """Give the options of a build; name, version and number, the scripts and the requirements aren't among them.

    ``files`` are those that an output packages.
    """
    options: dict[str, Any] = {}
    for (*sections, option), convert in _OPTIONS.items():
        value = convert(build)
        if value not in (None, [], {}):
            place = options
            for section in sections:
                place = place.setdefault(section, {})
            place[option] = value
    if files:
        options["files"] = _packaged(files)
    return options


def untranslated(fields: Written, where: Where) -> Iterator[Problem]:
    """Tell what of an output has no equivalent; the package is what it would be without it."""
    for (section, option), consequence in _WITHOUT_EQUIVALENT.items():
        value = (fields.get(section) or {}).get(option)
        if value not in (None, "", [], {}) and value is not False:
            yield Problem(what=f"{section}/{option} has no effect: {consequence}", where=where)


def _packaged(files: object) -> dict[str, list[str]] | list[str]:
    if isinstance(files, Mapping):
        return {kind: _globs(texts(files[kind])) for kind in ("include", "exclude") if texts(files.get(kind))}
    return _globs(texts(files))


def _globs(patterns: tuple[str, ...]) -> list[str]:
    """Let the name of a folder stand for what is in it, as for conda-build."""
    found: list[str] = []
    for pattern in patterns:
        plain = pattern.rstrip("/")
        found += [plain] if _MAGIC.search(plain) else [plain, f"{plain}/**"]
    return found


def _listed(*names: str) -> Callable[[Written], list[str]]:
    return lambda build: [entry for name in names for entry in texts(build.get(name))]


def _globbed(name: str) -> Callable[[Written], list[str]]:
    return lambda build: _globs(texts(build.get(name)))


def _text(name: str) -> Callable[[Written], str | None]:
    return lambda build: text(build.get(name)) or None


def _true(name: str) -> Callable[[Written], bool | None]:
    return lambda build: truth(build.get(name)) or None


def _false(name: str) -> Callable[[Written], bool | None]:
    """Make the opposite of an option that holds unless it is switched off."""
    return lambda build: True if _switched_off(build.get(name)) else None


def _switched_off(value: object) -> bool:
    return value is not None and not isinstance(value, list) and text(value) != "" and not truth(value)


def _everything_or_globs(name: str) -> Callable[[Written], bool | list[str] | None]:
    def convert(build: Written) -> bool | list[str] | None:
        value = build.get(name)
        if isinstance(value, bool) or text(value).lower() in {"true", "false", "yes", "no"}:
            return truth(value)
        return list(texts(value)) or None

    return convert


def _behaviour(name: str) -> Callable[[Written], str | None]:
    return lambda build: None if build.get(name) is None else "error" if truth(build[name]) else "ignore"


_OPTIONS: Mapping[tuple[str, ...], Callable[[Written], Any]] = MappingProxyType(
    {
        ("always_copy_files",): _listed("no_link"),
        ("always_include_files",): _listed("always_include_files"),
        ("python", "entry_points"): _listed("entry_points"),
        ("python", "skip_pyc_compilation"): _listed("skip_compile_pyc"),
        ("python", "use_python_app_entrypoint"): _true("osx_is_app"),
        ("python", "version_independent"): _true("python_version_independent"),
        ("python", "site_packages_path"): _text("python_site_packages_path"),
        ("dynamic_linking", "rpaths"): _listed("rpaths"),
        ("dynamic_linking", "binary_relocation"): _everything_or_globs("binary_relocation"),
        ("dynamic_linking", "missing_dso_allowlist"): _listed("missing_dso_whitelist", "missing_dso_allowlist"),
        ("dynamic_linking", "rpath_allowlist"): _listed("runpath_whitelist", "runpath_allowlist", "rpaths_whitelist"),
        ("dynamic_linking", "overlinking_behavior"): _behaviour("error_overlinking"),
        ("dynamic_linking", "overdepending_behavior"): _behaviour("error_overdepending"),
        ("prefix_detection", "ignore"): _everything_or_globs("ignore_prefix_files"),
        ("prefix_detection", "ignore_binary_files"): _false("detect_binary_files_with_prefix"),
        ("prefix_detection", "force_file_type", "text"): _listed("has_prefix_files"),
        ("prefix_detection", "force_file_type", "binary"): _listed("binary_has_prefix_files"),
    }
)

_WITHOUT_EQUIVALENT: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("build", "overlinking_ignore_patterns"): "every library is looked at",
        ("build", "rpaths_patcher"): "the builder has one way to write rpaths",
        ("build", "pin_depends"): "requirements are pinned as they are written",
        ("build", "include_recipe"): "every package holds its recipe",
        ("build", "preferred_env"): "no client puts packages into environments of their own",
        ("build", "preferred_env_executable_paths"): "no client puts packages into environments of their own",
        ("build", "requires_features"): "no solver asks for features",
        ("build", "provides_features"): "no solver asks for features",
        ("about", "prelink_message"): "no client shows it",
        ("about", "readme"): "clients show the summary and the description",
        ("app", "entry"): "packages are no applications of a navigator",
        ("build", "msvc_compiler"): "compilers come from the variants",
    }
)
