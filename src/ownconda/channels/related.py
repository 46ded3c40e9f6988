"""Related channels: which ones a channel stands on and before (CEP 42), and what clients see of them all."""

from collections.abc import Iterator

from ownconda.channels.acts import Past
from ownconda.channels.gate.standing import Standing
from ownconda.channels.shown_terms import patches_of
from ownconda.channels.snapshots import Contents, State
from ownconda.repodata.patches import patched_channel


def standing(state: State, past: Past, *, becoming: State | None = None) -> Standing:
    """Give a channel with those that it is declared to stand on and before, as clients see them.

    ``becoming`` is what another one of them is to be, instead of what it is.
    """
    above, below = _above(state, past, becoming), _below(state, past, becoming)
    return Standing(own=seen(state), above=tuple(map(seen, above)), below=tuple(map(seen, below)))


def related(state: State, past: Past) -> tuple[State, ...]:
    """Give the channels that a channel stands on and before."""
    return (*_above(state, past, None), *_below(state, past, None))


def seen(state: State) -> Contents:
    """Give what a channel lists as clients see it."""
    patches = patches_of(state.terms)
    if not patches:
        return state.contents
    return {entry.path: entry for entry in patched_channel(state.contents.values(), patches)}


def _above(state: State, past: Past, becoming: State | None) -> Iterator[State]:
    """Give what comes before a channel: what it stands on, and before that what that stands on (CEP 42)."""
    met = {state.snapshot.channel}
    chain: list[State] = []
    while state.terms.base and state.terms.base not in met:
        met.add(state.terms.base)
        state = _state(state.terms.base, past, becoming)
        chain.append(state)
    yield from reversed(chain)


def _below(state: State, past: Past, becoming: State | None) -> Iterator[State]:
    met = {state.snapshot.channel}
    while state.terms.overrides and state.terms.overrides not in met:
        met.add(state.terms.overrides)
        state = _state(state.terms.overrides, past, becoming)
        yield state


def _state(channel: str, past: Past, becoming: State | None) -> State:
    return becoming if becoming and becoming.snapshot.channel == channel else past.state(channel)
