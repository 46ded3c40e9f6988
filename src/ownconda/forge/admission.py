"""What came in one request, through whichever door: all of it is judged, then all or nothing is taken."""

import functools
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ownconda.access.callers import Caller
from ownconda.access.limits import bounds_of
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.attested import Arrival
from ownconda.channels.requests import Done
from ownconda.conda.package_tars import SMALL
from ownconda.errors import OwncondaError, Problem, WrongInputError
from ownconda.forge.arrivals import read_arrivals
from ownconda.forge.brought_names import require_names, taking_names
from ownconda.forge.forms import Received
from ownconda.forge.installer_names import is_installer
from ownconda.forge.installers import Installer, check_installers, new_installers, read_installer, show_installers
from ownconda.forge.limiting import check_sizes, spending
from ownconda.forge.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """Since when packages were listed elsewhere, in milliseconds since 1970, and what history says of that."""

    since: int
    reason: str


ADDED, THERE_ALREADY = "added", "there already"

_TURN = threading.Lock()
"""Held while small packages are read: threads that do so at once fight for the interpreter, and take twice as long."""


def admitted(
    services: Services, channel: str, received: Sequence[Received], *, caller: Caller, adoption: Adoption | None = None
) -> dict[str, object]:
    """Take packages with their sidecars, and installers, into a channel; tell what became of each, as JSON.

    Packages of an ``adoption`` were listed elsewhere before.
    Raises WrongInputError that tells all that is wrong with any of them, ConflictError when a name stands for other
    contents already, MissingError when there is no such channel, OutsideError when the disk refuses.
    """
    folder = services.folder.channel(channel)
    with _TURN if _is_small(received) else nullcontext():
        arrivals, installers = _read(received, channel)
    reserved = services.channels.ledger.reserved(f"conda/{channel}", [one.name.text for one in installers])
    check_installers(installers, folder, reserved)
    bounds = bounds_of(services.limits, caller, channel)
    check_sizes(bounds, [arrival.record for arrival in arrivals])
    with spending(caller, services, bounds, sum(one.file.stat().st_size for one in received)):
        require_names(caller, services, channel, {arrival.record.name for arrival in arrivals})
        told = _packages_taken(services, channel, arrivals, caller, adoption) if arrivals else {"files": []}
        shown = _installers_taken(services, channel, installers) if installers else []
    return {"channel": channel} | told | {"files": [*told["files"], *shown]}


def _is_small(received: Sequence[Received]) -> bool:
    return sum(one.file.stat().st_size for one in received) <= SMALL


def _packages_taken(
    services: Services, channel: str, arrivals: Sequence[Arrival], caller: Caller, adoption: Adoption | None
) -> dict[str, Any]:
    take = services.channels.admit
    if adoption is not None:
        take = functools.partial(services.channels.adopt, since=adoption.since, reason=adoption.reason)
    most = bounds_of(services.limits, caller, channel).channel
    also = taking_names(caller, services, {arrival.record.name for arrival in arrivals})
    done = take(channel, arrivals, author=caller.name, most=most, also=also)
    return {"snapshot": done.snapshot.id, "files": _packages_told(arrivals, done)}


def _installers_taken(services: Services, channel: str, installers: Sequence[Installer]) -> list[dict[str, object]]:
    folder = services.folder.channel(channel)
    places = {f"conda/{channel}/{one.name.text}": one.sha256 for one in new_installers(installers, folder)}
    services.journal.note_beside(places, at=services.channels.now())
    return _installers_told(installers, show_installers(installers, folder, services.channels))


def _read(received: Sequence[Received], channel: str) -> tuple[list[Arrival], list[Installer]]:
    problems: list[Problem] = []
    installers: list[Installer] = []
    for one in received:
        if is_installer(one.name):
            try:
                installers.append(read_installer(one))
            except WrongInputError as error:
                problems.extend(error.problems)
    others = [one for one in received if not is_installer(one.name)]
    try:
        arrivals = read_arrivals(others, channel)
    except OwncondaError as error:
        raise WrongInputError.of([*problems, *error.problems]) from error
    if problems:
        raise WrongInputError.of(problems)
    return arrivals, installers


def _packages_told(arrivals: Sequence[Arrival], done: Done) -> list[dict[str, object]]:
    attested = {entry.path for entry in done.change.removed}
    added = {entry.path for entry in done.change.added} - attested
    return [
        {
            "path": arrival.record.path,
            "sha256": arrival.record.sha256,
            "outcome": ADDED if arrival.record.path in added else THERE_ALREADY,
            "sidecars": [SUFFIXES[kind] for kind in arrival.sidecars],
        }
        for arrival in arrivals
    ]


def _installers_told(installers: Sequence[Installer], new: Mapping[str, bool]) -> list[dict[str, object]]:
    return [
        {
            "path": one.name.text,
            "sha256": one.sha256,
            "outcome": ADDED if new[one.name.text] else THERE_ALREADY,
            "newest": one.name.pointer,
            "sidecars": [],
        }
        for one in installers
    ]
