"""A recipe's template walked without knowing the platform: its lines, each with the condition under which it counts.

Loops over what the recipe itself lists are written out; ``{% if %}`` and selectors become conditions; ``{% set %}``
becomes a variable of the context, as long as something uses it.
"""

import re
from dataclasses import replace

from jinja2 import TemplateSyntaxError, nodes

from ownconda.errors import Where, WrongInputError
from ownconda.recipes.converting.assignments import assign
from ownconda.recipes.converting.conditions import simplified
from ownconda.recipes.converting.deciding import as_list, decided
from ownconda.recipes.converting.expressions import (
    FALSE,
    TRUE,
    Expression,
    both,
    either,
    free_names,
    joined,
    negated,
    parse_template,
)
from ownconda.recipes.converting.known_values import elements, folded
from ownconda.recipes.converting.naming import Names, UntranslatableError
from ownconda.recipes.converting.translation import condition, selector_expression
from ownconda.recipes.converting.walking import (
    RESERVED,
    Bound,
    Walk,
    Walked,
    resolved,
    translated_here,
    without_local_names,
    written_or_kind,
)
from ownconda.recipes.v0.lines import split_lines
from ownconda.recipes.v0.values import as_text

_BARE = re.compile(r"^\s*-\s+([\w-]+)\s*(?:#.*)?$", re.MULTILINE)


def walked_template(text: str, *, variants: frozenset[str], where: Where) -> Walked:
    """Walk a recipe's template.

    Raises WrongInputError with the line of what v1 has no words for.
    """
    _check_characters(text, where)
    raw = split_lines(text)
    body = _parsed("\n".join(line.text for line in raw) + "\n", where)
    bare = frozenset(name.replace("-", "_") for name in _BARE.findall(text)) & variants
    walk = Walk(where=where, text=text.splitlines(), variants=variants, bare=bare)
    walk.selectors = [_selector(walk, number, line.selector) for number, line in enumerate(raw, start=1)]
    try:
        _walk_body(walk, body)
    except RecursionError as error:
        raise walk.problem("the template is nested too deeply") from error
    walk.flush()
    return Walked(
        lines=tuple(walk.lines),
        expressions=tuple(walk.expressions),
        variables=tuple(walk.variables),
        problems=tuple(walk.problems),
    )


def _check_characters(text: str, where: Where) -> None:
    found = RESERVED.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        what = f"has the character U+{ord(found[0]):04X}, which means nothing outside of one font"
        raise WrongInputError(what, where=Where(file=where.file, line=line), hint="take it out")


def _parsed(text: str, where: Where) -> list[nodes.Node]:
    try:
        return parse_template(text)
    except TemplateSyntaxError as error:
        place = Where(file=where.file, line=error.lineno)
        raise WrongInputError(f"the template can't be understood: {error.message}", where=place) from error


def _selector(walk: Walk, number: int, text: str | None) -> Expression:
    if text is None:
        return TRUE
    walk.number = number
    try:
        return simplified(condition(selector_expression(text), Names(variants=walk.variants)))
    except UntranslatableError as error:
        raise walk.problem(str(error)) from error
    except WrongInputError as error:
        raise WrongInputError.of(
            replace(problem, where=Where(file=walk.where.file, line=number)) for problem in error.problems
        ) from error


def _walk_body(walk: Walk, body: list[nodes.Node]) -> None:
    for node in body:
        if isinstance(node, nodes.Output):
            _output(walk, node)
            continue
        walk.number = node.lineno
        if isinstance(node, nodes.Assign):
            assign(walk, node)
        elif isinstance(node, nodes.If):
            _if(walk, node)
        elif isinstance(node, nodes.For):
            _for(walk, node)
        else:
            raise walk.problem(
                f"{{% {type(node).__name__.lower()} %}} has no counterpart in v1", "write out what it makes"
            )


def _output(walk: Walk, node: nodes.Output) -> None:
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            walk.number = part.lineno
            first, *rest = part.data.split("\n")
            walk.current += first
            for text in rest:
                walk.flush()
                walk.number += 1
                walk.current = text
        else:
            walk.number = part.lineno
            _write_expression(walk, part)


def _write_expression(walk: Walk, node: Expression) -> None:
    local = without_local_names(walk, node)
    known = folded(local)
    if known is not None:
        walk.current += as_text(known.value)
        return
    try:
        value = translated_here(walk, _plain(walk, local))
    except UntranslatableError as error:
        value = _value_instead(walk, local, error)
    if isinstance(value, nodes.Const):
        walk.current += as_text(value.value)
        return
    walk.shown.update(free_names(value))
    walk.mark(value)


def _value_instead(walk: Walk, node: Expression, error: UntranslatableError) -> nodes.Const:
    """Give what an expression comes to, where it can't be said in v1 but depends on nothing outside the recipe."""
    known = folded(resolved(walk, node))
    if known is None:
        raise walk.problem(
            f"{error}: {written_or_kind(node)}", "write out what it makes, or say it otherwise"
        ) from error
    walk.remark(f"{error}; {written_or_kind(node)} is written as what it comes to, {as_text(known.value)!r}")
    return known


def _plain(walk: Walk, node: Expression) -> Expression:
    """Leave out ``|lower`` and its like where they change nothing."""
    if isinstance(node, nodes.Filter) and node.name in {"lower", "upper", "trim"} and isinstance(node.node, nodes.Name):
        before, after = folded(resolved(walk, node.node)), folded(resolved(walk, node))
        if before is not None and after is not None and before.value == after.value:
            return node.node
    return node


def _if(walk: Walk, node: nodes.If) -> None:
    skipped = negated(walk.selectors[node.lineno - 1])  # a selector at {% if %} drops the tag, not what is in it
    if _is_inline(node):
        _inline_if(walk, node)
        return
    before = FALSE
    for branch in (node, *node.elif_):
        walk.number = branch.lineno
        test = decided(walk, branch.test)
        _walk_branch(walk, branch.body, either(skipped, both(negated(before), test)))
        before = either(before, test)
    _walk_branch(walk, node.else_, either(skipped, negated(before)))


def _walk_branch(walk: Walk, body: list[nodes.Node], when: Expression) -> None:
    found = simplified(when)
    if found == FALSE or simplified(both(walk.condition, found)) == FALSE:
        return
    walk.conditions.append(found)
    _walk_body(walk, body)
    walk.conditions.pop()


def _is_inline(node: nodes.If) -> bool:
    bodies = [node.body, node.else_, *(branch.body for branch in node.elif_)]
    statements = [one for body in bodies for one in body]
    return bool(statements) and all(isinstance(one, nodes.Output) and not _has_line_break(one) for one in statements)


def _has_line_break(node: nodes.Output) -> bool:
    return any(isinstance(part, nodes.TemplateData) and "\n" in part.data for part in node.nodes)


def _inline_if(walk: Walk, node: nodes.If) -> None:
    value: Expression | None = _text_of(node.else_) if node.else_ else None
    for branch in reversed((node, *node.elif_)):
        value = nodes.CondExpr(branch.test, _text_of(branch.body), value)
    if value is not None:
        _write_expression(walk, value)


def _text_of(body: list[nodes.Node]) -> Expression:
    parts = [part for one in body if isinstance(one, nodes.Output) for part in one.nodes]
    return joined([nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in parts])


def _for(walk: Walk, node: nodes.For) -> None:
    if not isinstance(node.target, nodes.Name) or node.test is not None or node.recursive:
        raise walk.problem("such a loop has no counterpart in v1", "write out what it makes")
    assert isinstance(node.iter, nodes.Expr)  # noqa: S101  (what a loop goes over)
    found = list(elements(as_list(walk, without_local_names(walk, node.iter)), TRUE))
    outside = walk.bound
    for element, when in found:
        if when is None:
            raise walk.problem("the loop goes over what isn't known before", "write out what it makes")
        walk.bound = {**outside, node.target.name: Bound(node=element)}
        _walk_branch(walk, node.body, when)
        walk.bound = outside
    if not found:
        _walk_body(walk, node.else_)
