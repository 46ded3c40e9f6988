"""Files beside the package tell where it comes from."""

from collections.abc import Iterator, Sequence

from ownconda.channels.gate.proposal import Proposal
from ownconda.channels.gate.rules import Rule
from ownconda.errors import Problem, Where


def provenance_there(kinds: Sequence[str]) -> Rule:
    """Make the rule that asks for sidecars of these kinds (`ownconda.attestations.sidecars.SUFFIXES`)."""

    def rule(proposal: Proposal) -> Iterator[Problem]:
        for path, entry in proposal.arriving.items():
            missing = [kind for kind in kinds if kind not in entry.sidecars.digests]
            if missing:
                yield Problem(
                    what=f"nothing beside it tells its {', '.join(missing)}",
                    where=Where(file=path),
                    hint="upload the package once more, together with the files that its build wrote beside it",
                )

    return rule
