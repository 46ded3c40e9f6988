"""Fields and parameters that nobody would read: who sends one has mistyped it, or speaks to an older forge."""

from collections.abc import Collection, Iterable
from http import HTTPStatus

from ownconda.forge.answers import RequestError

MOST_NAMED = 5
LONGEST = 80


def refuse_unknown(what: str, given: Iterable[str], known: Collection[str] | None) -> None:
    """Refuse names that aren't known; ``what`` they are is told with those that there are. Raises RequestError.

    None is known of where others are passed over.
    """
    unknown = [] if known is None else sorted(set(given) - set(known))
    if unknown:
        told = ", ".join(repr(name[:LONGEST]) for name in unknown[:MOST_NAMED])
        there = ", ".join(sorted(known or ())) or "none"
        raise RequestError(HTTPStatus.BAD_REQUEST, f"there is no {what} {told} here", hint=f"there are {there}")
