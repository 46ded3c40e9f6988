"""A tree written as a ``recipe.yaml``: conditions as ``if``/``then``/``else``, comments in their places."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import TRUE
from ownconda.recipes.converting.item_groups import Group, groups
from ownconda.recipes.converting.scalar_text import quoted_if_needed, scalar_lines
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, Value


def write_recipe(root: Fields, *, header: Sequence[str] = (), footer: Sequence[str] = ()) -> str:
    """Write a whole recipe; there is a blank line between its sections."""
    lines = [*header, *([""] if header else [])]
    for index, part in enumerate(root.parts):
        if index:
            lines.append("")
        lines += _field(replace(part, is_spaced=False), 0)
    lines += ["", *footer] if footer else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _field(part: Part, indent: int) -> Iterator[str]:
    space = " " * indent
    yield from _above(part, indent)
    remark = f"  # {part.remark}" if part.remark else ""
    key = quoted_if_needed(part.key or "")
    if isinstance(part.value, Scalar):
        first, *rest = scalar_lines(part.value, indent + 2, key=part.key or "")
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
    for group in groups(parts):
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
        first, *rest = scalar_lines(part.value, indent + 2)
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


def _condition(group: Group, indent: int) -> Iterator[str]:
    space = " " * indent
    first = group.then[0]
    yield from _above(first, indent)
    yield f"{space}- if: {quoted_if_needed(written(group.condition))}"
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
        first, *rest = scalar_lines(part.value, indent + 2)
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
