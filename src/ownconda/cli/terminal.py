"""What commands share at the terminal: settings, tables, progress bars. Results on stdout, talk on stderr."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

from ownconda.cli.exits import colours, show_warning
from ownconda.cli.plain_text import visible
from ownconda.settings import Settings, load, unknown_variables
from ownconda.wires.progress import Bar, Progress, Unit


def settings() -> Settings:
    """Load the settings that hold here, and warn of variables that look like settings and are none."""
    loaded = load(Path.cwd(), os.environ)
    for problem in unknown_variables(os.environ):
        show_warning(problem)
    return loaded


def print_json(value: object) -> None:
    """Print a result as JSON on stdout; what would act on a terminal is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo("".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a result as an aligned table on stdout, plain text that survives a pipe."""
    lines = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for number, row in enumerate(lines):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(line if number else click.style(line, bold=True), color=colours())


class _Bar:
    """One bar of rich's, with what is done of it in words."""

    def __init__(self, progress: RichProgress, label: str, total: float | None, unit: Unit) -> None:
        self._progress, self._label, self._unit = progress, label, unit
        self._total, self._done = total, 0.0
        self.task = progress.add_task(label, total=total, amount="")
        self.advance(0)

    def advance(self, amount: float) -> None:
        self._done += amount
        told = _amount(self._done, self._total, self._unit)
        self._progress.update(self.task, completed=self._done, amount=told)

    def say(self, text: str) -> None:
        self._progress.update(self.task, description=f"{self._label} [dim]{escape(visible(text))}[/dim]")


def _amount(done: float, total: float | None, unit: Unit) -> str:
    if unit == "bytes":
        return decimal(int(done)) if total is None else f"{decimal(int(done))} of {decimal(int(total))}"
    return "" if total is None else f"{done:g} of {total:g}"


class _Plain:
    """What stands for a bar where nobody watches a terminal: nothing, the notes tell enough."""

    def advance(self, amount: float) -> None:
        """Print nothing."""

    def say(self, text: str) -> None:
        """Print nothing."""


class TerminalProgress:
    """Bars on a terminal, plain lines elsewhere; all on stderr. Threads may share it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rich = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}", justify="right"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._running = 0
        self._changing = threading.Lock()

    @contextmanager
    def bar(self, label: str, total: float | None = None, *, unit: Unit = "") -> Iterator[Bar]:
        """Show a bar while the block runs."""
        if not self._console.is_terminal:
            yield _Plain()
            return
        with self._changing:
            self._running += 1
            self._rich.start()
        bar = _Bar(self._rich, label, total, unit)
        try:
            yield bar
        finally:
            with self._changing:
                self._rich.remove_task(bar.task)
                self._running -= 1
                if not self._running:
                    self._rich.stop()

    def note(self, text: str) -> None:
        """Print a line that stays, above the bars."""
        self._console.print(visible(text), highlight=False, markup=False, soft_wrap=True)


def progress() -> Progress:
    """Make the progress that this terminal can show: no bars where escape sequences aren't wanted."""
    return TerminalProgress(Console(stderr=True, force_terminal=colours()))
