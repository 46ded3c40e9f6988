"""Exit codes, and errors told to people."""

import os

import click

from ownconda.errors import NoError, OutsideError, OwncondaError, WrongInputError

DONE, NO, USAGE, OUTSIDE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

_FAMILIES = ((WrongInputError, USAGE), (OutsideError, OUTSIDE), (NoError, NO))


def exit_code(error: OwncondaError) -> int:
    """Give the exit code of an error's family."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), BROKEN)


def show_error(error: OwncondaError) -> None:
    """Print an error for people on stderr: each problem, each with its hint."""
    colour = False if os.environ.get("NO_COLOR") else None
    for problem in error.problems:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {problem}", err=True, color=colour)
        if problem.hint:
            click.echo(f"{click.style('hint:', fg='cyan')} {problem.hint}", err=True, color=colour)
