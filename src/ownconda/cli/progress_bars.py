"""Progress for people at a terminal: bars, or plain lines where there are none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ownconda.cli.plain_text import visible
from ownconda.wires.progress import Bar, Unit


class _Bar:
    """One bar of rich's, with what is done of it in words."""

    def __init__(self, progress: Progress, label: str, total: float | None, unit: Unit) -> None:
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

    def __init__(self, *, colours: bool | None) -> None:
        self._console = Console(stderr=True, force_terminal=colours)
        self._rich = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}", justify="right"),
            TimeElapsedColumn(),
            console=self._console,
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
