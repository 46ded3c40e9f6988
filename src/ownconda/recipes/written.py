"""A recipe as it is written, in either format: its keys and values, each with its place in the text.

Templates stay what they are; both branches of a condition, and lines under any selector, count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import yaml

from ownconda.recipes.editing import Form, Span, masked
from ownconda.recipes.text import compose

MOST_PLACES = 20_000
DEEPEST = 200

_INDEX = re.compile(r"\[\d+\]")
_BRANCH = re.compile(r"\.(?:then|else)(?=\.|$)")
_OUTPUT = re.compile(r"^outputs\[(\d+)\]\.?")
_WORD = re.compile(r"[A-Za-z0-9_.-]+")
_TEMPLATE = re.compile(r"\$?\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A key or a scalar: its field such as ``outputs[0].requirements.run[2]``, its text, where it stands.

    ``kind`` is the field without what differs from one recipe to the next: ``requirements.run``. ``line`` counts
    from 1, ``span`` leaves quotes out.
    """

    field: str
    kind: str
    output: int | None
    text: str
    line: int
    span: Span
    is_key: bool

    @property
    def is_template(self) -> bool:
        """Tell whether a template makes the value, or a part of it."""
        return _TEMPLATE.search(self.text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text of a recipe, the node that holds all of it, and what stands where.

    ``root`` is None, and there are no places, where it isn't a mapping in YAML, or one that anchors make endless.
    """

    text: str
    form: Form
    root: yaml.MappingNode | None = None
    kinds: Mapping[str, tuple[Place, ...]] = field(default_factory=dict, repr=False)

    def values(self, kind: str) -> tuple[Place, ...]:
        """Give the scalars of a kind, in the order of the text."""
        return tuple(place for place in self.kinds.get(kind, ()) if not place.is_key)

    def has(self, kind: str) -> bool:
        """Tell whether a key or a value of a kind is written."""
        return kind in self.kinds

    def find(self, kind: str, *, output: int | None = None, value: str | None = None) -> Place | None:
        """Find where a value of a kind comes from, or else the nearest key that holds it."""
        while kind:
            candidates = [one for one in self.kinds.get(kind, ()) if one.output in {output, None}]
            if candidates:
                return max(candidates, key=lambda one: (_likeness(one, value), one.output is not None, -one.line))
            kind, value = kind.rpartition(".")[0], None
        return next(iter(self._of_output(output)), None)

    def _of_output(self, output: int | None) -> list[Place]:
        """Give an output's places, or those of the package, in the order of the text."""
        kinds = [self.kinds.get("package", ()), self.kinds.get("recipe", ())] if output is None else self.kinds.values()
        return sorted(
            (one for places in kinds for one in places if one.output == output), key=lambda one: one.span.start
        )

    def output_named(self, name: str) -> int | None:
        """Tell which of the outputs makes a package; None for a recipe that has no list of them."""
        kinds = ("package.name", "staging.name") if self.form == "v1" else ("name",)
        named = [one for kind in kinds for one in self.values(kind) if one.output is not None]
        best = max(named, key=lambda one: _likeness(one, name), default=None)
        return best.output if best and _likeness(best, name) else None


def read_written(text: str, form: Form) -> Written:
    """Take a recipe's text apart, without rendering it."""
    try:
        root = compose(masked(text, form))
        found = list(_places(root, text)) if isinstance(root, yaml.MappingNode) else []
    except (yaml.YAMLError, _EndlessError, RecursionError):
        return Written(text=text, form=form)
    if not isinstance(root, yaml.MappingNode):
        return Written(text=text, form=form)
    kinds: dict[str, list[Place]] = {}
    for place in found:
        kinds.setdefault(place.kind, []).append(place)
    grouped = {kind: tuple(sorted(places, key=lambda one: one.span.start)) for kind, places in kinds.items()}
    return Written(text=text, form=form, root=root, kinds=MappingProxyType(grouped))


class _EndlessError(Exception):
    """Anchors hold themselves, or grow without end."""


def _places(root: yaml.MappingNode, text: str) -> Iterator[Place]:
    waiting: list[tuple[str, yaml.Node, int]] = [("", root, 0)]
    count = 0
    while waiting:
        field, node, depth = waiting.pop()
        count += 1
        if count > MOST_PLACES or depth > DEEPEST:
            raise _EndlessError
        if isinstance(node, yaml.ScalarNode):
            yield _place(field, node, text, is_key=False)
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(f"{field}[{index}]", one, depth + 1) for index, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                named = f"{field}.{key.value}" if field else str(key.value)
                yield _place(named, key, text, is_key=True)
                waiting.append((named, value, depth + 1))


def _place(field: str, node: yaml.Node, text: str, *, is_key: bool) -> Place:
    quotes = 1 if getattr(node, "style", None) in {"'", '"'} else 0
    span = Span(node.start_mark.index + quotes, node.end_mark.index - quotes)
    kind, output = _kind(field)
    return Place(
        field=field,
        kind=kind,
        output=output,
        text=text[span.start : span.end].rstrip(),
        line=node.start_mark.line + 1,
        span=span,
        is_key=is_key,
    )


@lru_cache(maxsize=16_384)
def _kind(field: str) -> tuple[str, int | None]:
    """Give a field's kind, and the output that it belongs to; most recipes have the same ones."""
    within = _OUTPUT.match(field)
    kind = _BRANCH.sub("", _INDEX.sub("", field[within.end() :] if within else field))
    return kind or "outputs", int(within[1]) if within else None


def _likeness(place: Place, value: str | None) -> int:
    """Tell how likely it is that a value was rendered from a place: 0 for not at all."""
    if value is None:
        return int(place.is_key)
    if place.is_key:
        return 0
    if place.text == value:
        return len(value) + 1
    parts = _TEMPLATE.split(place.text)
    if len(parts) > 1 and re.fullmatch(".*".join(map(re.escape, parts)), value, re.DOTALL):
        return 1 + sum(map(len, parts))
    return int(_first_word(value) == _first_word(place.text) != "")  # a match spec, written otherwise


def _first_word(text: str) -> str:
    found = _WORD.match(text)
    return found[0] if found else ""
