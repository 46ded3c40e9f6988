"""A Charter out of what settings say of a channel."""

from collections.abc import Mapping
from typing import Any

from ownconda.channels.charters import Charter
from ownconda.channels.retention import read_period
from ownconda.errors import Where, WrongInputError


def read_charter(name: str, said: Mapping[str, Any]) -> Charter:
    """Read what a channel is for; ``said`` are the fields of the settings. Raises WrongInputError."""
    period = str(said["snapshots"])
    try:
        kept = read_period(period) if period else 0
    except ValueError as error:
        where = Where(file=f"forge.channels.{name}.snapshots")
        hint = 'such as "90 days", "12 weeks", "1 year"; empty keeps them for ever'
        raise WrongInputError(str(error), where=where, hint=hint) from error
    return Charter(name=name, **{**said, "provenance": tuple(said["provenance"]), "snapshots": kept})
