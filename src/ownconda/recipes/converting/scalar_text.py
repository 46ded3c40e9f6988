"""Texts as YAML has them: plain, quoted, folded or in a block, with expressions as ``${{ … }}``."""

import textwrap
from functools import lru_cache

import yaml
from jinja2 import nodes

from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import Expression
from ownconda.recipes.converting.tree import Scalar

WIDTH = 100
"""How long the lines of a folded text become, in characters."""

_LONGEST = WIDTH + 20  # what isn't longer is left on its line
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = frozenset({"number", "down_prioritize_variant", "depth"})
_PROSE = frozenset({"summary", "description"})
_TRUTHS = frozenset({"true", "false"})


def scalar_lines(value: Scalar, indent: int, *, key: str = "") -> list[str]:
    """Give the lines of a text; the first one stands behind its key."""
    said = written_scalar(value)
    if value.is_empty:
        return [""]
    if "\n" in said.strip("\n") or (value.style == "|" and "\n" in said):
        return _block(said, indent)
    said = said.strip("\n") if value.style in {"|", ">"} else said
    if len(said) + indent > _LONGEST and (broken := _broken(value, said, indent, is_prose=key in _PROSE)):
        return broken
    is_value = value.style == "#"  # a number, or a truth value
    if not value.style and (key in _NUMBERS or said in _TRUTHS):
        is_value = said.isdecimal() or said in _TRUTHS
    return [said if is_value else quoted_if_needed(said)]


def written_scalar(value: Scalar) -> str:
    """Give the text of a scalar, with its expressions as ``${{ … }}``."""
    return "".join(piece if isinstance(piece, str) else f"${{{{ {written(piece)} }}}}" for piece in value.pieces)


@lru_cache(maxsize=16_384)
def quoted_if_needed(said: str) -> str:
    """Give a text with quotes where YAML would read something else."""
    if _reads_plain(said):
        return said
    if "\\" in said or ('"' in said and "'" not in said):
        return "'" + said.replace("'", "''") + "'" if said.isprintable() else _escaped(said)
    return f'"{said}"' if '"' not in said and said.isprintable() else _escaped(said) if "'" in said else f"'{said}'"


def _block(said: str, indent: int) -> list[str]:
    end = "" if said.endswith("\n") and not said.endswith("\n\n") else "-" if not said.endswith("\n") else "+"
    lines = said[:-1].split("\n") if said.endswith("\n") else said.split("\n")
    mark = str(2) if lines[0].startswith(" ") else ""
    return [f"|{mark}{end}", *(f"{' ' * indent}{line}" if line else "" for line in lines)]


def _broken(value: Scalar, said: str, indent: int, *, is_prose: bool) -> list[str]:
    """Break what is too long for one line, if it can be broken."""
    if len(value.pieces) == 1 and not isinstance(value.pieces[0], str):
        return _long_expression(value.pieces[0], indent)
    return _folded(said, indent) if (value.style == ">" or is_prose) and "  " not in said else []


def _long_expression(expression: Expression, indent: int) -> list[str]:
    """Break a long expression where it is joined, or where it chooses."""
    parts = _choices(expression)
    if isinstance(expression, nodes.Concat):
        parts = [_operand(one, first=not at) for at, one in enumerate(expression.nodes)]
    if len(parts) == 1:
        return [quoted_if_needed(f"${{{{ {parts[0]} }}}}")]
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
