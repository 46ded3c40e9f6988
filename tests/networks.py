"""Packages and networks of them, written down in one line each."""

from collections.abc import Mapping

from ownconda.dependencies.network import Network, network
from ownconda.dependencies.packages import Kind, Need, Package, Standing


def package(  # noqa: PLR0913  (each is a part of a package)
    name: str,
    version: str = "1.0",
    *,
    subdir: str = "linux-64",
    standing: Standing = "third-party",
    project: str = "",
    variant: Mapping[str, str] | None = None,
    **needs: list[str],
) -> Package:
    """Make a package that a recipe makes; ``needs`` are match specs by kind."""
    kinds: tuple[Kind, ...] = ("build", "host", "run", "test")
    return Package(
        name=name,
        version=version,
        build="0",
        subdir=subdir,
        path=f"{subdir}/{name}-{version}-0.conda",
        variant=variant or {},
        origin="recipe",
        standing=standing,
        place=f"recipes/{project or name}/recipe.yaml",
        project=f"recipes/{project or name}",
        needs=tuple(Need(kind=kind, spec=spec, subdir=subdir) for kind in kinds for spec in needs.get(kind, [])),
    )


def joined(*packages: Package) -> Network:
    return network(packages)
