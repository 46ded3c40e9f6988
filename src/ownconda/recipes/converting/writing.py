"""A tree written as a ``recipe.yaml``: conditions as ``if``/``then``/``else``, comments in their places."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import yaml
from jinja2 import nodes

from ownconda.recipes.converting.conditions import excludes, opposite, same
from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import TRUE, Expression
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, Value

WIDTH = 100
"""How long the lines of a folded text become, in characters."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = frozenset({"number", "down_prioritize_variant", "depth"})
_NEAR = 6  # how many groups back an item may move
_PROSE = frozenset({"summary", "description"})
_TRUTHS = frozenset({"true", "false"})


def write_recipe(root: Fields, *, header: Sequence[str] = (), footer: Sequence[str] = ()) -> str:
    """Write a whole recipe; there is a blank line between its sections."""
    lines = [*header, *([""] if header else [])]
    for index, part in enumerate(root.parts):
        if index:
            lines.append("")
        lines += _field(replace(part, is_spaced=False), 0)
    lines += ["", *footer] if footer else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def written_scalar(value: Scalar) -> str:
    """Give the text of a scalar, with its expressions as ``${{ … }}``."""
    return "".join(piece if isinstance(piece, str) else f"${{{{ {written(piece)} }}}}" for piece in value.pieces)


def _field(part: Part, indent: int) -> Iterator[str]:
    space = " " * indent
    yield from _above(part, indent)
    remark = f"  # {part.remark}" if part.remark else ""
    key = _quoted_if_needed(part.key or "")
    if isinstance(part.value, Scalar):
        first, *rest = _scalar(part.value, indent + 2, key=part.key or "")
        yield f"{space}{key}:{' ' if first else ''}{first}{remark}"
        yield from rest
    else:
        yield f"{space}{key}:{remark}"
        yield from _collection(part.value, indent + 2)
    yield from (f"{space}{comment}" for comment in part.after)


def _collection(value: Value, indent: int) -> Iterator[str]:
    if isinstance(value, Scalar) or not value.parts:
        return
    first, *rest = value.parts  # nothing is spaced from the key above it
    parts = (replace(first, is_spaced=False), *rest)
    if isinstance(value, Items):
        yield from _items(parts, indent)
    else:
        for part in parts:
            yield from _field(part, indent)


def _items(parts: Sequence[Part], indent: int) -> Iterator[str]:
    for group in _groups(parts):
        if group.condition == TRUE:
            for part in group.then:
                yield from _item(part, indent)
        else:
            yield from _condition(group, indent)


def _item(part: Part, indent: int) -> Iterator[str]:
    space = " " * indent
    yield from _above(part, indent)
    remark = f"  # {part.remark}" if part.remark else ""
    if isinstance(part.value, Scalar):
        first, *rest = _scalar(part.value, indent + 2)
        yield f"{space}- {first}{remark}"
        yield from rest
    else:
        inner = list(_collection(part.value, indent + 2))
        comments = [line for line in inner if not line.strip() or line.lstrip().startswith("#")]
        start = next((index for index, line in enumerate(inner) if line not in comments), 0)
        yield from (line.replace("  ", "", 1) for line in inner[:start] if line.strip())
        yield f"{space}- {inner[start].lstrip()}{remark}" if inner else f"{space}- {{}}"
        yield from inner[start + 1 :]
    yield from (f"{space}{comment}" for comment in part.after)


def _above(part: Part, indent: int) -> Iterator[str]:
    if part.is_spaced:
        yield ""
    yield from (f"{' ' * indent}{comment}" for comment in part.comments)


# Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Items that stand next to each other under one condition, and those of its opposite."""

    condition: Expression
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...] = ()


def _groups(parts: Sequence[Part]) -> list[_Group]:
    """Put neighbours of one condition together, and pairs of opposites."""
    groups: list[_Group] = []
    for part in parts:
        last = groups[-1] if groups else None
        if last and last.condition != TRUE and part.condition != TRUE and not (part.is_spaced and part.comments):
            if opposite(last.condition, part.condition):
                groups[-1] = replace(last, otherwise=(*last.otherwise, part))
                continue
            at = _group_of(part, groups)
            if at is not None:
                groups[at] = replace(groups[at], then=(*groups[at].then, part))
                continue
        elif last and last.condition == TRUE and part.condition == TRUE:
            groups[-1] = replace(last, then=(*last.then, part))
            continue
        groups.append(_Group(condition=part.condition, then=(part,)))
    return groups


def _group_of(part: Part, groups: Sequence[_Group]) -> int | None:
    """Find the group to which a part can be put without changing the order on any platform."""
    for at in range(len(groups) - 1, max(len(groups) - 1 - _NEAR, -1), -1):
        if same(groups[at].condition, part.condition):
            return at
        if part.comments or groups[at].otherwise or not excludes(groups[at].condition, part.condition):
            return None
    return None


def _condition(group: _Group, indent: int) -> Iterator[str]:
    space = " " * indent
    first = group.then[0]
    yield from _above(first, indent)
    yield f"{space}- if: {_quoted_if_needed(written(group.condition))}"
    yield from _branch("then", (replace(first, comments=(), is_spaced=False), *group.then[1:]), indent + 2)
    if group.otherwise:
        yield from _branch("else", group.otherwise, indent + 2)


def _branch(word: str, parts: Sequence[Part], indent: int) -> Iterator[str]:
    space = " " * indent
    plain = [
        replace(part, is_spaced=part.is_spaced and index > 0 and bool(part.comments))
        for index, part in enumerate(parts)
    ]
    if len(plain) == 1 and _is_simple(plain[0]):
        [part] = plain
        assert isinstance(part.value, Scalar)  # noqa: S101  (what is simple)
        remark = f"  # {part.remark}" if part.remark else ""
        first, *rest = _scalar(part.value, indent + 2)
        yield f"{space}{word}: {first}{remark}"
        yield from rest
        return
    yield f"{space}{word}:"
    for part in plain:
        yield from _item(part, indent + 2)


def _is_simple(part: Part) -> bool:
    return (
        isinstance(part.value, Scalar) and part.value.style not in {"|", ">"} and not part.comments and not part.after
    )


# Texts


def _scalar(value: Scalar, indent: int, *, key: str = "") -> list[str]:
    """Give the lines of a text; the first one stands behind its key."""
    said = written_scalar(value)
    if value.is_empty:
        return [""]
    if "\n" in said.strip("\n") or (value.style == "|" and "\n" in said):
        return _block(said, indent)
    said = said.strip("\n") if value.style in {"|", ">"} else said
    if len(said) + indent > WIDTH + 20 and len(value.pieces) == 1 and not isinstance(value.pieces[0], str):
        return _long_expression(value.pieces[0], indent)
    if (value.style == ">" or key in _PROSE) and len(said) + indent > WIDTH + 20 and "  " not in said:
        folded = _folded(said, indent)
        if folded:
            return folded
    if value.style == "#":  # a number, or a truth value
        return [said]
    if not value.style and (key in _NUMBERS or said in _TRUTHS) and (said.isdecimal() or said in _TRUTHS):
        return [said]
    return [_quoted_if_needed(said)]


def _block(said: str, indent: int) -> list[str]:
    end = "" if said.endswith("\n") and not said.endswith("\n\n") else "-" if not said.endswith("\n") else "+"
    lines = said[:-1].split("\n") if said.endswith("\n") else said.split("\n")
    mark = str(2) if lines[0].startswith(" ") else ""
    return [f"|{mark}{end}", *(f"{' ' * indent}{line}" if line else "" for line in lines)]


def _long_expression(expression: Expression, indent: int) -> list[str]:
    """Break a long expression where it is joined, or where it chooses."""
    parts = _choices(expression)
    if isinstance(expression, nodes.Concat):
        parts = [_operand(one, first=not at) for at, one in enumerate(expression.nodes)]
    if len(parts) == 1:
        return [_quoted_if_needed(f"${{{{ {parts[0]} }}}}")]
    space = " " * indent
    return [">-", f"{space}${{{{", *(f"{space}{part}" for part in parts), f"{space}}}}}"]


def _operand(one: Expression, *, first: bool) -> str:
    text = written(nodes.Concat([nodes.Const(""), one])).removeprefix('"" ~ ')
    return text if first else f"~ {text}"


def _choices(expression: Expression) -> list[str]:
    if not isinstance(expression, nodes.CondExpr) or expression.expr2 is None:
        return [written(expression)]
    first = written(nodes.CondExpr(expression.test, expression.expr1, None))
    rest = _choices(expression.expr2)
    return [f"{first} else", *rest]


def _folded(said: str, indent: int) -> list[str]:
    """Fold a long text, never inside an expression."""
    guarded = "".join(
        piece.replace(" ", "\ue020") if piece.startswith("${{") else piece for piece in _split_expressions(said)
    )
    lines = textwrap.wrap(guarded, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2:  # noqa: PLR2004  (nothing to fold)
        return []
    return [">-", *(f"{' ' * indent}{line}".replace("\ue020", " ") for line in lines)]


def _split_expressions(said: str) -> list[str]:
    pieces: list[str] = []
    while "${{" in said:
        before, _, rest = said.partition("${{")
        inside, end, said = rest.partition("}}")
        pieces += [before, f"${{{{{inside}{end}"]
    return [*pieces, said]


@lru_cache(maxsize=16_384)
def _quoted_if_needed(said: str) -> str:
    if _reads_plain(said):
        return said
    if "\\" in said or ('"' in said and "'" not in said):
        return "'" + said.replace("'", "''") + "'" if said.isprintable() else _escaped(said)
    return f'"{said}"' if '"' not in said and said.isprintable() else _escaped(said) if "'" in said else f"'{said}'"


def _escaped(said: str) -> str:
    found: str = yaml.safe_dump(said, default_style='"', width=10_000, allow_unicode=True)
    return found.strip()


def _reads_plain(said: str) -> bool:
    """Tell whether a text without quotes is read as that text, and as text, by YAML of any version."""
    if not said or said != said.strip() or "\n" in said:
        return False
    try:
        node = yaml.compose(f"k: {said}\n", Loader=_Loader)
    except yaml.YAMLError:
        return False
    value = node.value[0][1] if isinstance(node, yaml.MappingNode) and len(node.value) == 1 else None
    return isinstance(value, yaml.ScalarNode) and value.value == said and value.tag == "tag:yaml.org,2002:str"
