"""Shadowing: names that the channels which a channel stands on list (CEP 42), so that its own packages hide theirs."""

from collections.abc import Collection

from ownconda.channels.acts import Past
from ownconda.channels.snapshots import State


def shadowed(here: State, names: Collection[str], past: Past) -> dict[str, str]:
    """Give those of these package names that a channel stood on lists, with the nearest channel that does."""
    found: dict[str, str] = {}
    for base in bases(here, past):
        listed = {entry.record.name for entry in base.contents.values() if entry.record.name in names}
        found = dict.fromkeys(listed, base.snapshot.channel) | found
    return found


def bases(here: State, past: Past) -> tuple[State, ...]:
    """Give the channels that a channel stands on, the nearest first."""
    met, found = {here.snapshot.channel}, list[State]()
    while here.terms.base and here.terms.base not in met:
        here = past.state(here.terms.base)
        met.add(here.snapshot.channel)
        found.append(here)
    return tuple(found)
