"""Filters and tests of templates, applied by their names."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ownconda.recipes.v0 import filters
from ownconda.recipes.v0.members import member_or_item
from ownconda.recipes.v0.template_runs import Run, items_of
from ownconda.recipes.v0.values import TemplateError, Undefined, as_text, weight


def apply(run: Run, name: str, value: object, given: list[object], named: Mapping[str, object]) -> object:
    """Apply the filter of that name. Raises TemplateError when there is none."""
    if isinstance(value, Undefined) and name not in {"default", "d"}:
        run.miss(value)
    if name in filters.PLAIN_FILTERS:
        run.effort.checked(value)
        return run.effort.checked(filters.PLAIN_FILTERS[name](value, *given, **named))
    if name in filters.COUNTED_FILTERS:
        return run.effort.checked(filters.COUNTED_FILTERS[name](run.effort, value, *given, **named))
    if name in _CHOOSING:
        return run.effort.checked(_CHOOSING[name](run, value, given, named))
    raise TemplateError(f"no filter named {name!r} is known")


def passes(name: str, value: object, given: list[object]) -> bool:
    """Tell whether a value passes the test of that name. Raises TemplateError when there is none."""
    if not name:
        return bool(value)
    if name not in filters.TESTS:
        raise TemplateError(f"no test named {name!r} is known")
    weight(value)
    return bool(filters.TESTS[name](value, *given))


def _mapped(run: Run, value: object, given: list[object], named: Mapping[str, object]) -> object:
    if "attribute" in named:
        return [member_or_item(run, item, named["attribute"]) for item in items_of(run, value)]
    name, *rest = given
    return [apply(run, as_text(name), item, rest, named) for item in items_of(run, value)]


def _selected(run: Run, value: object, given: list[object], *, wanted: bool, by_attribute: bool) -> object:
    asked = list(given)
    attribute = asked.pop(0) if by_attribute else None
    test = as_text(asked.pop(0)) if asked else ""
    found = []
    for item in items_of(run, value):
        one = member_or_item(run, item, attribute) if by_attribute else item
        if passes(test, one, asked) is wanted:
            found.append(item)
    return found


_CHOOSING: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "map": _mapped,
        "select": lambda run, value, given, _: _selected(run, value, given, wanted=True, by_attribute=False),
        "reject": lambda run, value, given, _: _selected(run, value, given, wanted=False, by_attribute=False),
        "selectattr": lambda run, value, given, _: _selected(run, value, given, wanted=True, by_attribute=True),
        "rejectattr": lambda run, value, given, _: _selected(run, value, given, wanted=False, by_attribute=True),
    }
)
