"""Holds: what may not enter a channel until somebody lets it."""

from collections.abc import Iterable, Sequence

from ownconda.channels.notes import Hold
from ownconda.channels.snapshots import Change, Contents
from ownconda.conda.match_specs import chooser
from ownconda.errors import ConflictError, Problem, Where
from ownconda.repodata.entries import Entry


def entering(contents: Contents, change: Change) -> Iterable[Entry]:
    """Give what a change lets clients see that they didn't see before."""
    return (
        entry
        for entry in change.added
        if not entry.yanked and (entry.path not in contents or contents[entry.path].yanked)
    )


def check_holds(contents: Contents, change: Change, holds: Sequence[Hold]) -> None:
    """Check that nothing enters that is held. Raises ConflictError that names each such package."""
    choosers = [(hold, chooser(hold.spec)) for hold in holds]
    held = [
        Problem(
            what=f"is held in {hold.channel} since {hold.author} said: {hold.reason}",
            where=Where(file=entry.path),
            hint=f"release it first: ownconda channel release {hold.channel} '{hold.spec}'",
        )
        for entry in (entering(contents, change) if holds else ())
        for hold, chooses in choosers
        if chooses(entry.record)
    ]
    if held:
        raise ConflictError.of(held)
