"""The options of commands that render recipes: variants files, and values of variants."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ownconda.errors import WrongInputError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _values(_: click.Context, __: click.Parameter, given: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Gather the values of each key; one that is given again has several."""
    values: dict[str, tuple[str, ...]] = {}
    for one in given:
        key, sign, value = one.partition("=")
        if not (key and sign and value):
            raise WrongInputError(f"--variant {one!r} has no value", hint="for example --variant python=3.12")
        values[key] = (*values.get(key, ()), value)
    return values


variants_option: Decorator = click.option(
    "-m",
    "--variants",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A variants file.",
)

values_option: Decorator = click.option(
    "--variant",
    "values",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_values,
    help="A value of a variant; repeatable.",
)
"""Gives the command a mapping from keys to values."""
