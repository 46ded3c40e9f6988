"""Outputs before the pins on their siblings are known, and what they have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.recipes.builds import WrittenSource
from ownconda.recipes.v0.build_strings import build_string, variant_hash
from ownconda.recipes.v0.functions import with_star
from ownconda.recipes.v0.one_variant import Read
from ownconda.recipes.v0.outputs import Output
from ownconda.recipes.v0.pins import OutputFacts
from ownconda.recipes.v0.variants import Variant

_CONSTRAINTS = frozenset({"run_constrained", "weak_constrains", "strong_constrains"})
"""Kinds of match specs that nothing is installed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An output before the pins on its siblings are known."""

    output: Output
    used: Mapping[str, str]
    own_text: str
    variant: Variant

    def build_string(self) -> str:
        """Give the build string that its recipe has for it, or that follows from what it uses."""
        return build_string(self.output, self.variant, self.used, text_of_output=self.own_text)

    def digest(self) -> str:
        """Give the hash of the variant values that it uses."""
        return variant_hash(self.output, self.variant, self.used, text_of_output=self.own_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What the outputs of a recipe have in common.

    ``top`` is what stands above a list of outputs, ``beside`` are the names in the recipe's folder.
    """

    recipe: Path
    read: Read
    facts: Mapping[str, OutputFacts]
    sources: tuple[WrittenSource, ...]
    top: Draft | None
    beside: frozenset[str]

    def kept(self, specs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Put pins in their places and, as conda-build does where it installs, stars behind bare versions."""
        pinned = {
            kind: tuple(self.read.promises.kept(spec, self.facts) for spec in entries)
            for kind, entries in specs.items()
        }
        return {
            kind: entries if kind in _CONSTRAINTS else tuple(map(with_star, entries))
            for kind, entries in pinned.items()
        }
