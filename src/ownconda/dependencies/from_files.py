"""Package files as packages of the graph."""

import json
from collections.abc import Iterable

from ownconda.conda.records import Record
from ownconda.dependencies.packages import Need, Package, RunExports, is_compiler


def package_in_file(record: Record, needs: Iterable[Need], *, file: str) -> Package:
    """Make a package of a package file, with what is known of its needs."""
    exports = json.loads(record.run_exports) if record.run_exports else {}
    return Package(
        name=record.name,
        version=record.version,
        build=record.build,
        subdir=record.subdir,
        path=record.path,
        origin="file",
        standing="third-party",
        place=file,
        needs=tuple(dict.fromkeys(needs)),
        run_exports=RunExports(given={kind: tuple(specs) for kind, specs in exports.items()}),
    )


def needs_to_run(record: Record) -> tuple[Need, ...]:
    """Give what a package needs to run, as its index says."""
    return tuple(
        Need(kind="run", spec=spec, subdir=record.subdir, implicit=is_compiler(spec)) for spec in record.depends
    )
