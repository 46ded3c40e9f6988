"""What changes channels, and what is brought to the forge about their packages."""

from collections.abc import Mapping

from ownconda.channels.telling.reports import KINDS
from ownconda.channels.tested import STATUSES
from ownconda.forge.openapi.about_channels import CHANNEL
from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    COUNT,
    FLAG,
    LINE,
    LINE_TABLE,
    LINES,
    MOMENT,
    OPTIONAL_NUMBER,
    SHA256,
    STRING,
    SUBDIR,
    WHOLE,
    WORDS,
    Schema,
    answer_of,
    body_of,
    list_of,
    nullable,
    one_of,
    ref,
    table_of,
)

_REASONS = {"reason": LINE}
_ACT = {**_REASONS, "dry_run": FLAG, "waive": LINE_TABLE}
_TAGGED = answer_of({"tag": nullable(ref("Tag"))})
_PRUNED: Schema = {"allOf": [ref("Changed"), answer_of({"going": table_of(STRING), "staying": table_of(STRING)})]}
_DOCUMENT: Schema = {
    "type": "object",
    "properties": {"said": {}, "file": LINE, "line": OPTIONAL_NUMBER},
    "required": ["said"],
}
_LOG = answer_of({"begin": SHA256, "size": WHOLE, "sha256": SHA256})
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}


def _post(route: str, summary: str, body: Schema, told: Schema, *, tag: Tag = Tag.CHANGES) -> Operation:
    answers = {200: Answer(about=summary, schema=told)}
    return Operation(method="POST", route=route, tag=tag, summary=summary, body=_body(body), answers=answers)


def _body(schema: Schema) -> Body:
    return Body(schema=schema, required=bool(schema.get("required") or schema.get("anyOf")))


def _act(
    verb: str,
    summary: str,
    required: Mapping[str, Schema],
    optional: Mapping[str, Schema] | None = None,
    **more: object,
) -> Operation:
    """Describe what may be planned only, and what the gate may refuse."""
    return _post(f"{CHANNEL}/{verb}", summary, body_of(required, {**(optional or {}), **_ACT}, **more), ref("Changed"))


OPERATIONS = (
    _act(
        "promote",
        "Let packages of another channel enter this one",
        {"from": LINE},
        {"specs": LINES, "with_dependencies": FLAG},
    ),
    _act("rollback", "Make a channel what it was at a snapshot", {"snapshot": MOMENT}),
    _act("revert", "Take back what a snapshot did", {"snapshot": MOMENT}),
    _act("yank", "Offer packages no longer, but for those who ask for them exactly", {}, {"specs": LINES}),
    _act("unyank", "Offer yanked packages again", {}, {"specs": LINES}),
    _act("unprune", "List again what was pruned", {}, {"specs": LINES}),
    _act(
        "hotfix",
        "Patch what the index says of packages",
        {},
        {"patches": table_of({}, keys=SUBDIR), "documents": list_of(_DOCUMENT)},
        anyOf=[
            {"required": ["patches"]},
            {"required": ["documents"], "properties": {"documents": {"type": "array", "minItems": 1}}},
        ],
    ),
    _post(
        f"{CHANNEL}/hold",
        "Let packages enter a channel no more",
        body_of({"spec": LINE, **_REASONS}),
        ref("Changed"),
    ),
    _post(f"{CHANNEL}/release", "Take a hold back", body_of({"spec": LINE}, _REASONS), ref("Changed")),
    _post(
        f"{CHANNEL}/prune",
        "List no longer what rules let go",
        body_of(
            {},
            {
                **dict.fromkeys(("versions", "builds", "days", "unused_days", "fewer_than"), OPTIONAL_NUMBER),
                "pinned": LINES,
                "locked": LINES,
                "dry_run": FLAG,
                **_REASONS,
            },
        ),
        _PRUNED,
    ),
    _post(f"{CHANNEL}/tag", "Name a snapshot", body_of({"name": LINE}, {"snapshot": nullable(MOMENT)}), _TAGGED),
    _post(f"{CHANNEL}/untag", "Let a name mean no snapshot", body_of({"name": LINE}), _TAGGED),
    _post(
        "/api/v1/purge",
        "Let a file be no more, in any snapshot",
        body_of(
            {"file": LINE},
            {**_REASONS, "dry_run": FLAG},
            anyOf=[
                {"required": ["reason"]},
                {"required": ["dry_run"], "properties": {"dry_run": {"const": True}}},
            ],
        ),
        answer_of({"dry_run": FLAG, "path": STRING, "sha256": SHA256, "channels": list_of(STRING)}),
    ),
    _post(
        "/api/v1/reports",
        "Tell which package files a lock file, prefix, installer or image holds",
        body_of({"kind": one_of(*KINDS), "name": WORDS}, {"files": table_of(SHA256, keys=LINE)}),
        ref("Report"),
        tag=Tag.QUESTIONS,
    ),
    _post(
        "/api/v1/tests",
        "Bring results of tests",
        body_of(
            {
                "results": list_of(
                    body_of(
                        {"package": SHA256, "status": one_of(*STATUSES)},
                        {"with": list_of(SHA256), "log": {"type": "string", "pattern": r"^(https?://[!-~]+)?$"}},
                    ),
                    minItems=1,
                )
            }
        ),
        answer_of({"results": COUNT}),
        tag=Tag.QUESTIONS,
    ),
    Operation(
        method="GET",
        route="/api/v1/downloads/logs",
        tag=Tag.QUESTIONS,
        summary="The access logs that were counted",
        queries=(Query(name="begin", schema=STRING, about="the sha256 of their first line"),),
        answers={
            200: Answer(
                about="each log, as far as it was read",
                schema=answer_of({"logs": list_of(answer_of({"size": COUNT, "sha256": SHA256}))}),
            )
        },
    ),
    _post(
        "/api/v1/downloads/logs",
        "Add what an access log tells of downloads",
        body_of(
            {
                "known": list_of(_LOG),
                "log": _LOG,
                "counts": table_of(table_of(table_of(WHOLE, keys=_DAY))),
                "days": list_of(WHOLE),
            },
            {"before": nullable(_LOG)},
        ),
        answer_of({"counted": COUNT}),
        tag=Tag.QUESTIONS,
    ),
)
