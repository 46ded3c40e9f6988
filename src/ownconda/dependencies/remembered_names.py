"""The names of what recipes make, in an order in which it can be built, remembered: the same recipes have the same."""

from collections.abc import Sequence
from pathlib import Path

import msgpack

from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build
from ownconda.recipes.derived import derived
from ownconda.recipes.folders import find_recipes
from ownconda.recipes.many import read_many
from ownconda.recipes.rendering import Rendering


def names_in_order(places: Sequence[Path], rendering: Rendering, *, cache: Path | None = None) -> tuple[str, ...]:
    """Give the names of everything that the recipes in ``places`` make, each once, after what it needs.

    ``cache`` is a folder of ours. Raises WrongInputError with everything that is wrong with recipes, or with the cycles
    that leave no order.
    """
    many = read_many(find_recipes(places), rendering, cache=cache)
    packed = derived(many, "names", lambda: msgpack.packb(_ordered(many.builds())), cache=cache)
    return tuple(msgpack.unpackb(packed))


def _ordered(builds: Sequence[Build]) -> list[str]:
    # native libraries and all that answers questions, which needn't be loaded for what is remembered
    from ownconda.dependencies.circles import check_order  # noqa: PLC0415
    from ownconda.dependencies.from_recipes import package_of  # noqa: PLC0415
    from ownconda.dependencies.names import ordered_names  # noqa: PLC0415
    from ownconda.dependencies.network import network  # noqa: PLC0415
    from ownconda.dependencies.questions import everything  # noqa: PLC0415
    from ownconda.dependencies.views import View  # noqa: PLC0415
    from ownconda.recipes.requirements_graph import unreadable_requirements  # noqa: PLC0415

    if problems := [problem for build in builds for problem in unreadable_requirements(build)]:
        raise WrongInputError.of(problems)
    joined = network(package_of(build) for build in builds)
    check_order(joined)
    return list(ordered_names(joined, everything(joined, View()).packages))
