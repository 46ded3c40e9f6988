"""Jinja templates taken apart and parsed, tag by tag where tags stand alone."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from ownconda.recipes.v0.values import TemplateError

MOST_TAGS = 10_000

_ENVIRONMENT = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701  (it only parses)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# Whitespace control reaches beyond a tag, and so does every statement but `set` of a value.
_NOT_ALONE = re.compile(r"\{[{%#][-+]|[-+][}%#]\}|\{%(?!\s*set\s[^=%]*=)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain text, then nodes, whose line numbers count from ``offset``."""

    text: str
    body: list[nodes.Node]
    offset: int = 0


@lru_cache(maxsize=64)
def pieces(text: str) -> tuple[Piece, ...]:
    """Parse a template: tag by tag where each stands for itself, as most of them recur, else the whole."""
    if text.count("{{") + text.count("{%") > MOST_TAGS:
        raise TemplateError(f"it has more than {MOST_TAGS} expressions and statements")
    if not _NOT_ALONE.search(text):
        try:
            return tuple(_tags(text))
        except TemplateSyntaxError:
            pass  # of a tag that was cut at a delimiter in a string, or really; the whole text tells
    return (Piece("", _parsed(text)),)


def _tags(text: str) -> Iterator[Piece]:
    end = line = 0
    for tag in _TAG.finditer(text):
        before = text[end : tag.start()]
        line += before.count("\n")
        yield Piece(before, [] if tag[0].startswith("{#") else _tag(tag[0]), line)
        line += tag[0].count("\n")
        end = tag.end()
    rest = text[end:]
    if "{{" in rest or "{%" in rest or "{#" in rest:
        raise TemplateSyntaxError("a tag has no end", line + 1)
    yield Piece(rest, [])


@lru_cache(maxsize=16_384)
def _tag(text: str) -> list[nodes.Node]:
    return _parsed(text)


def _parsed(text: str) -> list[nodes.Node]:
    if "\\" not in text:
        return _ENVIRONMENT.parse(text).body
    with warnings.catch_warnings():  # Jinja reads '\d' as Python does, and that warns where a pattern is meant
        warnings.simplefilter("ignore")
        return _ENVIRONMENT.parse(text).body
