"""Tests and lists of a template, as far as the recipe itself decides them."""

from jinja2 import nodes

from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, either, free_names, negated
from ownconda.recipes.converting.known_values import elements, folded
from ownconda.recipes.converting.naming import UntranslatableError
from ownconda.recipes.converting.translation import condition
from ownconda.recipes.converting.walking import Walk, resolved, without_local_names, written_or_kind


def decided(walk: Walk, test: nodes.Node) -> Expression:
    """Translate a condition; one about nothing outside the recipe is decided at once."""
    assert isinstance(test, nodes.Expr)  # noqa: S101  (what a condition is)
    local = without_local_names(walk, test)
    known = folded(resolved(walk, local))
    if known is not None:
        return TRUE if known.value else FALSE
    spread = _spread(resolved(walk, local))
    try:
        found = condition(local if spread is None else spread, walk.names)
    except UntranslatableError as error:
        raise walk.problem(f"{error}: {written_or_kind(local)}") from error
    walk.shown.update(free_names(found))
    return found


def _spread(test: Expression) -> Expression | None:
    """Decide ``x in some`` where ``some`` depends on a condition; None where that doesn't help."""
    if not (isinstance(test, nodes.Compare) and len(test.ops) == 1 and test.ops[0].op in {"in", "notin"}):
        return None
    held = list(elements(test.ops[0].expr, TRUE))
    if folded(test.expr) is None or any(when is None or folded(one) is None for one, when in held) or not held:
        return None
    found = FALSE
    for one, when in held:
        found = either(found, when) if one == test.expr and when is not None else found
    return found if test.ops[0].op == "in" else negated(found)


def as_list(walk: Walk, node: Expression) -> Expression:
    """Put what names are set to in the place of lists' names, and leave the names in the lists as they are."""
    if isinstance(node, nodes.Name) and node.name in walk.bound:
        return as_list(walk, walk.bound[node.name].node)
    if isinstance(node, nodes.Add):
        return nodes.Add(as_list(walk, node.left), as_list(walk, node.right))
    if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        return nodes.CondExpr(node.test, as_list(walk, node.expr1), as_list(walk, node.expr2))
    if isinstance(node, nodes.Mul):  # a truth value times a list
        times, repeated = (node.right, node.left) if isinstance(node.left, nodes.List) else (node.left, node.right)
        if isinstance(repeated, nodes.List) and not isinstance(times, nodes.Const):
            return nodes.CondExpr(decided(walk, times), repeated, nodes.List([]))
    if isinstance(node, nodes.List | nodes.Tuple):
        return node
    known = folded(resolved(walk, node))
    return node if known is None else known
