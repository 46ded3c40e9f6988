"""What failed in the last run, remembered beside the channel on disk, so that the next one can begin there."""

import json
from collections.abc import Iterable
from pathlib import Path

from ownconda.building.outcomes import Outcome
from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import write_atomically

FILE_NAME = "unfinished.json"


def remember_unfinished(folder: Path, outcomes: Iterable[Outcome]) -> None:
    """Write down which packages failed or were left out."""
    paths = sorted(one.build.path for one in outcomes if not one.is_there)
    write_atomically(folder / FILE_NAME, json.dumps(paths, indent=1).encode(), durable=False)


def unfinished(folder: Path) -> frozenset[str]:
    """Read which packages failed or were left out in the last run, by path.

    Raises WrongInputError when there was none.
    """
    file = folder / FILE_NAME
    try:
        return frozenset(map(str, json.loads(file.read_bytes())))
    except (OSError, ValueError) as error:
        raise WrongInputError(
            "nothing is known of an earlier run here", where=Where(file=file), hint="build once without --from-failed"
        ) from error
