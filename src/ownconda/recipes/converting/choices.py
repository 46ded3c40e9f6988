"""Values that depend on conditions: one more alternative put to the others, as a packager would write them."""

from collections.abc import Sequence
from functools import reduce

from jinja2 import nodes

from ownconda.recipes.converting.conditions import excludes, opposite, same, within
from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, either, negated


def otherwise(when: Expression, new: Expression, old: Expression | None) -> Expression:
    """Let the new value count under a condition, and the old one, if there is any, elsewhere.

    Alternatives that exclude each other stay in the order in which they are written.
    """
    if when == TRUE or old is None:
        return new if when == TRUE else nodes.CondExpr(when, new, None)
    if when == FALSE or new == old:
        return old
    if _asks_whether_undefined(when, old):
        return nodes.Filter(old, "default", [new], [], None, None)
    tests, values, rest = _alternatives(old)
    if tests and all(excludes(test, when) for test in tests):
        before = reduce(either, tests)
        last = new if opposite(before, when) else nodes.CondExpr(within(when, negated(before)), new, rest)
        return _chain(tests, values, last)
    if len(tests) == 1 and same(tests[0], when):
        return nodes.CondExpr(when, new, rest)
    return nodes.CondExpr(when, new, old)


def _alternatives(value: Expression) -> tuple[list[Expression], list[Expression], Expression | None]:
    tests, values = [], []
    rest: Expression | None = value
    while isinstance(rest, nodes.CondExpr):
        tests.append(rest.test)
        values.append(rest.expr1)
        rest = rest.expr2
    return tests, values, rest


def _chain(tests: Sequence[Expression], values: Sequence[Expression], last: Expression) -> Expression:
    found = last
    for test, value in reversed(list(zip(tests, values, strict=True))):
        found = nodes.CondExpr(test, value, found)
    return found


def _asks_whether_undefined(when: Expression, name: Expression) -> bool:
    if isinstance(when, nodes.Not):
        when, asked = when.node, "defined"
    else:
        asked = "undefined"
    return isinstance(name, nodes.Name) and isinstance(when, nodes.Test) and when.name == asked and when.node == name
