"""Which outputs a recipe skips: conditions that py-rattler-build 0.73 renders variants for, but doesn't tell.

The conditions are put where they can be seen (the ``description`` of each output, as an expression), and the recipe
is rendered once more with them.
"""

import json
import re
from typing import Any

from ownconda.recipes.text import load

SKIPPED, KEPT = "skipped", "kept"

_TEMPLATE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)  # a condition may be written as one, too


def may_skip(text: str) -> bool:
    """Tell whether a recipe's text has any condition for skipping."""
    return "skip:" in text or '"skip"' in text


def text_that_tells(text: str) -> str:
    """Rewrite a recipe so that each rendered output says in ``about.description`` whether it is skipped."""
    recipe = load(text)
    if not isinstance(recipe, dict):
        raise TypeError("a recipe that was parsed is a mapping")
    outputs = [output for output in recipe.get("outputs") or () if isinstance(output, dict) and "package" in output]
    shared = _conditions(recipe)
    for section in outputs or [recipe]:
        conditions = shared if section is recipe else [*shared, *_conditions(section)]
        expression = " or ".join(f"({condition})" for condition in conditions) or "false"
        about = section.get("about") or {}
        said = about.get("description") or ""
        section["about"] = {**about, "description": f"${{{{ '{SKIPPED}' if {expression} else '{KEPT}' }}}} {said}"}
    return json.dumps(recipe)


def is_skipped(description: str | None) -> bool:
    """Read from an output's rendered description whether it is skipped."""
    return (description or "").startswith(SKIPPED)


def _conditions(section: dict[str, Any]) -> list[str]:
    build = section.get("build")
    return _expressions(build.get("skip")) if isinstance(build, dict) else []


def _expressions(skip: object) -> list[str]:
    """Turn a condition, a list of them, or if/then/else around them into Jinja expressions."""
    if skip is None:
        return []
    if isinstance(skip, list):
        return [expression for one in skip for expression in _expressions(one)]
    if isinstance(skip, dict):
        chosen = ((skip.get("if"), skip.get("then")), (f"not ({skip.get('if')})", skip.get("else")))
        return [f"({condition}) and ({one})" for condition, branch in chosen for one in _expressions(branch)]
    return [str(skip).lower() if isinstance(skip, bool) else _TEMPLATE.sub(r"(\1)", str(skip))]
