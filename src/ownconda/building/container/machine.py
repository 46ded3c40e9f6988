"""An image as a machine to build on."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ownconda.building.container.certificates import write_trusted
from ownconda.building.container.engine import Engine, variables
from ownconda.building.container.image import Image
from ownconda.building.container.mounts import Mount, asked_by_network, folders_of, mounts
from ownconda.building.container.own_python import own_python
from ownconda.building.cores import keep_to_job_server
from ownconda.building.launching import Desk, Launch
from ownconda.building.package_checks.floor import GLIBC, Floor, shown
from ownconda.wires.files import make_folder
from ownconda.wires.http import redacted

GRACE = 10.0
"""Seconds in which a container has to end that was asked to."""

CACHE = "RATTLER_CACHE_DIR"
"""The variable that names another folder for conda's packages than the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InContainer:
    """Builds in containers of an image, one a worker. ``channels`` are what requirements come from.

    A container has a network only when one of them isn't a folder. ``path`` is where scripts find programs, if that
    isn't where the image says.
    """

    engine: Engine
    image: Image
    channels: tuple[str, ...] = ()
    path: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @property
    def floor(self) -> Floor:
        """The image's."""
        return self.image.floor

    @property
    def remarks(self) -> tuple[str, ...]:
        """The image, and what its containers may ask."""
        asked = asked_by_network(self.channels)
        network = f"with a network, to ask {', '.join(map(redacted, asked))}" if asked else "without a network"
        return (f"built in {self.image.name} ({self.image.id}), {network}",)

    @property
    def record(self) -> Mapping[str, str]:
        """The image, by its name and its digest."""
        return {"image": self.image.name, "id": self.image.id}

    def launch(self, desk: Desk) -> Launch:
        """Start a container, with a new name each time."""
        name = f"ownconda-{os.getpid()}-{secrets.token_hex(4)}"
        python, server = own_python(), desk.job_server
        inside = ("ownconda.building.container.inside", str(server.file), str(server.shared))
        complaints = desk.folder / "container.log"
        command = self.engine.run(
            self.image.id,
            python.command(*inside),
            mounts=(*python.mounts, *self._mounts(desk)),
            more=[f"--name={name}", *variables(self._variables(desk))],
            network=bool(asked_by_network(self.channels)),
        )
        return Launch(command=tuple(command), grace=GRACE, complaints=complaints, end=lambda: self.engine.end(name))

    def _mounts(self, desk: Desk) -> tuple[Mount, ...]:
        cache = [Path(self.environment[CACHE])] if self.environment.get(CACHE) else []
        for folder in cache:
            make_folder(folder)
        read = [one for one in (*desk.read, *folders_of(self.channels)) if one.exists()]
        return mounts(written=[desk.job_server.file, *cache, *desk.written], read=read)

    def _variables(self, desk: Desk) -> dict[str, str]:
        programs = desk.folder / "bin"
        keep_to_job_server(programs, self.image.programs)
        certificates = desk.folder / "certificates.pem"
        write_trusted(certificates, self.environment)
        return {
            **({CACHE: self.environment[CACHE]} if self.environment.get(CACHE) else {}),
            **desk.variables,
            "PATH": f"{programs}{os.pathsep}{self.path or self.image.path}",
            "MAKEFLAGS": desk.job_server.makeflags,
            "SSL_CERT_FILE": str(certificates),
            # the C library that the worker itself runs with is this machine's
            "CONDA_OVERRIDE_GLIBC": shown(self.image.floor.newest[GLIBC]),
        }
