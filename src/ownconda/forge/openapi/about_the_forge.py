"""The forge as a whole: its health, its figures, its disk, and this document."""

from ownconda.forge.openapi.operations import Answer, Body, Operation, Tag
from ownconda.forge.openapi.schemas import COUNT, FLAG, STRING, TEXT, Schema, answer_of, body_of, one_of, table_of

_HEALTH = answer_of({"status": one_of("ok")}, {"unavailable": table_of(STRING)})


def _get(route: str, summary: str, told: Schema | None, *media_types: str) -> Operation:
    answer = Answer(about=summary, schema=told)
    if media_types:
        answer = Answer(about=summary, schema=told, media_types=media_types)
    return Operation(method="GET", route=route, tag=Tag.FORGE, summary=summary, answers={200: answer})


OPERATIONS = (
    _get("/healthz", "Whether the forge works", _HEALTH),
    _get("/metrics", "The forge's figures, as Prometheus collects them", STRING, TEXT, "application/openmetrics-text"),
    _get("/api/v1/openapi.json", "This document", {"type": "object"}),
    _get("/api/v1/usage", "What uses the disk, and what rules would free", {"type": "object"}),
    Operation(
        method="POST",
        route="/api/v1/gc",
        tag=Tag.FORGE,
        summary="Let snapshots expire and files go that nobody needs",
        body=Body(schema=body_of({}, {"dry_run": FLAG}), required=False),
        answers={200: Answer(about="what went", schema=answer_of({"dry_run": FLAG, "size": COUNT}))},
    ),
)
