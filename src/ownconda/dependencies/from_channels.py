"""Package files and what channels list as packages of the graph."""

import json
from collections.abc import Iterable
from functools import cache

from ownconda.conda.gateway import Listed
from ownconda.conda.names import SUBDIRS
from ownconda.conda.records import Record
from ownconda.dependencies.packages import Need, Origin, Package, RunExports


def package_in_channel(listed: Listed, *, channel: str) -> Package:
    """Make a package of what a channel lists; ``channel`` is what people call it."""
    return _package(listed, path=f"{listed.subdir}/{listed.file_name}", origin="channel", place=channel)


def package_in_file(record: Record, *, file: str) -> Package:
    """Make a package of a package file."""
    exports = json.loads(record.run_exports) if record.run_exports else {}
    return _package(
        record,
        path=record.path,
        origin="file",
        place=file,
        run_exports=RunExports(given={kind: tuple(specs) for kind, specs in exports.items()}),
    )


def _package(
    found: Listed | Record, *, path: str, origin: Origin, place: str, run_exports: RunExports | None = None
) -> Package:
    return Package(
        name=found.name,
        version=found.version,
        build=found.build,
        subdir=found.subdir,
        path=path,
        origin=origin,
        standing="third-party",
        place=place,
        needs=_needs(found.depends, found.subdir),
        run_exports=run_exports or RunExports(),
    )


def _needs(depends: Iterable[str], subdir: str) -> tuple[Need, ...]:
    return tuple(_need(spec, subdir) for spec in dict.fromkeys(depends))


@cache
def _need(spec: str, subdir: str) -> Need:
    """Make a requirement once for all the packages that have it."""
    is_compiler = spec.partition(" ")[0].rpartition("_")[2] in SUBDIRS
    return Need(kind="run", spec=spec, subdir=subdir, implicit=is_compiler)
