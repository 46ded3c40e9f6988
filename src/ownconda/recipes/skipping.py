"""Which outputs a recipe skips: conditions that py-rattler-build 0.73 renders variants for, but doesn't tell.

The conditions are put where they can be seen (the ``description`` of each output, as an expression), and the recipe
is rendered once more with them.
"""

import json
from typing import Any

from ownconda.recipes.text import load

SKIPPED, KEPT = "skipped", "kept"


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
        section["about"] = {
            **(section.get("about") or {}),
            "description": f"${{{{ '{SKIPPED}' if {expression} else '{KEPT}' }}}}",
        }
    return json.dumps(recipe)


def _conditions(section: dict[str, Any]) -> list[str]:
    skip = (section.get("build") or {}).get("skip") if isinstance(section.get("build"), dict) else None
    conditions = skip if isinstance(skip, list) else [] if skip is None else [skip]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in conditions]
