"""What channels list as packages of the graph."""

from collections.abc import Mapping
from functools import cache

from ownconda.conda.gateway import Listed
from ownconda.dependencies.packages import Need, Package, RunExports, is_compiler


def package_in_channel(listed: Listed, *, channel: str, run_exports: Mapping[str, tuple[str, ...]]) -> Package:
    """Make a package of what a channel lists; ``channel`` is what people call it."""
    return Package(
        name=listed.name,
        version=listed.version,
        build=listed.build,
        subdir=listed.subdir,
        path=f"{listed.subdir}/{listed.file_name}",
        origin="channel",
        standing="third-party",
        place=channel,
        needs=tuple(_need(spec, listed.subdir) for spec in dict.fromkeys(listed.depends)),
        run_exports=RunExports(given=run_exports),
    )


@cache
def _need(spec: str, subdir: str) -> Need:
    """Make a requirement once for all the packages that have it."""
    return Need(kind="run", spec=spec, subdir=subdir, implicit=is_compiler(spec))
