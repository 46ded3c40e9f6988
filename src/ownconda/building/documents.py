"""The documents that are written beside a package that was built: its provenance and its bill of materials."""

from collections.abc import Sequence
from pathlib import Path

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.attestations.statements import written
from ownconda.building.built import read_built
from ownconda.building.invocation import Run
from ownconda.building.provenance import provenance
from ownconda.building.sbom import sbom
from ownconda.recipes.builds import Build
from ownconda.wires.files import place, write_atomically


def write_documents(package: Path, build: Build, *, channels: Sequence[str], run: Run, without: Path) -> None:
    """Write what is known of a sealed package beside it; the package itself stays as it is.

    What is below ``without``, where packages are built, is no input.
    """
    built = read_built(package, build, channels=channels, run=run, without=without)
    for kind, content in (("provenance", provenance(built).json), ("sbom", written(sbom(built)))):
        write_atomically(beside(package, kind), content, durable=False)


def beside(package: Path, kind: str) -> Path:
    """Give the place of a package's sidecar."""
    return package.with_name(package.name + SUFFIXES[kind])


def move_documents(package: Path, target: Path) -> None:
    """Move what is beside a package to where that has been moved, in the place of what was there."""
    for kind in SUFFIXES:
        if beside(package, kind).is_file():
            place(beside(package, kind), beside(target, kind))


def remove_documents(package: Path) -> None:
    """Remove what is beside a package."""
    for kind in SUFFIXES:
        beside(package, kind).unlink(missing_ok=True)
