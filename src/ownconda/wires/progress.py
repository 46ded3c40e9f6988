"""Progress as a Protocol, with a null object, so that no act asks whether somebody watches."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Unit = Literal["", "bytes"]


class Bar(Protocol):
    """One running piece of work."""

    def advance(self, amount: float) -> None:
        """Say that ``amount`` more is done, in the unit of the bar's total."""

    def say(self, text: str) -> None:
        """Say what is being done right now."""


class Progress(Protocol):
    """Somebody who watches: a terminal, a log, or nobody."""

    def bar(self, label: str, total: float | None = None, *, unit: Unit = "") -> AbstractContextManager[Bar]:
        """Begin a piece of work of ``total`` units (None: unknown); it ends with the block."""

    def note(self, text: str) -> None:
        """Tell a line that stays."""


class _Silent:
    def advance(self, amount: float) -> None:
        """Nobody watches."""

    def say(self, text: str) -> None:
        """Nobody watches."""


class NoProgress:
    """Nobody watches."""

    @contextmanager
    def bar(self, _label: str, _total: float | None = None, *, unit: Unit = "") -> Iterator[Bar]:  # noqa: ARG002
        """Let the work run unseen."""
        yield _Silent()

    def note(self, text: str) -> None:
        """Nobody listens."""
