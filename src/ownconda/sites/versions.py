"""Which versions of a documentation are releases, in which order they are, and what the aliases stand for. Pure."""

import re
from collections.abc import Collection, Sequence

from ownconda.conda.versions import is_version, version_key
from ownconda.sites.names import LATEST, STABLE
from ownconda.sites.site import Site

DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")
"""What projects call the branch that the next release comes from, in the order in which one counts."""

_NUMBERED = re.compile(r"v?[0-9]")
_SERIES = re.compile(r"(^|[.])x($|[.])", re.IGNORECASE)
_BEFORE_RELEASE = re.compile(r"(?<![a-z])(a|alpha|b|beta|c|rc|pre|preview|dev)(?![a-z])", re.IGNORECASE)


def is_branch(version: str) -> bool:
    """Tell whether what a name stands for goes on changing: ``main``, ``feature-x``, ``3.x``."""
    return not _NUMBERED.match(version) or _SERIES.search(version) is not None or not is_version(_plain(version))


def is_release(version: str) -> bool:
    """Tell whether a name stands for a release, neither a branch nor what comes before a release."""
    return not is_branch(version) and not _BEFORE_RELEASE.search(version)


def newest_first(sites: Collection[Site]) -> list[Site]:
    """Give versions in conda's order, the highest first, and branches after them."""
    numbered = [site for site in sites if not is_branch(site.version)]
    branches = [site for site in sites if is_branch(site.version)]
    ordered = sorted(numbered, key=lambda site: version_key(_plain(site.version)), reverse=True)
    return [*ordered, *sorted(branches, key=lambda site: site.version)]


def meant(sites: Sequence[Site], version: str) -> Site | None:
    """Give the site of a version, or the one that an alias stands for; None where there is none."""
    if version == STABLE:
        return stable(sites)
    if version == LATEST:
        return latest(sites)
    return next((site for site in sites if site.version == version), None)


def stable(sites: Collection[Site]) -> Site | None:
    """Give the highest release."""
    return next((site for site in newest_first(sites) if is_release(site.version)), None)


def latest(sites: Collection[Site]) -> Site | None:
    """Give the default branch, or else the highest version, or else what came last."""
    named = {site.version: site for site in sites}
    branch = next((named[name] for name in DEFAULT_BRANCHES if name in named), None)
    highest = next((site for site in newest_first(sites) if not is_branch(site.version)), None)
    return branch or highest or max(sites, key=lambda site: site.at, default=None)


def _plain(version: str) -> str:
    return version.removeprefix("v").replace("-", "_")  # conda's versions have no dash
