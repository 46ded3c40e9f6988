"""What a client asks before it sends gigabytes: which of its files a channel has already."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.snapshots import Contents
from ownconda.conda.names import SUBDIRS
from ownconda.forge.installers import kept_installer
from ownconda.forge.json_bodies import json_body, text_table
from ownconda.forge.services import Services
from ownconda.repodata.entries import Entry


def routes(services: Services) -> list[Route]:
    """Give the route: ``{"files": {"<name>": "<sha256>"}}`` is answered with those that are there, and clashes.

    A name with its subdir before it clashes only with files of that subdir.
    """

    async def there(request: Request) -> Response:
        channel, files = request.path_params["channel"], text_table(await json_body(request), "files", default=None)
        found = _found(files, services.channels.state(channel).contents, services.folder.channel(channel))
        clashes = await run_in_threadpool(_clashes, services, files)
        return JSONResponse({"channel": channel, "there": list(found), "clashes": clashes})

    return [Route("/upload/{channel}/there", there, methods=["POST"])]


def _found(files: Mapping[str, str], contents: Contents, folder: Path) -> Iterator[dict[str, object]]:
    for name, sha256 in files.items():
        for subdir in SUBDIRS:
            entry = contents.get(f"{subdir}/{name}")
            if entry is not None and entry.record.sha256 == sha256:
                yield _told(entry)
        if sha256 and kept_installer(folder, name) == sha256:
            yield {"path": name, "sha256": sha256, "sidecars": {}}


def _clashes(services: Services, files: Mapping[str, str]) -> list[str]:
    """Give the names that stand for other contents in this forge, wherever that was."""
    return [name for name, sha256 in files.items() if (known := _known(services, name)) and sha256 not in known]


def _known(services: Services, name: str) -> set[str]:
    subdir, _, file_name = name.rpartition("/")
    named = services.channels.ledger.files_named(file_name)
    return {sha256 for path, sha256 in named.items() if not subdir or path == name}


def _told(entry: Entry) -> dict[str, object]:
    sidecars = {SUFFIXES[kind]: sha256 for kind, sha256 in entry.sidecars.digests.items()}
    return {"path": entry.path, "sha256": entry.record.sha256, "sidecars": sidecars}
