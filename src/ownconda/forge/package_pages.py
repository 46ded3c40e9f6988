"""The page of a package: versions, builds, what it needs and what needs it, where it comes from."""

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.shown_terms import patches_of
from ownconda.channels.snapshots import BrokenChannelError, MissingError
from ownconda.channels.telling.downloads import day_of, downloads
from ownconda.errors import OutsideError
from ownconda.forge.about_texts import links_of
from ownconda.forge.catalogues import Catalogue, Catalogues
from ownconda.forge.compressed import compressed
from ownconda.forge.download_chart import DAYS, Chart, download_chart
from ownconda.forge.identity import caller_of, readable_by
from ownconda.forge.listing import Package, name_in
from ownconda.forge.provenance_facts import Material, ProvenanceFacts, provenance_facts
from ownconda.forge.services import Services
from ownconda.forge.templates import page
from ownconda.forge.told import moment
from ownconda.repodata.entries import Entry
from ownconda.repodata.patches import patched_channel

AT_ONCE = 500
"""How many files of a package a page lists: enough for years of builds."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A match spec that a package has, and the page of the package that it names, if a channel here has it."""

    spec: str
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a package, and its files."""

    version: str
    files: tuple[Entry, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An upstream archive that a package was made from, and its address in this forge if that has it."""

    material: Material
    kept: str = ""


def routes(services: Services, catalogues: Catalogues) -> list[Route]:
    """Give the route of packages' pages."""

    def package_page(request: Request) -> Response:
        channel, name = request.path_params["channel"], request.path_params["name"]
        catalogue = catalogues.of(channel)
        package = _package(catalogue, channel, name)
        shown = patched_channel(package.files[:AT_ONCE], patches_of(catalogue.state.terms))
        chosen = _chosen(shown, request.query_params.get("file", ""))
        place = _places(request, services, catalogues, catalogue, channel)
        facts = _provenance(services, chosen)
        values = {
            "channel": channel,
            "origin": catalogue.snapshot.channel,
            "then": None if channel in services.channels.names() else catalogue.snapshot,
            "package": package,
            "versions": _versions(shown),
            "more": len(package.files) - len(shown),
            "chosen": chosen,
            "needs": [Need(spec=spec, page=place(name_in(spec))) for spec in chosen.record.depends],
            "constrains": [Need(spec=spec, page=place(name_in(spec))) for spec in chosen.record.constrains],
            "needed_by": catalogue.needing(package.name),
            "links": links_of(package.files),
            "sidecars": {kind: f"{chosen.path}{SUFFIXES[kind]}" for kind in chosen.sidecars.digests},
            "provenance": facts,
            "sources": [_source(services, one) for one in facts.sources] if facts else [],
            "chart": _chart(services, catalogue.snapshot.channel, package),
            "moment": moment,
        }
        return page(request, "package.html", values)

    return [Route("/packages/{channel}/{name}", package_page, middleware=compressed())]


def _package(catalogue: Catalogue, channel: str, name: str) -> Package:
    found = catalogue.packages.get(name.lower())
    if found is None:
        raise MissingError(f"{channel} has no package {name[:80]!r}", hint="its page lists what it has")
    return found


def _chosen(files: Iterable[Entry], path: str) -> Entry:
    """Give the file that is asked for, or else the newest one that is offered."""
    listed = list(files)
    offered = [entry for entry in listed if not entry.yanked]
    return next((entry for entry in listed if entry.path == path), (offered or listed)[0])


def _versions(files: Iterable[Entry]) -> list[Version]:
    return [Version(version=key, files=tuple(some)) for key, some in groupby(files, key=lambda one: one.record.version)]


def _places(
    request: Request, services: Services, catalogues: Catalogues, catalogue: Catalogue, channel: str
) -> Callable[[str], str]:
    """Give the function that finds the page of a name: in this channel, or in one that it stands on."""
    terms = catalogue.state.terms
    others = readable_by(caller_of(request), services, [one for one in (terms.overrides, terms.base) if one])

    def place(name: str) -> str:
        if name in catalogue.packages:
            return f"/packages/{channel}/{name}"
        for other in others:
            with contextlib.suppress(BrokenChannelError, MissingError):
                if name in catalogues.of(other).packages:
                    return f"/packages/{other}/{name}"
        return ""

    return place


def _provenance(services: Services, entry: Entry) -> ProvenanceFacts | None:
    """Read what is claimed of a file, as far as it can be read: nobody checked more than whom it is about."""
    if not entry.sidecars.provenance:
        return None
    with contextlib.suppress(ValueError, OSError, OutsideError):
        return provenance_facts(services.channels.store.read(entry.sidecars.provenance))
    return None


def _source(services: Services, material: Material) -> Source:
    """Tell whether the forge has an archive: what is claimed of its digest may be anything."""
    there = services.folder.sources / material.digest
    names = [one.name for one in there.glob("*")] if _SHA256.fullmatch(material.digest) else []
    return Source(material=material, kept=f"/sources/{material.digest}/{names[0]}" if names else "")


def _chart(services: Services, channel: str, package: Package) -> Chart:
    today = day_of(services.channels.now())
    names = {entry.record.file_name for entry in package.files[:AT_ONCE]}
    found = downloads(services.channels.ledger.engine, channel, since=today - DAYS + 1, file_names=names)
    return download_chart(found.values(), today=today)
