"""Rules about what can be read: keys that the format doesn't have, values of another kind than it wants."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from ownconda.errors import Where
from ownconda.recipes import shape_v0, shape_v1
from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.shapes import Section, Shape, Value

_CONDITION = frozenset({"if", "then", "else"})
_NEAR = 0.6


def unreadable_recipe(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell why a recipe can't be rendered."""
    for problem in recipe.rendered.error:
        hint = problem.hint or "`ownconda recipe render` says the same; is a variants file missing?"
        yield Fault(what=problem.what, where=problem.where or Where(file=recipe.file), hint=hint)


def loose_reading(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell what was wrong and didn't keep the recipe from being read."""
    for output in recipe.outputs:
        for problem in output.build.problems:
            hint = problem.hint or "conda-build takes it so; write what is meant"
            yield Fault(what=problem.what, where=problem.where or Where(file=recipe.file), hint=hint)


def unknown_keys(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell every key that the format doesn't have, with the nearest one that it has."""
    for odd in _oddities(recipe):
        if odd.wanted is None:
            name = str(odd.node.value)
            hint = _hint(name, odd.section, recipe)
            yield Fault(what=f"unknown key {name!r}", where=odd.where(recipe), hint=hint)


def wrong_kinds(recipe: CheckedRecipe, _: Known) -> Iterator[Fault]:
    """Tell every value that is a section where text is meant, or the other way round."""
    for odd in _oddities(recipe):
        if odd.wanted is not None:
            yield Fault(what=f"has to be {odd.wanted}", where=odd.where(recipe), hint="check the indentation there")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Odd:
    """A key that its section doesn't have or, where something is ``wanted``, a value of another kind."""

    node: yaml.Node
    field: str
    section: Section
    wanted: str | None = None

    def where(self, recipe: CheckedRecipe) -> Where:
        return Where(file=recipe.file, line=self.node.start_mark.line + 1, field=self.field)


def _oddities(recipe: CheckedRecipe) -> Iterator[_Odd]:
    if recipe.written.root is not None:
        yield from _below(recipe, recipe.written.root, shape_v0.RECIPE if recipe.is_v0 else shape_v1.RECIPE, "")


def _below(recipe: CheckedRecipe, node: yaml.Node, shape: Shape, field: str) -> Iterator[_Odd]:
    if shape is Value.FREE:
        return
    if isinstance(node, yaml.SequenceNode):
        if isinstance(shape, Section) and not (shape.listed or shape.also_plain):
            yield _Odd(node=node, field=field, section=shape, wanted="a mapping, not a list")
            return
        for index, one in enumerate(node.value):
            yield from _below(recipe, one, shape, f"{field}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        yield from _in_mapping(recipe, node, shape, field)
    elif isinstance(shape, Section) and not shape.also_plain and node.value and not _is_template(recipe, node):
        yield _Odd(node=node, field=field, section=shape, wanted="a mapping")


def _in_mapping(recipe: CheckedRecipe, node: yaml.MappingNode, shape: Shape, field: str) -> Iterator[_Odd]:
    keys = {str(key.value) for key, _ in node.value}
    branches = not recipe.is_v0 and "if" in keys and keys <= _CONDITION
    if not branches and not isinstance(shape, Section):
        yield _Odd(node=node, field=field, section=Section(), wanted="text, not a mapping")
        return
    for key, value in node.value:
        name = str(key.value)
        inner = f"{field}.{name}" if field else name
        if branches:
            yield from _below(recipe, value, Value.FREE if name == "if" else shape, inner)
        elif isinstance(shape, Section) and name in shape.keys:
            yield from _below(recipe, value, shape.keys[name], inner)
        elif isinstance(shape, Section) and not (shape.is_open or name == "<<" or _is_template(recipe, key)):
            yield _Odd(node=key, field=inner, section=shape)


def _is_template(recipe: CheckedRecipe, node: yaml.Node) -> bool:
    return "{" in recipe.written.text[node.start_mark.index : node.end_mark.index]


def _hint(name: str, section: Section, recipe: CheckedRecipe) -> str:
    shape = shape_v0 if recipe.is_v0 else shape_v1
    if name in shape.CALLED_OTHERWISE:
        return f"this format calls it {shape.CALLED_OTHERWISE[name]!r}"
    near = difflib.get_close_matches(name, section.keys, n=1, cutoff=_NEAR)
    if near:
        return f"did you mean {near[0]!r}?"
    homes = [home for home, inner in shape.RECIPE.keys.items() if isinstance(inner, Section) and name in inner.keys]
    if homes:
        return f"it belongs into the section {homes[0]!r}"
    return f"there may be: {', '.join(sorted(section.keys))}"


RULES = (
    Rule(
        name="unreadable-recipe",
        summary="a recipe that can't be read or rendered",
        why="Nothing can be said about a recipe that doesn't render, and nothing can be built from it.",
        check=unreadable_recipe,
        bad=Example(text="package:\n  name: tool\n  version: ${{ verison }}\n"),
        good=Example(text='context:\n  version: "1.0"\n\npackage:\n  name: tool\n  version: ${{ version }}\n'),
    ),
    Rule(
        name="loose-reading",
        summary="something that conda-build overlooks: a key that stands twice, a name that nobody defines",
        why="conda-build goes on with the last of two values, and with nothing for an undefined name. Both are "
        "mistakes more often than not, and rattler-build refuses them.",
        check=loose_reading,
        bad=Example(form="v0", text="package:\n  name: tool\n  name: other\n  version: 1.0\n"),
        good=Example(form="v0", text="package:\n  name: tool\n  version: 1.0\n"),
        severity="warning",
    ),
    Rule(
        name="unknown-key",
        summary="a key that the format doesn't have",
        why="A misspelt key is worse than a missing one: it looks as if something were said. conda-build ignores most "
        "of them; rattler-build stops at the first.",
        check=unknown_keys,
        bad=Example(form="v0", text="package:\n  name: tool\n  version: 1.0\n\nrequirments:\n  run:\n    - python\n"),
        good=Example(form="v0", text="package:\n  name: tool\n  version: 1.0\n\nrequirements:\n  run:\n    - python\n"),
    ),
    Rule(
        name="wrong-kind",
        summary="a section where text is meant, or text where a section is meant",
        why="It is mostly a matter of indentation, or of a colon that makes a mapping of a line. What stands there "
        "is lost.",
        check=wrong_kinds,
        bad=Example(
            form="v0", text="package:\n  name: tool\n  version: 1.0\n\ntest:\n  commands:\n    - echo: hello\n"
        ),
        good=Example(
            form="v0", text='package:\n  name: tool\n  version: 1.0\n\ntest:\n  commands:\n    - "echo: hello"\n'
        ),
    ),
)
