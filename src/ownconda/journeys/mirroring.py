"""Chosen packages of another channel, with what they need, kept in a channel of the forge."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.conda.solver import Chosen, solve
from ownconda.errors import NoError, Problem, Where
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.policy.licences import Licences, canonical
from ownconda.policy.licences import proposal as meant
from ownconda.wires.fetching import fetch
from ownconda.wires.http import session
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """Paths of the packages that are new in the channel, and of those that were there."""

    new: tuple[str, ...]
    there: tuple[str, ...]


def wanted(source: str, specs: Sequence[str], subdirs: Sequence[str]) -> list[Chosen]:
    """Choose for each spec and subdir the newest that it means in the channel ``source``, and all that this needs.

    Raises WrongInputError for what is no spec, OutsideError when the channel can't be reached, NoError when a spec
    can't be satisfied.
    """
    solved = (solve([source], [spec], subdir=subdir) for subdir in subdirs for spec in specs)
    found = {one.path: one for each in solved for one in each.chosen}
    return [found[path] for path in sorted(found)]


def check_licences(packages: Sequence[Chosen], licences: Licences) -> None:
    """Check that the organisation takes all of these. Raises NoError that names each that it doesn't."""
    refused = [problem for one in packages if (problem := _objection(one, licences))]
    if refused:
        raise NoError.of(refused)


def mirror(
    forge: ForgeClient, channel: str, packages: Sequence[Chosen], *, ca_file: Path | None, progress: Progress
) -> Mirrored:
    """Bring into a channel those of the packages that it hasn't got; called again, it goes on."""
    there = {one.path: one.sha256 for one in forge.packages(channel)}
    missing = [one for one in packages if there.get(one.path) != one.sha256]
    with tempfile.TemporaryDirectory(prefix="ownconda-mirror-") as folder, session(ca_file=ca_file) as asking:

        def bring(one: Chosen) -> Path:
            return fetch(one.url, Path(folder) / one.path, asking, sha256=one.sha256)

        with progress.bar("fetching", len(missing)) as bar:
            files = []
            for _, file in several_at_once(bring, missing):
                files.append(file)
                bar.advance(1)
        if files:
            forge.upload(channel, sorted(files), progress=progress)
    return Mirrored(
        new=tuple(one.path for one in missing), there=tuple(one.path for one in packages if one not in missing)
    )


def _objection(package: Chosen, licences: Licences) -> Problem | None:
    if licences == Licences():
        return None
    where = Where(file=package.path)
    expression = canonical(package.license) or meant(package.license) if package.license else None
    if expression is None:
        return Problem(what=f"its licence {package.license!r} is no SPDX expression", where=where)
    refused = licences.refused(expression)
    hint = "choose something else, or ask who keeps policy.licences_allowed and policy.licences_denied"
    return Problem(what=f"its licence isn't taken: {', '.join(refused)}", where=where, hint=hint) if refused else None
