"""Whatever a small recipe says: its conversion is an error of its own kind, or what is called equal is equal."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ownconda.errors import WrongInputError
from ownconda.recipes.converting.conversion import plan_conversion
from ownconda.recipes.rendering import Rendered, Rendering
from ownconda.recipes.v0.rendering import render_v0
from ownconda.recipes.v1 import render_v1

PLATFORMS = ("linux-64", "win-64")
RENDERING = Rendering(variants={"python": ("3.12",)})

names = st.sampled_from(
    ["b", "c-d", "python", "{{ name }}x", "e {{ version }}", "f >=1,<2", "g 1.*", "{{ compiler('c') }}"]
)
atoms = st.sampled_from(
    ["win", "linux", "unix", "osx", "py<38", "py>=312", "py3k", "x86_64", "nowhere", "python == '3.12'"]
)
selectors = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda one: f"({one[0]}) {one[1]} ({one[2]})"),
    ),
    max_leaves=3,
)
items = st.tuples(names, st.none() | selectors).map(lambda one: f"- {one[0]}" + (f"  # [{one[1]}]" if one[1] else ""))
lists = st.lists(items, max_size=5)
settings_of_version = st.sampled_from(["1.2", "1.10", "2024.1", "0.1.2"])


@st.composite
def recipes(draw: st.DrawFn) -> str:
    number = draw(st.lists(st.tuples(st.integers(0, 9), st.none() | selectors), max_size=2))
    sections = {kind: draw(lists) for kind in ("build", "host", "run")}
    commands = [one.replace("{{ compiler('c') }}", "{{ PYTHON }}") for one in draw(lists)]
    lines = ['{% set name = "a" %}', f'{{% set version = "{draw(settings_of_version)}" %}}']
    when = draw(st.none() | selectors)
    lines += ['{% set version = version ~ ".1" %}' + f"  # [{when}]"] if when else []
    lines += ["package:", "  name: {{ name }}", "  version: {{ version }}", "build:", "  script: make"]
    lines += [f"  number: {value}" + (f"  # [{one}]" if one else "") for value, one in number]
    lines += [f"  skip: true  # [{one}]" for one in draw(st.lists(selectors, max_size=1))]
    lines.append("requirements:")
    for kind, entries in sections.items():
        lines += [f"  {kind}:", *(f"    {entry}" for entry in entries)]
    lines += ["test:", "  commands:", *(f"    {command}" for command in commands)]
    return "\n".join(lines) + "\n"


def essence(rendered: list[Rendered]) -> list[tuple[object, ...]]:
    """Give what a package is at the least, by other means than the comparison's."""
    return sorted(
        (
            one.build.name,
            one.build.version,
            one.build.number,
            *(frozenset(spec.split()[0].lower() for spec in specs) for specs in needs(one)),
        )
        for one in rendered
    )


def needs(one: Rendered) -> tuple[tuple[str, ...], ...]:
    return (one.build.requirements.build, one.build.requirements.host, one.build.requirements.run)


@settings(max_examples=30, deadline=None)
@given(recipes())
def test_what_is_called_equal_is_equal(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipes" / "a" / "meta.yaml"
        recipe.parent.mkdir(parents=True)
        recipe.write_text(text)
        try:
            found = plan_conversion(recipe, RENDERING, platforms=PLATFORMS)
        except WrongInputError:
            return
        if found.differences:
            return
        new = recipe.parent / "recipe.yaml"
        new.write_text(found.text)
        for platform in PLATFORMS:
            how = Rendering(variants=COMPILERS[platform] | dict(RENDERING.variants), target_platform=platform)
            assert essence(render_v0(recipe, how)) == essence(render_v1(new, how))


COMPILERS = {"linux-64": {"c_compiler": ("gcc",)}, "win-64": {"c_compiler": ("vs2017",)}}


@settings(max_examples=30, deadline=None)
@given(recipes())
def test_plain_recipes_are_converted(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipes" / "a" / "meta.yaml"
        recipe.parent.mkdir(parents=True)
        recipe.write_text(text)
        try:
            render_v0(recipe, RENDERING)
        except WrongInputError:
            return
        assert plan_conversion(recipe, RENDERING, platforms=PLATFORMS).differences == ()
