"""What commands share at the terminal: settings, tables, progress bars. Results on stdout, talk on stderr."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as RichProgress,
)

from ownconda.settings import Settings, load
from ownconda.wires.progress import Bar, Progress


def settings() -> Settings:
    """Load the settings that hold here."""
    return load(Path.cwd(), os.environ)


def print_json(value: object) -> None:
    """Print a result as JSON on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a result as an aligned table on stdout, plain text that survives a pipe."""
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if row is headings else line)


class _Bar:
    def __init__(self, progress: RichProgress, task: TaskID, label: str) -> None:
        self._progress, self._task, self._label = progress, task, label

    def advance(self, amount: float) -> None:
        self._progress.update(self._task, advance=amount)

    def say(self, text: str) -> None:
        self._progress.update(self._task, description=f"{self._label} [dim]{text}[/dim]")


class _Plain:
    """What stands for a bar where nobody watches a terminal: nothing, the notes tell enough."""

    def advance(self, amount: float) -> None:
        """Print nothing."""

    def say(self, text: str) -> None:
        """Print nothing."""


class TerminalProgress:
    """Bars on a terminal, plain lines elsewhere; all on stderr."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rich = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:g}/{task.total:g}", justify="right"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._running = 0

    @contextmanager
    def bar(self, label: str, total: float | None = None) -> Iterator[Bar]:
        """Show a bar while the block runs."""
        if not self._console.is_terminal:
            yield _Plain()
            return
        self._running += 1
        self._rich.start()
        task = self._rich.add_task(label, total=total if total is not None else 1)
        try:
            yield _Bar(self._rich, task, label)
        finally:
            self._rich.remove_task(task)
            self._running -= 1
            if not self._running:
                self._rich.stop()

    def note(self, text: str) -> None:
        """Print a line that stays, above the bars."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def progress() -> Progress:
    """Make the progress that this terminal can show."""
    return TerminalProgress(Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")) or None))
