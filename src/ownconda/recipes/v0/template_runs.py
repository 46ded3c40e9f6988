"""One evaluation of a template: its scopes, what it has written, how much work it has been, what it missed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ownconda.recipes.v0.values import LONGEST_TEXT, Effort, Function, TemplateError, Undefined, as_text

LONGEST_RANGE = 100_000


@dataclass(slots=True)
class Run:
    """One evaluation: what names mean, from the outermost scope to the innermost, and what is written so far."""

    names: Mapping[str, object]
    scopes: list[dict[str, object]] = field(default_factory=lambda: [{}])
    written: list[str] = field(default_factory=list)
    length: int = 0
    line: int = 1
    offset: int = 0
    effort: Effort = field(default_factory=Effort)
    undefined: dict[str, int] = field(default_factory=dict)

    def meaning(self, name: str) -> object:
        """Give what a name means, in the innermost scope that has it."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.names:
            return self.names[name]
        return _GLOBALS.get(name) or Undefined(name)

    def miss(self, value: Undefined) -> Undefined:
        """Note that an undefined value was used."""
        self.undefined.setdefault(value.reason, self.line)
        return value

    def write(self, text: str) -> None:
        """Write what comes next. Raises TemplateError when that is too much."""
        self.length += len(text)
        if self.length > LONGEST_TEXT:
            raise TemplateError("the recipe becomes too long")
        self.written.append(text)


@dataclass(frozen=True, slots=True)
class Namespace:
    """Jinja's ``namespace()``: names that a loop can change."""

    values: dict[str, object]


def items_of(run: Run, value: object) -> list[object]:
    """Give what a loop goes through. Raises TemplateError when a value holds nothing to go through."""
    if isinstance(value, Undefined):
        run.miss(value)
        return []
    if not isinstance(value, str | list | tuple | set | range | Mapping):
        raise TemplateError(f"{as_text(value)[:40]!r} has no items to go through")
    run.effort.spend(len(value) // 10)
    return list(value)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > LONGEST_RANGE:
        raise TemplateError(f"range() has {len(numbers)} numbers, {LONGEST_RANGE} are allowed")
    return numbers


def _namespace(*given: object, **named: object) -> object:
    return Namespace(dict(*given, **named))


_GLOBALS: Mapping[str, object] = MappingProxyType(
    {
        "range": Function(_range),
        "namespace": Function(_namespace),
        "dict": Function(dict),
    }
)
