"""``requirements`` and what belongs to them in v1: run exports, and those that are ignored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ownconda.recipes.converting.expressions import TRUE
from ownconda.recipes.converting.match_specs import converted_spec
from ownconda.recipes.converting.placing import Placed
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, fields_of, items_of

KINDS: Mapping[str, str] = MappingProxyType(
    {"build": "build", "host": "host", "run": "run", "run_constrained": "run_constraints"}
)
"""What kinds of requirements are called in v1."""

_EXPORTS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("weak", "strong", "noarch")},
        "weak_constrains": "weak_constraints",
        "strong_constrains": "strong_constraints",
    }
)


def requirements(sections: Sequence[Part], around: Surroundings) -> Found:
    """Convert the section; a plain list is for both host and run."""
    for section in sections:
        if not isinstance(section.value, Fields):
            for kind in ("host", "run"):
                yield from _specs(("requirements", kind), section, around)
            continue
        for part in fields_of(section):
            if part.key is not None and part.key in KINDS:
                yield from _specs(("requirements", KINDS[part.key]), part, around)
            else:
                yield around.told(part, f"requirements.{part.key} has no place in v1, and is left out")


def run_exports(parts: Sequence[Part], around: Surroundings) -> Found:
    """Convert run exports in all their forms."""
    for part in parts:
        kinds = [one for item in items_of(part) for one in (fields_of(item) if isinstance(item.value, Fields) else ())]
        plain = [item for item in items_of(part) if not isinstance(item.value, Fields)]
        if plain and not kinds:
            yield from _specs(("requirements", "run_exports"), part, around)
            continue
        if plain:
            whole = replace(part, value=Items(parts=tuple(plain)))
            yield from _specs(("requirements", "run_exports", "weak"), whole, around)
        for one in kinds:
            if one.key is not None and one.key in _EXPORTS:
                yield from _specs(("requirements", "run_exports", _EXPORTS[one.key]), one, around)
            else:
                yield around.told(one, f"run_exports.{one.key} has no place in v1, and is left out")


def specs(part: Part, around: Surroundings, *, built_with: bool = False) -> tuple[Part, ...]:
    """Convert the match specs of a list; ``built_with`` tells that a bare name gets the variant's version."""
    return tuple(
        replace(item, value=converted_spec(item.value, around.values, built_with=built_with))
        for item in items_of(part)
        if isinstance(item.value, Scalar) and not item.value.is_empty
    )


def _specs(path: tuple[str, ...], part: Part, around: Surroundings) -> Found:
    whole = part.condition == TRUE and isinstance(part.value, Items)
    inner = Part(value=part.value, line=part.line) if whole else part  # the comments stay at the list's own key
    found = specs(inner, around, built_with=path[-1] in {"build", "host"})
    if found:
        list_of = part if whole else Part(value=part.value, line=part.line)
        yield Placed(path, replace(list_of, value=Items(parts=found)))
