"""Nothing enters that is held."""

from collections.abc import Iterator

from ownconda.channels.gate.proposal import Proposal
from ownconda.conda.match_specs import chooser
from ownconda.errors import Problem, Where


def nothing_held(proposal: Proposal) -> Iterator[Problem]:
    """Tell which packages that arrive are chosen by a hold's spec."""
    for hold in proposal.holds:
        chooses = chooser(hold.spec)
        for path, entry in proposal.arriving.items():
            if chooses(entry.record):
                yield Problem(
                    what=f"{hold.spec!r} is held: {hold.reason}",
                    where=Where(file=path),
                    hint="release the hold when its reason is gone",
                )
