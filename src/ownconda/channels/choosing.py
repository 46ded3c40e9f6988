"""Which of a channel's entries match specs mean."""

from collections.abc import Collection

from ownconda.channels.snapshots import Contents
from ownconda.conda.match_specs import chooser
from ownconda.errors import Problem, WrongInputError
from ownconda.repodata.entries import Entry


def selected(contents: Contents, specs: Collection[str]) -> Contents:
    """Choose by match specs; without specs: everything.

    Raises WrongInputError for each spec that is none, or that chooses nothing.
    """
    if not specs:
        return contents
    chosen = {spec: _chosen(contents, spec) for spec in specs}
    empty = [
        Problem(what=f"nothing matches {spec!r}", hint="`ownconda channel show` lists what there is")
        for spec, found in chosen.items()
        if not found
    ]
    if empty:
        raise WrongInputError.of(empty)
    return {path: entry for found in chosen.values() for path, entry in found.items()}


def _chosen(contents: Contents, spec: str) -> dict[str, Entry]:
    chooses = chooser(spec)
    return {path: entry for path, entry in contents.items() if chooses(entry.record)}
