"""YAML as conda-build takes it: numbers and dates stay text, ``yes`` and ``no`` are truth values, a later key wins.

Tags that make objects are refused, and so are anchors that hold themselves or grow without end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.reading import check_depth

MOST_NODES = 100_000
DEEPEST = 100

_TAB = re.compile(r"^ *(?:- *)*(?:[\w/-]+:)? *\t+ *(?=\S)", re.MULTILINE)

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stringly(_Loader):  # type: ignore[misc, valid-type]
    """YAML 1.1's truth values and nulls; everything else is text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's own name)

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, int]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002
        """Note the keys that stand twice in one mapping."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    self.repeated.append((key.value, key.start_mark.line + 1))
                seen.add(key.value)
        found: dict[object, object] = super().construct_mapping(node, deep)
        return found


class _AllText(_Loader):  # type: ignore[misc, valid-type]
    """Every scalar is text, as in variants files."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's own name)


for _tag, _pattern, _first in (
    ("bool", r"^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$", list("yYnNtTfFoO")),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^<<$", ["<"]),
):
    _Stringly.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file holds, and the sins that didn't keep it from being read."""

    content: Mapping[str, object]
    problems: tuple[Problem, ...] = ()


def read_document(text: str, file: Where) -> Document:
    """Read a recipe's YAML, after its templates.

    Raises WrongInputError with the line when it is no YAML, or no mapping.
    """
    loader = _loaded(_Stringly, text, file)
    content, repeated = loader
    problems = [
        Problem(
            what=f"the key {key!r} stands twice in one mapping; the last one counts",
            where=Where(file=file.file, line=line),
            hint="take one of them out",
        )
        for key, line in repeated
    ]
    return Document(content=content, problems=(*problems, *_tabs(text, file)))


def _tabs(text: str, file: Where) -> Iterator[Problem]:
    """Tell each line on which a tab separates what spaces should."""
    for found in _TAB.finditer(text) if "\t" in text else ():
        yield Problem(
            what="a tab stands where YAML readers disagree about tabs",
            where=Where(file=file.file, line=text.count("\n", 0, found.start()) + 1),
            hint="write spaces",
        )


def read_texts(text: str, file: Where) -> Mapping[str, object]:
    """Read YAML in which every scalar is text.

    Raises WrongInputError with the line when it is no YAML, or no mapping.
    """
    return _loaded(_AllText, text, file)[0]


def _loaded(
    kind: type[_Stringly] | type[_AllText], text: str, file: Where
) -> tuple[Mapping[str, object], list[tuple[str, int]]]:
    check_depth(text, file.file)
    try:
        loader = kind(text)
        try:
            content = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise WrongInputError.of([_explained(error, text, file)]) from error
    except (RecursionError, ValueError, TypeError) as error:
        raise WrongInputError(f"isn't YAML that can be read: {error}", where=file) from error
    if content is None:
        content = {}
    if not isinstance(content, Mapping):
        raise WrongInputError("holds no mapping", where=file, hint="a recipe begins with package:")
    _check_size(content, file)
    return {str(key): value for key, value in content.items()}, getattr(loader, "repeated", [])


def _check_size(content: object, file: Where) -> None:
    """Refuse what anchors make endless."""
    waiting = [(content, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if count > MOST_NODES or depth > DEEPEST:
            raise WrongInputError(
                "is nested too deeply, or its anchors grow without end", where=file, hint="write the values out"
            )
        if isinstance(value, Mapping):
            waiting += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list | tuple | set):
            waiting += [(one, depth + 1) for one in value]


def _explained(error: yaml.YAMLError, text: str, file: Where) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = ", ".join(part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
    has_tab = mark is not None and "\t" in text.split("\n", mark.line + 1)[mark.line]
    return Problem(
        what=f"isn't YAML: {said or error}",
        where=Where(file=file.file, line=mark.line + 1 if mark else None),
        hint="write spaces instead of tabs there" if has_tab else "check indentation, quotes and brackets there",
    )
