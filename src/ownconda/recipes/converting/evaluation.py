"""Expressions that rattler-build leaves in scripts until a build, evaluated for a comparison."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import rattler_build

from ownconda.recipes.converting.naming import PLACES
from ownconda.recipes.rendering import Rendered
from ownconda.recipes.text import load

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_BETWEEN = "\ue050"
_WHILE_BUILDING = re.compile(rf"\$\{{\{{\s*({'|'.join(sorted(PLACES))})\s*\}}\}}")


def with_scripts_evaluated(one: Rendered, text: str, *, platform: str) -> Rendered:
    """Give the same Build with the expressions in its scripts and tests evaluated; ``text`` is its recipe's.

    What can't be evaluated before a build stays as it is.
    """
    fields = dict(one.fields)
    found = list(dict.fromkeys(_expressions([fields.get("build"), fields.get("tests")])))
    if not found:
        return one
    known = _values(found, text, one.build.variant, platform)
    changed = {key: _replaced(fields[key], known) for key in ("build", "tests") if key in fields}
    return replace(one, fields=MappingProxyType(fields | changed))


def _expressions(value: Any) -> Iterator[str]:  # noqa: ANN401  (what rattler-build renders)
    if isinstance(value, str):
        yield from (one for one in _EXPRESSION.findall(value) if not _WHILE_BUILDING.fullmatch(one))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions(inner)


def _values(expressions: list[str], text: str, variant: Mapping[str, str], platform: str) -> Mapping[str, str]:
    """Evaluate expressions all at once, or one by one where some can't be."""
    together = _evaluated(_BETWEEN.join(expressions), text, variant, platform)
    if together is not None:
        return dict(zip(expressions, together.split(_BETWEEN), strict=True))
    each = ((one, _evaluated(one, text, variant, platform)) for one in expressions)
    return {one: value for one, value in each if value is not None}


def _evaluated(said: str, text: str, variant: Mapping[str, str], platform: str) -> str | None:
    """Let rattler-build evaluate a text where it does so at once: in a description."""
    recipe = load(text)
    context = recipe.get("context") if isinstance(recipe, dict) else None
    telling = {
        "context": context or {},
        "package": {"name": "telling", "version": "1"},
        "about": {"description": f"{_BETWEEN}{said}{_BETWEEN}"},
    }
    values = {key: [value] for key, value in variant.items() if key != "target_platform"}
    try:
        with tempfile.TemporaryDirectory() as folder:
            rendered = rattler_build.Stage0Recipe.from_yaml(json.dumps(telling), recipe_dir=folder).render(
                rattler_build.VariantConfig(values),
                rattler_build.RenderConfig(platform=rattler_build.PlatformConfig(target_platform=platform)),
            )
    except rattler_build.RattlerBuildError:
        return None
    description: str = rendered[0].recipe.about.description or ""
    return description[1:-1]


def _replaced(value: Any, known: Mapping[str, str]) -> Any:  # noqa: ANN401  (likewise)
    if isinstance(value, str):
        return _EXPRESSION.sub(lambda found: known.get(found[0], found[0]), value)
    if isinstance(value, Mapping):
        return {key: _replaced(inner, known) for key, inner in value.items()}
    return [_replaced(inner, known) for inner in value] if isinstance(value, list) else value
