"""One walk through a template: what is bound, under which condition the walk is, and the lines made so far."""

import re
from dataclasses import dataclass, field, replace

from jinja2 import nodes

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.converting.conditions import simplified
from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, both, free_names, replaced
from ownconda.recipes.converting.naming import Names, UntranslatableError
from ownconda.recipes.converting.translation import translated

MOST_LINES = 20_000
"""How many lines a recipe may have when its loops are written out."""
MARK = re.compile("\ue010(\\d+)\ue011")
"""What stands in a line for an expression: its number between two characters of the private use area."""

RESERVED = re.compile("[\ue010-\ue05f]")
"""Characters that a recipe can't have while it is converted: they mark places in texts."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a name was set to: the expression as it is written, and its variable's name in the context.

    ``failure`` says why the context can't have it, which matters when something asks for it.
    """

    node: Expression
    variable: str | None = None
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk: what is bound, under which condition the walk is, and what is written so far."""

    where: Where
    text: list[str]
    variants: frozenset[str]
    bare: frozenset[str]  # keys that would get a variable's value where a requirement is their bare name
    selectors: list[Expression] = field(default_factory=list)
    bound: dict[str, Bound] = field(default_factory=dict)
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
        """Under which condition the walk is."""
        found = TRUE
        for one in self.conditions:
            found = both(found, one)
        return found

    @property
    def names(self) -> Names:
        """What names mean here."""
        context = {name: one.variable for name, one in self.bound.items() if one.variable}
        package = {key: nodes.Name(key, "load") for key in ("PKG_NAME", "PKG_VERSION", "PKG_BUILDNUM")}
        texts = frozenset(one.name for one in self.variables if not isinstance(one.value, nodes.Const | nodes.List))
        return Names(context=context, variants=self.variants, package=package, texts=texts)

    def problem(self, what: str, hint: str | None = None) -> WrongInputError:
        """Say what is wrong at this line."""
        return WrongInputError(what, where=Where(file=self.where.file, line=self.number), hint=hint)

    def remark(self, what: str) -> None:
        """Tell something about this line."""
        self.problems.append(Problem(what=what, where=Where(file=self.where.file, line=self.number)))

    def mark(self, expression: Expression) -> None:
        """Write an expression into the current line."""
        self.expressions.append(expression)
        self.current += _MARK.format(len(self.expressions) - 1)

    def flush(self) -> None:
        """End the current line."""
        if len(self.lines) > MOST_LINES:
            raise self.problem(f"the recipe's loops make more than {MOST_LINES} lines")
        text, self.current = self.current, ""
        line = self._line(text)
        if line is not None:
            found = simplified(line.condition)
            if found != FALSE:
                self.lines.append(replace(line, condition=found))

    def _line(self, text: str) -> Line | None:
        """Make the line of what it came to; a comment is told once, and a line that a tag stood on is none."""
        before = self.text[self.number - 1] if self.number <= len(self.text) else ""
        if text.strip():
            selector = self.selectors[self.number - 1] if self.number <= len(self.selectors) else TRUE
            when = both(self.condition, selector)
            return Line(text=text, number=self.number, condition=when, remark=_remark(before))
        if before.lstrip().startswith("#") and self.number not in self.told:
            self.told.add(self.number)
            return Line(text=before.rstrip(), number=self.number, condition=self.condition, is_comment=True)
        return None if before.strip() else Line(text="", number=self.number, condition=self.condition)


def without_local_names(walk: Walk, node: Expression) -> Expression:
    """Put the variables of loops, which the context doesn't have, in their places."""
    local = {name: one.node for name, one in walk.bound.items() if one.variable is None and not one.failure}
    return replaced(node, local)


def resolved(walk: Walk, node: Expression) -> Expression:
    """Put what they are set to in the place of all names, as far as it is known."""
    for _ in range(20):  # a variable may be set to one that is set to another
        known = {name: one.node for name, one in walk.bound.items() if name not in set(free_names(one.node))}
        found = replaced(node, known)
        if found == node:
            return found
        node = found
    return node


def translated_here(walk: Walk, node: Expression) -> Expression:
    """Translate an expression with the names as they are bound here.

    Raises UntranslatableError, also for a name that was set to what can't be translated.
    """
    for name in free_names(node):
        if name in walk.bound and walk.bound[name].failure:
            raise UntranslatableError(walk.bound[name].failure)
    return translated(node, walk.names)


def written_or_kind(node: Expression) -> str:
    """Quote an expression for a message."""
    try:
        return f"{{{{ {written(node)} }}}}"
    except TypeError:
        return type(node).__name__


def _remark(line: str) -> str:
    """Give the comment at the end of a line that has a selector, without the selector."""
    before, sign, comment = line.rpartition("#")
    if not sign or not before.strip() or "[" not in comment:
        return ""
    start, end = comment.find("["), comment.rfind("]")
    return " ".join(f"{comment[:start]} {comment[end + 1 :]}".split())
