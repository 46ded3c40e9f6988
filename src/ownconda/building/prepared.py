"""What the builder gets for one Build, whichever format its recipe has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.conda.locks import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A recipe's file laid out, which output of it is wanted, in which variant, and the folder to build in.

    ``index`` and ``about`` are metadata that is written when the package is sealed; ``lock`` has the environments of
    what had to be built before.
    """

    recipe: Path
    name: str
    build: str
    variant: Mapping[str, str]
    output: Path
    index: Mapping[str, object] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
