"""What commands share at the terminal: settings, tables, progress bars. Results on stdout, talk on stderr."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.cli.exits import colours, show_warning
from ownconda.cli.plain_text import visible
from ownconda.settings.loading import load, unknown_variables
from ownconda.settings.tree import Settings
from ownconda.wires.progress import Progress


def settings() -> Settings:
    """Load the settings that hold here, and warn of variables that look like settings and are none."""
    loaded = load(Path.cwd(), os.environ)
    for problem in unknown_variables(os.environ):
        show_warning(problem)
    return loaded


def print_json(value: object) -> None:
    """Print a result as JSON on stdout; what would act on a terminal is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():  # it almost always is, and may be long
        text = "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)
    click.echo(text)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a result as an aligned table on stdout, plain text that survives a pipe."""
    lines = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for number, row in enumerate(lines):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(line if number else click.style(line, bold=True), color=colours())


def progress() -> Progress:
    """Make the progress that this terminal can show: no bars where escape sequences aren't wanted."""
    from ownconda.cli.progress_bars import TerminalProgress  # noqa: PLC0415  (rich, for what takes long anyway)

    return TerminalProgress(colours=colours())
