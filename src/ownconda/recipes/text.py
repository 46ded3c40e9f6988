"""Recipe text as plain values, and where in the text each of them stands.

Scalars stay as they are written (a version ``1.10`` is text, never the number 1.1); only ``true``, ``false``,
``null`` and whole numbers without leading zeros have a type, as in rattler-build.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _AsWritten(_Loader):  # type: ignore[misc, valid-type]
    """YAML 1.2's few types, by libyaml's parser."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's own name)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false|True|False|TRUE|FALSE)$", list("tfTF")),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", list("-0123456789")),
    ("merge", r"^<<$", ["<"]),
):
    _AsWritten.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True)
class Spot:
    """A scalar or a key in the text: its field path, its text, and its line (from 1)."""

    field: str
    text: str
    line: int
    is_key: bool


def load(text: str) -> object:
    """Read YAML as it is written.

    Raises yaml.YAMLError.
    """
    return yaml.load(text, Loader=_AsWritten)  # noqa: S506  (a safe loader's subclass)


def compose(text: str) -> yaml.Node | None:
    """Read YAML as nodes that know their places; nothing is None.

    Raises yaml.YAMLError.
    """
    root: yaml.Node | None = yaml.compose(text, Loader=_AsWritten)
    return root


def nodes(text: str) -> Iterator[tuple[str, yaml.Node]]:
    """Go through every scalar of the text with its field path; its marks hold its place.

    Raises yaml.YAMLError.
    """
    root = yaml.compose(text, Loader=_AsWritten)
    if root is not None:
        yield from _scalars(root, "")


def spots(text: str) -> Iterator[Spot]:
    """Go through every key and scalar of the text with its place; nothing when it can't be parsed."""
    try:
        root = yaml.compose(text, Loader=_AsWritten)
    except yaml.YAMLError:
        return
    if root is not None:
        yield from _spots(root, "")


def _spots(node: yaml.Node, path: str) -> Iterator[Spot]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            field = f"{path}.{key.value}" if path else str(key.value)
            yield Spot(field=field, text=str(key.value), line=key.start_mark.line + 1, is_key=True)
            yield from _spots(value, field)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _spots(value, f"{path}[{index}]")
    elif isinstance(node, yaml.ScalarNode):
        yield Spot(field=path, text=str(node.value), line=node.start_mark.line + 1, is_key=False)


def _scalars(node: yaml.Node, path: str) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, f"{path}.{key.value}" if path else str(key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _scalars(value, f"{path}[{index}]")
    else:
        yield path, node
