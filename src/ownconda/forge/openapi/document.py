"""The OpenAPI document, made of the operations."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from ownconda import __version__
from ownconda.access.actions import Action
from ownconda.access.rules import OPEN
from ownconda.forge.openapi.operations import Answer, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    CHANNEL,
    CHECKSUM,
    COMPONENTS,
    DIGEST,
    FILE_NAME,
    JSON,
    PROJECT,
    STRING,
    SUBDIR,
    TEXT,
    VERSION,
    Schema,
    ref,
)

ABOUT = """\
A forge's interface for programs. Its pages for people (`/`, `/conda/<channel>/`) aren't described here.

`HEAD` works wherever `GET` does. In the place of a channel, `GET` takes one as it was: `stable.at.42`,
`stable.at.2026-11-20`, `stable.at.release-1`. Fields and parameters that the forge doesn't know are refused with 400.
What is wrong is told as JSON, and as a page to who accepts `text/html`.
"""
IN_PATHS: Mapping[str, tuple[Schema, str]] = MappingProxyType(
    {
        "channel": (CHANNEL, "a channel"),
        "subdir": (SUBDIR, "a platform"),
        "checksum": (CHECKSUM, "a sha256, or another checksum after its kind's name: `md5-…`, `git-…`"),
        "file": (FILE_NAME, "a file's name"),
        "project": (PROJECT, "a project"),
        "version": (VERSION, "a version of its documentation"),
        "name": (FILE_NAME, "a package's name"),
        "sha256": (DIGEST, "the sha256 of a package, or a source's checksum"),
    }
)
SECURITY: Mapping[str, Schema] = MappingProxyType(
    {
        "bearer": {"type": "http", "scheme": "bearer", "description": "a token, or an id token of a trusted issuer"},
        "basic": {"type": "http", "scheme": "basic", "description": "the token as password, and any user"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "the token, as quetz has it"},
    }
)
PROBLEMS: Mapping[int, str] = MappingProxyType(
    {
        400: "the request is malformed",
        401: "no token, or one that the forge doesn't know",
        403: "who asks may not do that, or another site's page sent the request",
        404: "no such channel, snapshot or file",
        408: "nothing came for a minute",
        409: "it clashes with what is there, something is held, or the gate refuses",
        410: "the snapshot has expired, or the file was purged",
        413: "the request is too large",
        415: "what was sent isn't of the type that is taken",
        416: "the file doesn't reach as far as `Range` asks for",
        422: "what was sent can't be used",
        429: "too many requests within a minute, or too many bytes for today; `Retry-After` says when to come again",
        502: "a cache couldn't get what was asked for",
        503: "something that the forge needs is missing",
        507: "the disk is full, or nearly",
    }
)


def document_of(
    operations: Iterable[Operation], permissions: Mapping[tuple[str, str], Action | None]
) -> dict[str, Any]:
    """Make the document; ``permissions`` tell which action each method and route asks for."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        for path in one.paths or (one.route,):
            written = _operation(one, path, permissions.get((one.method, one.route), Action.ADMINISTER))
            paths.setdefault(path, {})[one.method.lower()] = written
    return {
        "openapi": "3.1.0",
        "info": {"title": "ownconda forge", "version": __version__, "description": ABOUT},
        "tags": [{"name": tag.value} for tag in Tag],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": COMPONENTS, "securitySchemes": dict(SECURITY)},
    }


def problems_of(operation: Operation, action: Action | None) -> frozenset[int]:
    """Give the statuses that say what is wrong, as they follow from what an operation is."""
    found = {400, 401, 503, *operation.problems}
    if action is not None:
        found |= {403}
    if operation.queries:
        found |= {422}
    if "{channel}" in operation.route:
        found |= {404, 410, 422}
    if operation.method != "GET":
        found |= {403, 409, 413, 415, 422, 429, 507}
    if operation.tag is Tag.CHANGES:
        found |= {404, 410}
    return frozenset(found)


def _operation(one: Operation, path: str, action: Action | None) -> dict[str, Any]:
    parameters = [*_in_path(path), *map(_query, one.queries)]
    answers = {status: _answer(answer) for status, answer in one.answers.items()}
    problems = {status: _problem(status) for status in problems_of(one, action)}
    written = {
        "operationId": _name(one.method, path),
        "summary": one.summary,
        "description": " ".join(filter(None, (one.about, _needs(action)))),
        "tags": [one.tag.value],
        "responses": {str(status): told for status, told in sorted((answers | problems).items())},
        "security": _security(action),
    }
    if action is not None:
        written["x-ownconda-action"] = action.value
    if parameters:
        written["parameters"] = parameters
    if one.body is not None:
        content = {one.body.media_type: {"schema": one.body.schema}}
        written["requestBody"] = {"required": one.body.required, "content": content}
    return written


def _in_path(path: str) -> Iterable[dict[str, Any]]:
    for name, (schema, about) in IN_PATHS.items():
        if f"{{{name}}}" in path:
            yield {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


def _query(query: Query) -> dict[str, Any]:
    told = {"name": query.name, "in": "query", "description": query.about, "schema": query.schema}
    return told | ({"required": True} if query.required else {})


def _answer(answer: Answer) -> dict[str, Any]:
    content = {kind: {"schema": answer.schema} if answer.schema else {} for kind in answer.media_types}
    return {"description": answer.about} | ({"content": content} if content else {})


def _problem(status: int) -> dict[str, Any]:
    said = {TEXT: {"schema": STRING}} if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE else _PROBLEMS
    return {"description": PROBLEMS[status], "content": said}


def _needs(action: Action | None) -> str:
    return "" if action is None else f"Who asks needs the action `{action.value}`."


def _security(action: Action | None) -> list[dict[str, list[str]]]:
    """Tell how tokens are sent; none is needed where a forge without rules of its own lets anybody."""
    optional: list[dict[str, list[str]]] = [{}] if action is None or action in OPEN.scope.may else []
    return optional + [{scheme: []} for scheme in SECURITY]


def _name(method: str, path: str) -> str:
    words = path.replace("{", "").replace("}", "").replace("/", " ").replace("-", " ").replace(".", " ").split()
    return "_".join((method.lower(), *words))


_PROBLEMS: Schema = {JSON: {"schema": ref("Problems")}}
