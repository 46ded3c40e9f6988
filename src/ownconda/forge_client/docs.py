"""Hosted documentation of a forge: uploaded, listed and removed."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ownconda.errors import OutsideError, Where
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.multipart import FileBody
from ownconda.forge_client.uploading import persistently
from ownconda.wires.files import sha256_of
from ownconda.wires.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteInfo:
    """The documentation of one version: ``size`` in bytes, ``at`` ISO 8601 in UTC, ``sha256`` that of its archive."""

    project: str
    version: str
    title: str
    sha256: str
    files: int
    size: int
    at: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedSite:
    """What became of an upload, ``added``, ``replaced`` or ``there already``, and where it is now."""

    site: SiteInfo
    outcome: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectInfo:
    """A project's versions, the highest first, and for which of them the aliases stand."""

    name: str
    stable: str | None
    latest: str | None
    versions: tuple[SiteInfo, ...]


def projects(forge: ForgeClient) -> tuple[ProjectInfo, ...]:
    """List the projects that have documentation, as far as one may read it."""
    return tuple(_project(one) for one in forge.ask("GET", "docs")["projects"])


def upload_site(  # noqa: PLR0913  (all that an upload is made of)
    forge: ForgeClient, project: str, version: str, archive: Path, *, replace: bool, progress: Progress
) -> UploadedSite:
    """Upload an archive of pages; one that is there already isn't sent, a request that is lost is sent again."""
    sha256 = sha256_of(archive)

    def bring() -> UploadedSite:
        there = _there(forge, project, version)
        if there and there.sha256 == sha256:
            return UploadedSite(site=there, outcome="there already", address=_address(forge, project, version))
        return _sent(forge, project, version, archive, sha256, replace=replace, progress=progress)

    return persistently(bring, progress, threading.Event())


def remove_site(forge: ForgeClient, project: str, version: str) -> SiteInfo:
    """Let the documentation of a version be no more."""
    return _site(forge.request("DELETE", _path(project, version))["removed"])


def _sent(  # noqa: PLR0913  (all that an upload is made of)
    forge: ForgeClient, project: str, version: str, archive: Path, sha256: str, *, replace: bool, progress: Progress
) -> UploadedSite:
    with progress.bar(f"uploading {project} {version}", archive.stat().st_size, unit="bytes") as bar:
        told = forge.request(
            "PUT",
            _path(project, version),
            data=FileBody(archive, bar),
            headers={"X-File-SHA256": sha256},
            params={"replace": "true"} if replace else {},
        )
    site = _site(told)
    if site.sha256 != sha256:
        raise OutsideError("the forge took the archive for another one", where=Where(file=archive))
    return UploadedSite(site=site, outcome=told["outcome"], address=told["address"])


def _there(forge: ForgeClient, project: str, version: str) -> SiteInfo | None:
    sites = (site for one in projects(forge) if one.name == project for site in one.versions)
    return next((site for site in sites if site.version == version), None)


def _address(forge: ForgeClient, project: str, version: str) -> str:
    return f"{forge.url}/{_path(project, version)}/"


def _path(project: str, version: str) -> str:
    return f"docs/{quote(project, safe='')}/{quote(version, safe='')}"


def _project(told: Mapping[str, Any]) -> ProjectInfo:
    versions = tuple(_site(one) for one in told["versions"])
    return ProjectInfo(name=told["name"], stable=told["stable"], latest=told["latest"], versions=versions)


def _site(told: Mapping[str, Any]) -> SiteInfo:
    """Read what is told of a site: a newer forge may tell more."""
    return SiteInfo(**{name: told[name] for name in SiteInfo.__dataclass_fields__})
