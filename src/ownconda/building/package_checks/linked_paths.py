"""Where a package's files are linked to in a prefix; Python packages for any Python keep theirs in places for all."""

from ownconda.building.package_checks.surroundings import Surroundings

PYTHON = "python"


def linked_path(path: str, noarch: str | None, site_packages: str | None) -> str:
    """Give the path of a file in the prefix. ``site_packages`` is that of the Python there, where there is one."""
    if noarch == PYTHON and site_packages and path.startswith("site-packages/"):
        return f"{site_packages}/{path.removeprefix('site-packages/')}"
    if noarch == PYTHON and path.startswith("python-scripts/"):
        return f"bin/{path.removeprefix('python-scripts/')}"
    return path


def site_packages_of(around: Surroundings) -> str | None:
    """Give the folder for Python packages in a prefix."""
    version = around.version_of(PYTHON)
    return site_packages(version) if version else None


def site_packages(version: str) -> str:
    """Give the folder for Python packages of a Python: by its version, as all clients do."""
    return f"lib/python{'.'.join(version.split('.')[:2])}/site-packages"
