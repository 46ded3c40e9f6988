"""A recipe's template walked without knowing the platform: its lines, each with the condition under which it counts.

Loops over what the recipe itself lists are written out; ``{% if %}`` and selectors become conditions; ``{% set %}``
becomes a variable of the context, as long as something uses it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from jinja2 import TemplateSyntaxError, nodes

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.choices import otherwise
from ownconda.recipes.converting.conditions import excludes, opposite, same, simplified
from ownconda.recipes.converting.expression_text import written
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
    replaced,
)
from ownconda.recipes.converting.known_values import elements, folded, is_large
from ownconda.recipes.converting.naming import PLACES, Names, UntranslatableError
from ownconda.recipes.converting.translation import chosen, condition, selector_expression, translated
from ownconda.recipes.v0.lines import split_lines
from ownconda.recipes.v0.values import as_text

MOST_LINES = 20_000
"""How many lines a recipe may have when its loops are written out."""

_RESERVED = frozenset({"hash", "env", "match", "compiler", "stdlib", "cdt", "linux", "osx", "win", "unix"})
_NEXT_NAMES: Mapping[str, str] = MappingProxyType({"build": "build_number", "number": "build_number"})
_BARE = re.compile(r"^\s*-\s+([\w-]+)\s*(?:#.*)?$", re.MULTILINE)
_MARK = "\ue010{}\ue011"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line after templates: its text, with marks where expressions stand, and when it counts.

    ``number`` is its place in the file; a line that is a comment has nothing else in it.
    """

    text: str
    number: int
    condition: Expression = TRUE
    is_comment: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of the context; ``was_set_before`` tells that it has its name because another one has its old one."""

    name: str
    value: Expression
    number: int
    was_set_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a template comes to: its lines, the expressions that marks in them stand for, and its variables."""

    lines: tuple[Line, ...]
    expressions: tuple[Expression, ...]
    variables: tuple[Variable, ...]
    problems: tuple[Problem, ...] = ()


def walk(text: str, *, variants: frozenset[str], where: Where) -> Walked:
    """Walk a recipe's template.

    Raises WrongInputError with the line of what v1 has no words for.
    """
    raw = split_lines(text)
    try:
        body = parse_template("\n".join(line.text for line in raw) + "\n")
    except TemplateSyntaxError as error:
        raise WrongInputError(
            f"the template can't be understood: {error.message}", where=Where(file=where.file, line=error.lineno)
        ) from error
    bare = frozenset(name.replace("-", "_") for name in _BARE.findall(text)) & variants
    run = _Run(where=where, text=text.splitlines(), variants=variants, bare=bare)
    run.selectors = [_selector(run, number, line.selector) for number, line in enumerate(raw, start=1)]
    try:
        _walk_body(run, body)
    except RecursionError as error:
        raise run.problem("the template is nested too deeply") from error
    run.flush()
    return Walked(
        lines=tuple(run.lines),
        expressions=tuple(run.expressions),
        variables=tuple(run.variables),
        problems=tuple(run.problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """What a name was set to: the expression as it is written, and its variable's name in the context."""

    node: Expression
    variable: str | None = None
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class _Run:
    """One walk: what is bound, under which condition the walk is, and what is written so far."""

    where: Where
    text: list[str]
    variants: frozenset[str]
    bare: frozenset[str]  # keys that would get a variable's value where a requirement is their bare name
    selectors: list[Expression] = field(default_factory=list)
    bound: dict[str, _Bound] = field(default_factory=dict)
    conditions: list[Expression] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    current: str = ""
    number: int = 1
    expressions: list[Expression] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def condition(self) -> Expression:
        found = TRUE
        for one in self.conditions:
            found = both(found, one)
        return found

    @property
    def names(self) -> Names:
        context = {name: one.variable for name, one in self.bound.items() if one.variable}
        package = {key: nodes.Name(key, "load") for key in ("PKG_NAME", "PKG_VERSION", "PKG_BUILDNUM")}
        texts = frozenset(one.name for one in self.variables if not isinstance(one.value, nodes.Const | nodes.List))
        return Names(context=context, variants=self.variants, package=package, texts=texts)

    def problem(self, what: str, hint: str | None = None) -> WrongInputError:
        return WrongInputError(what, where=Where(file=self.where.file, line=self.number), hint=hint)

    def remark(self, what: str) -> None:
        self.problems.append(Problem(what=what, where=Where(file=self.where.file, line=self.number)))

    def mark(self, expression: Expression) -> None:
        self.expressions.append(expression)
        self.current += _MARK.format(len(self.expressions) - 1)

    def flush(self) -> None:
        """End the current line."""
        if len(self.lines) > MOST_LINES:
            raise self.problem(f"the recipe's loops make more than {MOST_LINES} lines")
        written_text = self.text[self.number - 1] if self.number <= len(self.text) else ""
        selector = self.selectors[self.number - 1] if self.number <= len(self.selectors) else TRUE
        text, self.current = self.current, ""
        if text.strip():
            remark = _remark(written_text)
            self._add(Line(text=text, number=self.number, condition=both(self.condition, selector), remark=remark))
        elif written_text.lstrip().startswith("#"):
            if self.number not in self.told:
                self._add(
                    Line(text=written_text.rstrip(), number=self.number, condition=self.condition, is_comment=True)
                )
                self.told.add(self.number)
        elif not written_text.strip():
            self._add(Line(text="", number=self.number, condition=self.condition))

    def _add(self, line: Line) -> None:
        found = simplified(line.condition)
        if found != FALSE:
            self.lines.append(replace(line, condition=found))


def _remark(line: str) -> str:
    """Give the comment at the end of a line that has a selector, without the selector."""
    before, sign, comment = line.rpartition("#")
    if not sign or not before.strip() or "[" not in comment:
        return ""
    start, end = comment.find("["), comment.rfind("]")
    return " ".join(f"{comment[:start]} {comment[end + 1 :]}".split())


def _selector(run: _Run, number: int, text: str | None) -> Expression:
    if text is None:
        return TRUE
    run.number = number
    try:
        return simplified(condition(selector_expression(text), Names(variants=run.variants)))
    except UntranslatableError as error:
        raise run.problem(str(error)) from error
    except WrongInputError as error:
        raise WrongInputError.of(
            replace(problem, where=Where(file=run.where.file, line=number)) for problem in error.problems
        ) from error


# Statements


def _walk_body(run: _Run, body: list[nodes.Node]) -> None:
    for node in body:
        if isinstance(node, nodes.Output):
            _output(run, node)
            continue
        run.number = node.lineno
        if isinstance(node, nodes.Assign):
            _assign(run, node)
        elif isinstance(node, nodes.If):
            _if(run, node)
        elif isinstance(node, nodes.For):
            _for(run, node)
        else:
            raise run.problem(
                f"{{% {type(node).__name__.lower()} %}} has no counterpart in v1", "write out what it makes"
            )


def _output(run: _Run, node: nodes.Output) -> None:
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            run.number = part.lineno
            first, *rest = part.data.split("\n")
            run.current += first
            for text in rest:
                run.flush()
                run.number += 1
                run.current = text
        else:
            run.number = part.lineno
            _write_expression(run, part)


def _write_expression(run: _Run, node: Expression) -> None:
    local = _substituted(run, node)
    known = folded(local)
    if known is not None:
        run.current += as_text(known.value)
        return
    try:
        value = _translated(run, _plain(run, local))
    except UntranslatableError as error:
        value = _value_instead(run, local, error)
    if isinstance(value, nodes.Const):
        run.current += as_text(value.value)
        return
    run.shown.update(free_names(value))
    run.mark(value)


def _translated(run: _Run, node: Expression) -> Expression:
    for name in free_names(node):
        if name in run.bound and run.bound[name].failure:
            raise UntranslatableError(run.bound[name].failure)
    return translated(node, run.names)


def _value_instead(run: _Run, node: Expression, error: UntranslatableError) -> nodes.Const:
    """Give what an expression comes to, where it can't be said in v1 but depends on nothing outside the recipe."""
    known = folded(_closed(run, node))
    if known is None:
        raise run.problem(
            f"{error}: {written_or_kind(node)}", "write out what it makes, or say it otherwise"
        ) from error
    run.remark(f"{error}; {written_or_kind(node)} is written as what it comes to, {as_text(known.value)!r}")
    return known


def written_or_kind(node: Expression) -> str:
    """Quote an expression for a message."""
    try:
        return f"{{{{ {written(node)} }}}}"
    except TypeError:
        return type(node).__name__


def _plain(run: _Run, node: Expression) -> Expression:
    """Leave out ``|lower`` and its like where they change nothing."""
    if isinstance(node, nodes.Filter) and node.name in {"lower", "upper", "trim"} and isinstance(node.node, nodes.Name):
        before, after = folded(_closed(run, node.node)), folded(_closed(run, node))
        if before is not None and after is not None and before.value == after.value:
            return node.node
    return node


def _assign(run: _Run, node: nodes.Assign) -> None:
    if not isinstance(node.target, nodes.Name):
        raise run.problem("{% set %} of several names at once has no counterpart in v1")
    when = simplified(both(run.condition, run.selectors[node.lineno - 1]))
    if when == FALSE:
        return
    assert isinstance(node.node, nodes.Expr)  # noqa: S101  (what is assigned)
    name, value = node.target.name, _substituted(run, node.node)
    old = run.bound.get(name)
    closed = _closed_value(name, value, when, old.node if old else _before(run, name, when, value))
    if is_large(closed):
        raise run.problem(f"what {name!r} is set to becomes too large", "write it as a text")
    said, failure = _said_or_known(run, name, value, when, closed)
    if said is None or PLACES & set(free_names(said)):  # has no value yet when the context is made
        run.bound[name] = _Bound(node=closed, failure=failure)
    else:
        run.bound[name] = _Bound(node=closed, variable=_declare(run, name, said, node.lineno))


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
    run: _Run, name: str, value: Expression, when: Expression, closed: Expression
) -> tuple[Expression | None, str]:
    """Give a variable's value in v1's words, or what it comes to; else why it has neither."""
    try:
        return _said(run, name, value, when), ""
    except UntranslatableError as error:
        known = folded(_closed(run, closed))
        return known, "" if known is not None else str(error)


def _said(run: _Run, name: str, value: Expression, when: Expression) -> Expression:
    """Give the value of a variable in v1's words, with what it was before where that still counts."""
    old = _old_value(run, name)
    if when != TRUE and old is not None and (added := _added(value, name)) is not None:
        return joined([*_parts(old), chosen(when, _translated(run, added), nodes.Const(""))])
    new = _translated(run, value)
    if old is not None and name in run.bound:
        new = replaced(new, {run.bound[name].variable or name: old})
    return otherwise(when, new, _before(run, name, when, value) if old is None else old)


def _before(run: _Run, name: str, *asking: Expression) -> Expression:
    """Give what a name means that nothing was set to: a variant's value, or nothing."""
    is_asked = any(name in set(free_names(one)) for one in asking)
    return nodes.Name(name, "load") if name in run.variants or is_asked else nodes.Const("")


def _old_value(run: _Run, name: str) -> Expression | None:
    """Give what a variable was: its value while nothing shows it, else its name."""
    bound = run.bound.get(name)
    if bound is None or bound.variable is None:
        return None
    variable = next(one for one in run.variables if one.name == bound.variable)
    others = {used for one in run.variables if one is not variable for used in free_names(one.value)}
    number = isinstance(variable.value, nodes.Const) and isinstance(variable.value.value, int)
    shown = number or variable.name in run.shown or variable.name in others
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


def _declare(run: _Run, name: str, value: Expression, number: int) -> str:
    """Put a variable into the context; one that something shows already keeps its name, and the new one gets another."""
    own = f"{name}_" if name in _RESERVED else f"{name}_version" if name in run.bare else name
    taken = {one.name for one in run.variables}
    others = {used for one in run.variables if one.name != own for used in free_names(one.value)}
    if own in taken and own not in run.shown and own not in others and own not in set(free_names(value)):
        run.variables = [one for one in run.variables if one.name != own]
        taken.remove(own)
    count = 2
    unique = _NEXT_NAMES.get(own, own) if own in taken else own
    while unique in taken:
        unique, count = f"{own}_{count}", count + 1
    run.variables.append(Variable(name=unique, value=value, number=number, was_set_before=unique != own))
    return unique


def _if(run: _Run, node: nodes.If) -> None:
    skipped = negated(run.selectors[node.lineno - 1])  # a selector at {% if %} drops the tag, not what is in it
    if _is_inline(node):
        _inline_if(run, node)
        return
    before = FALSE
    for branch in (node, *node.elif_):
        run.number = branch.lineno
        test = _decided(run, branch.test)
        _walk_branch(run, branch.body, either(skipped, both(negated(before), test)))
        before = either(before, test)
    _walk_branch(run, node.else_, either(skipped, negated(before)))


def _walk_branch(run: _Run, body: list[nodes.Node], when: Expression) -> None:
    found = simplified(when)
    if found == FALSE or simplified(both(run.condition, found)) == FALSE:
        return
    run.conditions.append(found)
    _walk_body(run, body)
    run.conditions.pop()


def _is_inline(node: nodes.If) -> bool:
    bodies = [node.body, node.else_, *(branch.body for branch in node.elif_)]
    parts = [
        part for body in bodies for one in body for part in (one.nodes if isinstance(one, nodes.Output) else [None])
    ]
    return all(
        part is not None and not (isinstance(part, nodes.TemplateData) and "\n" in part.data) for part in parts
    ) and bool(parts)


def _inline_if(run: _Run, node: nodes.If) -> None:
    value: Expression | None = _text_of(node.else_) if node.else_ else None
    for branch in reversed((node, *node.elif_)):
        value = nodes.CondExpr(branch.test, _text_of(branch.body), value)
    if value is not None:
        _write_expression(run, value)


def _text_of(body: list[nodes.Node]) -> Expression:
    parts = [part for one in body if isinstance(one, nodes.Output) for part in one.nodes]
    return joined([nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in parts])


def _decided(run: _Run, test: nodes.Node) -> Expression:
    """Translate a condition; one about nothing outside the recipe is decided at once."""
    assert isinstance(test, nodes.Expr)  # noqa: S101  (what a condition is)
    local = _substituted(run, test)
    known = folded(_closed(run, local))
    if known is not None:
        return TRUE if known.value else FALSE
    spread = _spread(_closed(run, local))
    try:
        found = condition(local if spread is None else spread, run.names)
    except UntranslatableError as error:
        raise run.problem(f"{error}: {written_or_kind(local)}") from error
    run.shown.update(free_names(found))
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


def _for(run: _Run, node: nodes.For) -> None:
    if not isinstance(node.target, nodes.Name) or node.test is not None or node.recursive:
        raise run.problem("such a loop has no counterpart in v1", "write out what it makes")
    assert isinstance(node.iter, nodes.Expr)  # noqa: S101  (what a loop goes over)
    found = list(elements(_listed(run, _substituted(run, node.iter)), TRUE))
    outside = dict(run.bound)
    for element, when in found:
        if when is None:
            raise run.problem("the loop goes over what isn't known before", "write out what it makes")
        run.bound[node.target.name] = _Bound(node=element)
        _walk_branch(run, node.body, when)
        for name in [*run.bound]:
            if name in outside:
                run.bound[name] = outside[name]
            else:
                del run.bound[name]
    if not found:
        _walk_body(run, node.else_)


def _listed(run: _Run, node: Expression) -> Expression:
    """Put what names are set to in the place of lists' names, and leave the names in the lists as they are."""
    if isinstance(node, nodes.Name) and node.name in run.bound:
        return _listed(run, run.bound[node.name].node)
    if isinstance(node, nodes.Add):
        return nodes.Add(_listed(run, node.left), _listed(run, node.right))
    if isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        return nodes.CondExpr(node.test, _listed(run, node.expr1), _listed(run, node.expr2))
    if isinstance(node, nodes.Mul):  # a truth value times a list
        times, listed = (node.right, node.left) if isinstance(node.left, nodes.List) else (node.left, node.right)
        if isinstance(listed, nodes.List) and not isinstance(times, nodes.Const):
            return nodes.CondExpr(_decided(run, times), listed, nodes.List([]))
    if isinstance(node, nodes.List | nodes.Tuple):
        return node
    known = folded(_closed(run, node))
    return node if known is None else known


# Names put in the place of others


def _substituted(run: _Run, node: Expression) -> Expression:
    """Put the variables of loops, which the context doesn't have, in their places."""
    local = {name: one.node for name, one in run.bound.items() if one.variable is None and not one.failure}
    return replaced(node, local)


def _closed(run: _Run, node: Expression) -> Expression:
    """Put what they are set to in the place of all names, as far as it is known."""
    for _ in range(20):  # a variable may be set to one that is set to another
        known = {name: one.node for name, one in run.bound.items() if name not in set(free_names(one.node))}
        closed = replaced(node, known)
        if closed == node:
            return closed
        node = closed
    return node
