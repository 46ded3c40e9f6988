"""Errors and warnings told to people, on stderr."""

import os

import click

from ownconda.cli.plain_text import visible_lines
from ownconda.errors import OwncondaError, Problem


def show_error(error: OwncondaError) -> None:
    """Print an error for people on stderr: each problem, each with its hint."""
    for problem in error.problems:
        _say("error:", str(problem), fg="red", bold=True)
        if problem.hint:
            _say("hint:", problem.hint, fg="cyan")


def show_warning(problem: Problem) -> None:
    """Print on stderr what may be a mistake and stops nothing."""
    told = f"{problem}; {problem.hint}" if problem.hint else str(problem)
    _say("warning:", told, fg="yellow")


def colours() -> bool | None:
    """Tell whether there may be colours: not where ``NO_COLOR`` is set (see no-color.org), else on a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _say(heading: str, text: str, *, fg: str, bold: bool | None = None) -> None:
    click.echo(f"{click.style(heading, fg=fg, bold=bold)} {visible_lines(text)}", err=True, color=colours())


def problem_as_json(problem: Problem) -> dict[str, object]:
    """Give what is told of a problem in JSON; its file is that of the entry that it stands in."""
    return {
        "what": problem.what,
        "line": problem.where.line if problem.where else None,
        "field": problem.where.field if problem.where else None,
        "hint": problem.hint,
    }
