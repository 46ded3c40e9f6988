"""``{% set %}``: names bound to what they are set to, and variables put into the context."""

from collections.abc import Mapping
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.choices import otherwise
from ownconda.recipes.converting.conditions import simplified
from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, both, free_names, joined, replaced
from ownconda.recipes.converting.known_values import folded, is_large
from ownconda.recipes.converting.naming import PLACES, UntranslatableError
from ownconda.recipes.converting.translation import chosen
from ownconda.recipes.converting.walking import Bound, Variable, Walk, resolved, translated_here, without_local_names

_RESERVED = frozenset({"hash", "env", "match", "compiler", "stdlib", "cdt", "linux", "osx", "win", "unix"})
_NEXT_NAMES: Mapping[str, str] = MappingProxyType({"build": "build_number", "number": "build_number"})


def assign(walk: Walk, node: nodes.Assign) -> None:
    """Bind a name to what a statement sets it to.

    Raises WrongInputError when that can't be had in v1.
    """
    if not isinstance(node.target, nodes.Name):
        raise walk.problem("{% set %} of several names at once has no counterpart in v1")
    when = simplified(both(walk.condition, walk.selectors[node.lineno - 1]))
    if when == FALSE:
        return
    assert isinstance(node.node, nodes.Expr)  # noqa: S101  (what is assigned)
    name, value = node.target.name, without_local_names(walk, node.node)
    old = walk.bound.get(name)
    closed = _closed_value(name, value, when, old.node if old else _before(walk, name, when, value))
    if is_large(closed):
        raise walk.problem(f"what {name!r} is set to becomes too large", "write it as a text")
    said, failure = _said_or_known(walk, name, value, when, closed)
    if said is None or PLACES & set(free_names(said)):  # has no value yet when the context is made
        walk.bound[name] = Bound(node=closed, failure=failure)
    else:
        walk.bound[name] = Bound(node=closed, variable=_declare(walk, name, said, node.lineno))


def _closed_value(name: str, value: Expression, when: Expression, old: Expression) -> Expression:
    """Give what a name is set to, with what it was before; what is added to it is kept apart, as it may recur often."""
    if isinstance(value, nodes.Add) and value.left == nodes.Name(name, "load"):
        added = replaced(value.right, {name: old})
        return nodes.Add(old, chosen(when, added, _nothing_like(added)))
    return chosen(when, replaced(value, {name: old}), old)


def _nothing_like(value: Expression) -> Expression:
    """Give what changes nothing when it is added."""
    if isinstance(value, nodes.List):
        return nodes.List([])
    return nodes.Const(0 if isinstance(value, nodes.Const) and isinstance(value.value, int) else "")


def _said_or_known(
    walk: Walk, name: str, value: Expression, when: Expression, closed: Expression
) -> tuple[Expression | None, str]:
    """Give a variable's value in v1's words, or what it comes to; else why it has neither."""
    try:
        return _said(walk, name, value, when), ""
    except UntranslatableError as error:
        known = folded(resolved(walk, closed))
        return known, "" if known is not None else str(error)


def _said(walk: Walk, name: str, value: Expression, when: Expression) -> Expression:
    """Give the value of a variable in v1's words, with what it was before where that still counts."""
    old = _old_value(walk, name)
    if when != TRUE and old is not None and (added := _added(value, name)) is not None:
        return joined([*_parts(old), chosen(when, translated_here(walk, added), nodes.Const(""))])
    new = translated_here(walk, value)
    if old is not None and name in walk.bound:
        new = replaced(new, {walk.bound[name].variable or name: old})
    return otherwise(when, new, _before(walk, name, when, value) if old is None else old)


def _before(walk: Walk, name: str, *asking: Expression) -> Expression:
    """Give what a name means that nothing was set to: a variant's value, or nothing."""
    is_asked = any(name in set(free_names(one)) for one in asking)
    return nodes.Name(name, "load") if name in walk.variants or is_asked else nodes.Const("")


def _old_value(walk: Walk, name: str) -> Expression | None:
    """Give what a variable was: its value while nothing shows it, else its name."""
    bound = walk.bound.get(name)
    if bound is None or bound.variable is None:
        return None
    variable = next(one for one in walk.variables if one.name == bound.variable)
    others = {used for one in walk.variables if one is not variable for used in free_names(one.value)}
    number = isinstance(variable.value, nodes.Const) and isinstance(variable.value.value, int)
    shown = number or variable.name in walk.shown or variable.name in others
    return nodes.Name(variable.name, "load") if shown else variable.value


def _added(value: Expression, name: str) -> Expression | None:
    """Give what is added to the end of a text, in ``x = x + "more"``."""
    if isinstance(value, nodes.Add | nodes.Concat):
        first, *rest = value.nodes if isinstance(value, nodes.Concat) else (value.left, value.right)
        texts = [one for one in nodes.List(rest).find_all(nodes.Const) if isinstance(one.value, str)]
        if first == nodes.Name(name, "load") and texts and not isinstance(rest[0], nodes.List):
            return joined(rest)
    return None


def _parts(value: Expression) -> list[Expression]:
    return list(value.nodes) if isinstance(value, nodes.Concat) else [value]


def _declare(walk: Walk, name: str, value: Expression, number: int) -> str:
    """Put a variable into the context; where something shows one of that name already, it gets another."""
    own = f"{name}_" if name in _RESERVED else f"{name}_version" if name in walk.bare else name
    taken = {one.name for one in walk.variables}
    others = {used for one in walk.variables if one.name != own for used in free_names(one.value)}
    if own in taken and own not in walk.shown and own not in others and own not in set(free_names(value)):
        walk.variables = [one for one in walk.variables if one.name != own]
        taken.remove(own)
    count = 2
    unique = _NEXT_NAMES.get(own, own) if own in taken else own
    while unique in taken:
        unique, count = f"{own}_{count}", count + 1
    walk.variables.append(Variable(name=unique, value=value, number=number, was_set_before=unique != own))
    return unique
