"""What is told to a channel's users: notices, and announcements of changes."""

from ownconda.forge.openapi.about_channels import CHANNEL
from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    DATE,
    LINE,
    LINES,
    STRING,
    WHOLE,
    Schema,
    answer_of,
    body_of,
    list_of,
    one_of,
    ref,
)
from ownconda.repodata.notices import Level

_NOTICES = answer_of({"notices": list_of(ref("Notice"))})
_TARGETS = answer_of({"targets": list_of(STRING)})


def _told(verb: str, summary: str, told: Schema, *queries: Query) -> Operation:
    answers = {200: Answer(about=summary, schema=told)}
    route = f"{CHANNEL}/{verb}"
    return Operation(method="GET", route=route, tag=Tag.NEWS, summary=summary, queries=queries, answers=answers)


def _post(verb: str, summary: str, body: Schema, told: Schema) -> Operation:
    answers = {200: Answer(about=summary, schema=told)}
    route, sent = f"{CHANNEL}/{verb}", Body(schema=body)
    return Operation(method="POST", route=route, tag=Tag.NEWS, summary=summary, body=sent, answers=answers)


OPERATIONS = (
    _told("notices", "Notices that haven't expired", _NOTICES),
    _post(
        "notices",
        "Tell a channel's users something",
        body_of({"message": LINE}, {"level": one_of(*Level, default=Level.INFO.value), "expires": DATE}),
        _NOTICES,
    ),
    _post("notices/remove", "Take a notice away", body_of({"id": LINE}), _NOTICES),
    _told(
        "announcements",
        "To whom a change was announced",
        _TARGETS,
        Query(name="from", schema=WHOLE, about="a snapshot's number", required=True),
        Query(name="to", schema=WHOLE, about="a later one's", required=True),
    ),
    _post(
        "announcements",
        "Note that a change was announced",
        body_of({"from": WHOLE, "to": WHOLE}, {"targets": LINES}),
        _TARGETS,
    ),
)
