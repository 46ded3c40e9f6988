"""A recipe's content without some of its keys, so that the rest can be rendered."""

import json
import re
from collections.abc import Iterable

from ownconda.recipes.text import load

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def text_without(text: str, fields: Iterable[str]) -> str:
    """Write a recipe's content anew, without some fields such as ``outputs[0].build.nmber``; no comment is kept.

    Raises YAMLError for text that is no YAML, LookupError, TypeError or ValueError for a field that isn't there.
    """
    content = load(text)
    for field in fields:
        *way, key = _STEP.findall(field)
        holder = content
        for name, index in way:
            holder = holder[name] if name else holder[int(index)]  # type: ignore[index]  # the walk came by here
        del holder[key[0]]  # type: ignore[attr-defined]  # likewise
    return json.dumps(_pruned(content))


def _pruned(content: object) -> object:
    """Leave out what has nothing left in it."""
    if isinstance(content, dict):
        return {key: _pruned(value) for key, value in content.items() if value != {}}
    return [_pruned(one) for one in content if one != {}] if isinstance(content, list) else content
