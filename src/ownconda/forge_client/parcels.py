"""Parcels: what travels to a channel together, how it is divided into requests, and what needn't travel at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.errors import Where, WrongInputError
from ownconda.wires.files import sha256_of

PACKAGES_AT_ONCE = 100
SIGNATURES = ".sigs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A package or an installer with the sidecars that travel with it; ``sha256`` of the first one."""

    file: Path
    sha256: str
    sidecars: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """All of it."""
        return (self.file, *self.sidecars)

    @property
    def key(self) -> tuple[str, str]:
        """What the forge knows it by."""
        return self.file.name, self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a channel has of a parcel: its path there, and the sha256 of each sidecar by how its name ends."""

    path: str
    sha256: str
    sidecars: Mapping[str, str] = field(default_factory=dict)


def parcels_of(files: Sequence[Path], sidecars: Mapping[Path, Sequence[Path]]) -> list[Parcel]:
    """Make a parcel of each file."""
    return [Parcel(file=file, sha256=sha256_of(file), sidecars=tuple(sidecars.get(file, ()))) for file in files]


def batched(parcels: Sequence[Parcel], *, most: int, largest: int) -> Iterator[list[Parcel]]:
    """Divide parcels in their order into requests of at most 100 and about ``most`` bytes.

    A larger one goes alone. Raises WrongInputError for one that is larger than the ``largest`` that is allowed.
    """
    batch: list[Parcel] = []
    size = 0
    for parcel in parcels:
        weight = sum(file.stat().st_size + 4096 for file in parcel.files)
        if weight > largest:
            raise WrongInputError(
                f"the forge takes at most {largest} bytes a request",
                where=Where(file=parcel.file),
                hint="ask the operator for a larger --largest-upload",
            )
        if batch and (len(batch) >= PACKAGES_AT_ONCE or size + weight > min(most, largest)):
            yield batch
            batch, size = [], 0
        batch.append(parcel)
        size += weight
    if batch:
        yield batch


def is_whole(parcel: Parcel, known: Known) -> bool:
    """Tell whether nothing of a parcel would be new: of claims the first one stays, signatures are appended."""
    for file in parcel.sidecars:
        suffix = file.name.removeprefix(parcel.file.name)
        there = known.sidecars.get(suffix)
        if there is None or (suffix == SIGNATURES and there != sha256_of(file)):
            return False
    return True
