"""The places that the settings name, in the order in which they are asked."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests

from ownconda.sources.contents import Web
from ownconda.sources.places import Place
from ownconda.sources.places.debian import Debian
from ownconda.sources.places.directory import Directory
from ownconda.sources.places.forge import Forge
from ownconda.sources.places.http_mirror import HttpMirror
from ownconda.sources.places.own_address import OwnAddress
from ownconda.sources.places.python_index import PythonIndex


def places(  # noqa: PLR0913  (each parameter is one setting)
    *,
    session: requests.Session,
    cache: Path,
    forge_url: str = "",
    mirrors: Sequence[str] = (),
    python_indexes: Sequence[str] = (),
    debian: str = "",
    offline: bool = False,
) -> tuple[Place, ...]:
    """Build the places in their order: the forge, own addresses, mirrors as configured, indexes, Debian.

    ``mirrors`` are folders (paths or ``file://``) and HTTP addresses; ``python_indexes`` come from
    `ownconda.pypi.configuration.configured_indexes` or a setting; ``debian`` is a release's name. An empty
    value leaves a place out; ``offline`` leaves out what would ask another host than the forge's.
    """
    web = Web(session)
    made: list[Place] = [Forge(url=forge_url, web=web)] if forge_url else []
    made.append(OwnAddress(web=web, files_only=offline))
    made += [_mirror(text, web) for text in mirrors if not (offline and _on_web(text))]
    made += [PythonIndex(index=index, web=web) for index in python_indexes if not (offline and _on_web(index))]
    if debian and not offline:
        made.append(Debian(release=debian, folder=cache / "debian"))
    return tuple(made)


def _mirror(text: str, web: Web) -> Place:
    if _on_web(text):
        return HttpMirror(url=text, web=web)
    parts = urlsplit(text)
    return Directory(path=Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(text).expanduser())


def _on_web(text: str) -> bool:
    return urlsplit(text).scheme in {"http", "https"}
