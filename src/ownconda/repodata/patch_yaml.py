"""Patch documents in YAML files, several a file, each key with its line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.repodata.patch_documents import Place, parse_document

SUFFIXES = (".yaml", ".yml")
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"
_DEEPEST = 4
"""Levels of a document: ``then``, an edit, its fields, a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document as plain values, all scalars texts as they are written (``1.10`` stays that), and where it is."""

    said: Any
    file: str
    line: int

    def fields(self) -> dict[str, Any]:
        """Tell it for JSON."""
        return {"file": self.file, "line": self.line, "said": self.said}


def documents_in(folder: Path) -> tuple[Written, ...]:
    """Read all patch documents of a folder's YAML files, in the order of their names.

    Raises WrongInputError that tells all that is wrong with them.
    """
    found: list[Written] = []
    problems: list[Problem] = []
    for file in sorted(one for one in folder.iterdir() if one.suffix in SUFFIXES):
        try:
            found.extend(read_documents(_text(file), file))
        except WrongInputError as error:
            problems.extend(error.problems)
    if problems:
        raise WrongInputError.of(problems)
    return tuple(found)


def read_documents(text: str, file: Path | str) -> tuple[Written, ...]:
    """Read the patch documents of one file. Raises WrongInputError that tells all that is wrong with them."""
    found: list[Written] = []
    problems: list[Problem] = []
    for node in _nodes(text, file):
        lines: dict[str, int] = {}
        try:
            said = _value(node, "", lines, file)
            parse_document(said, _place(file, lines))
        except WrongInputError as error:
            problems.extend(error.problems)
        else:
            found.append(Written(said=said, file=str(file), line=lines[""]))
    if problems:
        raise WrongInputError.of(problems)
    return tuple(found)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"it can't be read: {error}", where=Where(file=file)) from error


def _nodes(text: str, file: Path | str) -> Sequence[yaml.Node]:
    try:
        nodes: Iterator[yaml.Node | None] = yaml.compose_all(text, Loader=_Loader)
        return [one for one in nodes if one is not None and one.tag != _NULL]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        where = Where(file=file, line=mark.line + 1 if mark else None)
        raise WrongInputError(f"it can't be read as YAML: {what}", where=where) from error


def _value(node: yaml.Node, path: str, lines: dict[str, int], file: Path | str, depth: int = 0) -> Any:  # noqa: ANN401
    lines.setdefault(path, node.start_mark.line + 1)
    if depth > _DEEPEST:
        raise WrongInputError("it is nested too deeply for a patch", where=_place(file, lines)(path))
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, lines, file, depth))
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, f"{path}[{number}]", lines, file, depth + 1) for number, one in enumerate(node.value)]
    return None if node.tag == _NULL else str(node.value)


def _pairs(
    node: yaml.MappingNode, path: str, lines: dict[str, int], file: Path | str, depth: int
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        field = f"{path}.{name}" if path else name
        lines[field] = key.start_mark.line + 1
        if name in seen:
            raise WrongInputError("is there twice", where=_place(file, lines)(field))
        seen.add(name)
        yield name, _value(value, field, lines, file, depth + 1)


def _place(file: Path | str, lines: Mapping[str, int]) -> Place:
    return lambda field: Where(file=file, line=lines.get(field, lines.get("")), field=field or None)
