"""All operations by method and route, and the pages, which people look at and no document describes."""

from collections.abc import Mapping
from types import MappingProxyType

from ownconda.forge.openapi import (
    about_access,
    about_acts,
    about_channels,
    about_files,
    about_history,
    about_news,
    about_sites,
    about_the_forge,
)
from ownconda.forge.openapi.operations import Operation

_GROUPS = (
    about_files,
    about_channels,
    about_acts,
    about_news,
    about_access,
    about_sites,
    about_history,
    about_the_forge,
)
OPERATIONS: Mapping[tuple[str, str], Operation] = MappingProxyType(
    {(one.method, one.route): one for group in _GROUPS for one in group.OPERATIONS}
)
"""A group of routes is one module ``about_…`` with a tuple ``OPERATIONS``."""

PAGES = frozenset(
    ("GET", route)
    for route in (
        "/",
        "/forge.css",
        "/forge.js",
        "/conda/{channel}",
        "/conda/{channel}/",
        "/packages/{channel}/{name}",
        "/history/{channel}",
        "/history/{channel}/diff",
        "/sources",
        "/sources/",
        "/docs",
        "/docs/",
        "/docs/{project}",
        "/docs/{project}/",
        "/docs/{project}/switcher.js",
        "/docs/{project}/{version}",
        "/docs/{project}/{version}/{path:path}",
    )
)
"""HTML, and what it is drawn with."""


def operation_of(method: str, route: str) -> Operation | None:
    """Give what a request to a route is, None where nothing is described."""
    return OPERATIONS.get(("GET" if method == "HEAD" else method, route))
