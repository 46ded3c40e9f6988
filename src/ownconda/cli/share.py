"""A farm's job: its share of the recipes, and what other jobs made for it."""

from collections.abc import Collection
from pathlib import Path

from ownconda.building.handing_over import check_handed_over, share_of, take_over
from ownconda.cli.channel_addresses import channel_address
from ownconda.recipes.collection import Recipes
from ownconda.settings.tree import Settings
from ownconda.wires.http import session


def share(
    recipes: Recipes, packages: Collection[str], output: Path, needs_from: str | None, settings: Settings
) -> Recipes:
    """Keep what makes these packages; see to it that what they need of the others is in the output folder.

    Raises OutsideError when something isn't, nor in the channel ``needs_from``.
    """
    found = share_of(recipes, packages)
    if needs_from:
        channel = channel_address(needs_from, settings.forge.url)
        take_over(found.from_others, channel, output, session(ca_file=settings.ca_file))
    check_handed_over(found.from_others, output)
    return found.recipes
