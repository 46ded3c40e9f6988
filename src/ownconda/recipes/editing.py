"""Recipes changed by hand's rule: exactly the characters that must change, in both formats; everything else stays.

The text is never written anew. Templates are masked by as many other characters, so that what is left is YAML whose
positions are those of the text; a value that a template names is changed where the template's variable is set.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.text import nodes

Form = Literal["v0", "v1"]

_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_EXPRESSION = {"v0": re.compile(r"\{\{.*?\}\}", re.DOTALL), "v1": re.compile(r"\$\{\{.*?\}\}", re.DOTALL)}
_NAME = re.compile(r"(?<![\w.'\"|])[A-Za-z_]\w*(?!\s*\()")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_SET = r"\{%-?\s*set\s+NAME\s*=\s*(?P<value>.*?)\s*-?%\}"
_LITERAL = re.compile(r"(?P<quote>['\"]?)(?P<text>[^'\"]*)(?P=quote)")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text: from ``start`` up to ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of the text and what stands there afterwards."""

    span: Span
    text: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Carry out edits that don't overlap."""
    for edit in sorted(edits, key=lambda one: one.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def masked(text: str, form: Form) -> str:
    """Replace templates by as many other characters, so that the rest can be read as YAML."""
    masked = _EXPRESSION[form].sub(lambda match: re.sub(r"[^\n]", "x", match[0]), text)
    if form == "v0":
        masked = _STATEMENT.sub(lambda match: re.sub(r"[^\n]", "#", match[0]), masked)
    return masked.replace("\t", " ")


def form_of(recipe: Path) -> Form:
    """Tell the format that a recipe's file name means."""
    return "v0" if recipe.name == "meta.yaml" else "v1"


def set_version(text: str, version: str, *, recipe: Path) -> list[Edit]:
    """Find what to change so that the recipe is of another version, written as the recipe writes it.

    Raises WrongInputError when the version isn't written anywhere in the recipe.
    """
    return _set(text, ("package.version", "recipe.version"), version, recipe)


def set_number(text: str, number: int, *, recipe: Path) -> list[Edit]:
    """Find what to change so that every build number of the recipe is ``number``.

    Raises WrongInputError when no build number is written in the recipe.
    """
    return _set(text, ("build.number",), str(number), recipe)


def set_sha256(text: str, old: str, new: str, *, recipe: Path) -> list[Edit]:
    """Find every place where a source's checksum stands, to replace it.

    Raises WrongInputError when it stands nowhere.
    """
    spans = [Span(match.start(), match.end()) for match in re.finditer(re.escape(old), text)]
    if not spans:
        raise WrongInputError(f"the checksum {old} stands nowhere", where=Where(file=recipe))
    return [Edit(span, new) for span in spans]


def _set(text: str, fields: tuple[str, ...], value: str, recipe: Path) -> list[Edit]:
    form = form_of(recipe)
    written = [span for field in fields for span in _written(text, field, form)]
    spans = {span for one in written for span in _literals(text, one, form, seen=frozenset())}
    if not spans:
        raise WrongInputError(
            f"{fields[0]} isn't written as a value that can be changed",
            where=Where(file=recipe),
            hint="write it as plain text, or as a variable that is set to plain text",
        )
    return [Edit(span, value) for span in sorted(spans, key=lambda one: one.start)]


def _written(text: str, field: str, form: Form) -> Iterator[Span]:
    """Give the spans of a field's values, without quotes: several where selectors choose among them."""
    try:
        for path, node in nodes(masked(text, form)):
            if re.fullmatch(rf"(outputs\[\d+\]\.)?{re.escape(field)}", path) and isinstance(node, yaml.ScalarNode):
                quotes = 1 if node.style in {"'", '"'} else 0
                yield Span(node.start_mark.index + quotes, node.end_mark.index - quotes)
    except yaml.YAMLError:
        return


def _literals(text: str, span: Span, form: Form, *, seen: frozenset[str]) -> Iterator[Span]:
    """Follow a value to the literals that it comes from."""
    value = text[span.start : span.end]
    expressions = _EXPRESSION[form].findall(value)
    if not expressions:
        yield Span(span.start, span.start + len(value.rstrip()))
        return
    name = _chosen(expressions)
    if name is not None and name not in seen:
        for definition in _definitions(text, name, form):
            yield from _definition_literals(text, definition, form, seen=seen | {name})


def _definition_literals(text: str, span: Span, form: Form, *, seen: frozenset[str]) -> Iterator[Span]:
    if form == "v1":
        yield from _literals(text, span, form, seen=seen)
        return
    value = text[span.start : span.end]
    literal = _LITERAL.fullmatch(value)
    if literal and (literal["quote"] or re.fullmatch(r"[\d.]+", literal["text"])):
        yield Span(span.start + literal.start("text"), span.start + literal.end("text"))
    else:
        name = _chosen([value])
        if name is not None and name not in seen:
            for definition in _definitions(text, name, form):
                yield from _definition_literals(text, definition, form, seen=seen | {name})


def _chosen(expressions: list[str]) -> str | None:
    """Choose the variable of an expression that a value comes from: the only one, or the one that is called so."""
    names: list[str] = list(
        dict.fromkeys(name for one in expressions for name in _NAME.findall(_STRING.sub("''", one)))
    )
    if len(names) == 1:
        return names[0]
    return next((name for name in names if "version" in name.lower() or "number" in name.lower()), None)


def _definitions(text: str, name: str, form: Form) -> Iterator[Span]:
    if form == "v1":
        yield from _written(text, f"context.{name}", form)
        return
    for match in re.finditer(_SET.replace("NAME", re.escape(name)), text):
        yield Span(match.start("value"), match.end("value"))
