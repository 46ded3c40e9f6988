"""A container image as far as building is concerned."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ownconda.building.container.looking import NEEDED
from ownconda.building.package_checks.floor import GLIBC, Floor
from ownconda.errors import OutsideError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """``id`` is the digest of its configuration, and so of all that is in it: the same wherever it is stored.

    ``path`` is where its own programs are looked for, ``programs`` where some of them are.
    """

    name: str
    id: str
    floor: Floor
    path: str = ""
    programs: Mapping[str, str] = field(default_factory=dict)


def image_of(name: str, digest: str, told: str) -> Image:
    """Make it of what it tells of itself, as `looking` prints it.

    Raises OutsideError that names all that building needs and it lacks, or when that can't be understood.
    """
    try:
        found = json.loads(told)
    except ValueError as error:
        raise OutsideError(f"a container of {name} doesn't say what is in it, but {told[:100].strip()!r}") from error
    lacking = [f"no {program}" for program in NEEDED if program not in found["programs"]]
    if GLIBC not in found["newest"]:
        lacking.append("no GNU C library, which conda's packages are built against")
    if lacking:
        raise OutsideError.of(
            Problem(what=f"the image {name} has {one}", hint="choose an image of a distribution with compilers in it")
            for one in lacking
        )
    newest = {family: tuple(version) for family, version in found["newest"].items()}
    return Image(
        name=name,
        id=digest,
        floor=Floor(name=f"the image {name}", newest=newest),
        path=found["path"],
        programs=found["programs"],
    )
