"""Rules about how a recipe is laid out."""

import re
from collections.abc import Iterator, Sequence

from ownconda.recipes import shape_v0, shape_v1
from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.editing import Edit, Span

_BLANKS = re.compile(r"[ \t]+(?=\r?$)", re.MULTILINE)


def section_order(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell the first section that stands before one that it should follow, at the top and in each requirements."""
    shape = shape_v0 if recipe.is_v0 else shape_v1
    yield from _out_of_order(recipe, "", shape.ORDER)
    yield from _out_of_order(recipe, "requirements.", shape.REQUIREMENTS_ORDER)


def untidy_lines(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell blanks at the end of lines, and a file that doesn't end with exactly one line break."""
    text = recipe.written.text
    if not recipe.outputs:
        return
    content = len(text.rstrip())
    blanks = [one for one in _BLANKS.finditer(text) if one.start() <= content]
    if blanks:
        yield _blanks_at_ends(recipe, blanks)
    rest = Span(blanks[-1].end() if blanks and blanks[-1].start() == content else content, len(text))
    if text[rest.start :] not in {"\n", "\r\n"}:
        yield _odd_end(recipe, rest)


def _blanks_at_ends(recipe: CheckedRecipe, blanks: Sequence[re.Match[str]]) -> Fault:
    lines = [_line_of(recipe, one.start()) for one in blanks]
    return Fault(
        what=f"blanks at the end of line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}",
        where=recipe.at_line(lines[0]),
        hint="take them out",
        edits=tuple(Edit(Span(one.start(), one.end()), "") for one in blanks),
    )


def _odd_end(recipe: CheckedRecipe, rest: Span) -> Fault:
    text = recipe.written.text
    return Fault(
        what="empty lines at the end" if "\n" in text[rest.start :] else "no line break at the end",
        where=recipe.at_line(_line_of(recipe, rest.start)),
        hint="end the last line, and leave no empty ones after it",
        edits=(Edit(rest, "\r\n" if "\r\n" in text else "\n"),),
    )


def _line_of(recipe: CheckedRecipe, position: int) -> int:
    return recipe.written.text.count("\n", 0, position) + 1


def _out_of_order(recipe: CheckedRecipe, above: str, order: Sequence[str]) -> Iterator[Fault]:
    """Compare the keys below one section, in each output by itself, with their order."""
    for output in {place.output for places in recipe.written.kinds.values() for place in places}:
        keys = [
            place
            for name in order
            for place in recipe.written.kinds.get(f"{above}{name}", ())
            if place.is_key and place.output == output
        ]
        if not above and output is not None:
            continue  # the order within an output is its own affair
        written = sorted(keys, key=lambda place: place.span.start)
        for place, wanted in zip(written, keys, strict=True):
            if place.kind != wanted.kind:
                yield Fault(
                    what=f"{place.kind!r} stands before {wanted.kind!r}",
                    where=recipe.at(place),
                    hint=f"the usual order is {', '.join(dict.fromkeys(one.kind.removeprefix(above) for one in keys))}",
                )
                break


RULES = (
    Rule(
        name="section-order",
        summary="sections in another order than the format's documentation has them",
        why="Recipes are read more often than written, and by people who know where to look.",
        check=section_order,
        bad=Example(text="about:\n  license: MIT\n\npackage:\n  name: tool\n  version: 1.0.0\n"),
        good=Example(text="package:\n  name: tool\n  version: 1.0.0\n\nabout:\n  license: MIT\n"),
        severity="warning",
    ),
    Rule(
        name="untidy-lines",
        summary="blanks at the end of a line, or a file that doesn't end with one line break",
        why="They make differences that nobody sees. --fix takes them out wherever the recipe renders to the same "
        "then.",
        check=untidy_lines,
        bad=Example(text="package:\n  name: tool  \n  version: 1.0.0"),
        good=Example(text="package:\n  name: tool\n  version: 1.0.0\n"),
        severity="warning",
    ),
)
