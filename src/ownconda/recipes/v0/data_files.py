"""Data that templates take from files beside the recipe or in a local source: JSON, YAML, TOML, a project's metadata.

A ``setup.py`` is never run: its data comes from ``setup.cfg``, from ``pyproject.toml``, and from the arguments of
``setup()`` that are literals.
"""

import ast
import configparser
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ownconda.errors import WrongInputError
from ownconda.recipes.reading import check_depth, is_file, read_text, resolved
from ownconda.recipes.v0.values import TemplateError, Undefined, weight

_LISTS = ("install_requires", "packages", "py_modules", "classifiers", "tests_require", "setup_requires")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolders:
    """Where a recipe may take data from: its own folder (and the one above it), and its source where that is local."""

    recipe: Path
    source: Path | None = None

    def data(self, name: str, kind: str, *, beside_recipe: bool) -> object:
        """Read a file of data.

        Raises TemplateError when it lies elsewhere, or isn't what ``kind`` says.
        """
        written = self.text(name, beside_recipe=beside_recipe)
        return written if isinstance(written, Undefined) else parsed_data(written, kind)

    def text(self, name: str, *, beside_recipe: bool) -> str | Undefined:
        """Read a file.

        Raises TemplateError when it lies elsewhere, or isn't text.
        """
        path = self._find(name, beside_recipe=beside_recipe)
        if path is None:
            return Undefined(name, f"{name} isn't there while the recipe is read; its data counts as empty")
        return _text(path)

    def setup_data(self, name: str, *, beside_recipe: bool) -> object:
        """Read what a Python project says about itself, without running its ``setup.py``."""
        script = self._find(name, beside_recipe=beside_recipe)
        folder = script.parent if script else self.recipe if beside_recipe else self.source
        found: dict[str, object] = {}
        if folder is not None:
            found |= _pyproject(folder / "pyproject.toml") | _setup_cfg(folder / "setup.cfg")
        if script is not None:
            found |= literal_arguments(_text(script))
        if not found:
            return Undefined(name, f"nothing can be read from {name} without running it; its data counts as empty")
        return found

    def _find(self, name: str, *, beside_recipe: bool) -> Path | None:
        folder = self.recipe if beside_recipe or self.source is None else self.source
        try:
            path = resolved(folder / name)
        except (OSError, ValueError) as error:
            raise TemplateError(f"{name[:40]!r} can't be a file's name") from error
        allowed = [self.recipe.parent, *([self.source] if self.source else [])]
        if not any(path.is_relative_to(resolved(one)) for one in allowed):
            raise TemplateError(f"{name!r} lies outside the recipe and its source")
        return path if is_file(path) else None


def parsed_data(text: str, kind: str) -> object:
    """Read JSON, YAML or TOML.

    Raises TemplateError when the text is something else.
    """
    try:
        if kind.lower() == "json":
            found = json.loads(text)
        elif kind.lower() in {"yaml", "yml"}:
            check_depth(text, "data")
            found = yaml.safe_load(text)
        elif kind.lower() == "toml":
            found = tomllib.loads(text)
        else:
            raise TemplateError(f"data in the format {kind!r} can't be read: it has to be json, yaml or toml")
    except (ValueError, RecursionError, yaml.YAMLError, WrongInputError) as error:
        raise TemplateError(f"the data isn't {kind}: {error}") from error
    weight(found)
    return found


def literal_arguments(script: str) -> dict[str, object]:
    """Give the arguments of ``setup()`` that are written as literals, or as names that hold one."""
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    known = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    found: dict[str, object] = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called_name(call) == "setup":
            for keyword in call.keywords:
                value = known.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
                if keyword.arg and value is not None:
                    found |= _literal(keyword.arg, value)
    return found


def _called_name(call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _literal(name: str, value: ast.expr) -> dict[str, object]:
    try:
        return {name: ast.literal_eval(value)}
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return {}


def _setup_cfg(path: Path) -> dict[str, object]:
    if not is_file(path):
        return {}
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(_text(path))
    except configparser.Error as error:
        raise TemplateError(f"{path.name} can't be read: {error}") from error
    found: dict[str, object] = {}
    for section in ("metadata", "options"):
        if parser.has_section(section):
            for key, value in parser.items(section):
                if not value.startswith(("attr:", "file:", "find:")):
                    found[key] = value.split("\n")[1:] if key in _LISTS and value.startswith("\n") else value
    return found


def _pyproject(path: Path) -> dict[str, object]:
    if not is_file(path):
        return {}
    content = parsed_data(_text(path), "toml")
    project: Any = content.get("project") if isinstance(content, Mapping) else None
    if not isinstance(project, Mapping):
        return {}
    found = {
        key: project[key] for key in ("name", "version", "description", "keywords", "classifiers") if key in project
    }
    if isinstance(project.get("dependencies"), list):
        found["install_requires"] = project["dependencies"]
    if isinstance(project.get("requires-python"), str):
        found["python_requires"] = project["requires-python"]
    return found


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except WrongInputError as error:
        raise TemplateError(str(error)) from error
