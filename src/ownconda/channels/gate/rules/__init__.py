"""The gate's further rules, one a file; a rule goes through a proposal and tells what speaks against it."""

from collections.abc import Iterable
from typing import Protocol

from ownconda.channels.gate.proposal import Proposal
from ownconda.errors import Problem


class Rule(Protocol):
    """Looks at values alone, and gives a Problem for each package that it has something against."""

    def __call__(self, proposal: Proposal, /) -> Iterable[Problem]:
        """Tell what speaks against a proposal; a Problem's place is the package's path."""
