"""Hosted documentation: what is sent, listed and removed; its pages aren't described."""

from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    BYTES,
    COUNT,
    FILE,
    FORM,
    SHA256,
    STRING,
    TIME,
    Schema,
    answer_of,
    list_of,
    nullable,
    one_of,
)

_FIELDS = {
    **dict.fromkeys(("project", "version", "title", "author"), STRING),
    "sha256": SHA256,
    "files": COUNT,
    "size": COUNT,
    "at": TIME,
}
_SITE = answer_of(_FIELDS)
_PROJECT = answer_of(
    {
        "name": STRING,
        "stable": nullable(STRING),
        "latest": nullable(STRING),
        "versions": list_of(answer_of({"address": STRING, **_FIELDS})),
    }
)
_TAKEN = answer_of({"outcome": one_of("added", "replaced", "there already"), "address": STRING, **_FIELDS})
_REPLACE = Query(name="replace", schema={"type": "boolean", "default": False}, about="let it take another's place")
_FORMS = {
    "PUT": Body(schema=FILE, media_type=BYTES),
    "POST": Body(schema={"type": "object", "properties": {"file": FILE}, "required": ["file"]}, media_type=FORM),
}


def _upload(method: str) -> Operation:
    return Operation(
        method=method,
        route="/docs/{project}/{version}",
        tag=Tag.DOCS,
        summary="Bring a project's documentation, as a zip or tar archive",
        queries=(_REPLACE,),
        body=_FORMS[method],
        answers={
            200: Answer(about="it is there already", schema=_TAKEN),
            201: Answer(about="it is there now", schema=_TAKEN),
        },
        problems=(404, 408),
    )


def _get(route: str, summary: str, told: Schema) -> Operation:
    answers = {200: Answer(about=summary, schema=told)}
    return Operation(method="GET", route=route, tag=Tag.DOCS, summary=summary, answers=answers, problems=(404, 422))


OPERATIONS = (
    _get("/api/v1/docs", "The projects with documentation", answer_of({"projects": list_of(_PROJECT)})),
    _get(
        "/docs/{project}/versions.json",
        "A project's versions, as pydata-sphinx-theme's switcher reads them",
        list_of(answer_of(dict.fromkeys(("name", "version", "url"), STRING), {"preferred": {"type": "boolean"}})),
    ),
    _upload("PUT"),
    _upload("POST"),
    Operation(
        method="DELETE",
        route="/docs/{project}/{version}",
        tag=Tag.DOCS,
        summary="Remove a version's documentation",
        answers={200: Answer(about="what was removed", schema=answer_of({"removed": _SITE}))},
        problems=(404,),
    ),
)
