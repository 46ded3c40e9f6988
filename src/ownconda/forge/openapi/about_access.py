"""Who may: tokens, what they are exchanged for, the audit log."""

from ownconda.forge.openapi.about_channels import CHANNEL
from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    ACTION,
    COUNT,
    FLAG,
    LINE,
    LINES,
    OPTIONAL_NUMBER,
    STRING,
    TEXT,
    TIME,
    WHOLE,
    WORDS,
    Schema,
    answer_of,
    body_of,
    list_of,
    nullable,
    ref,
    table_of,
)

_TOKENS = answer_of({"tokens": list_of(ref("Token"))})
_ANY: Schema = {**LINE, "minLength": 1}


def _get(route: str, summary: str, told: Schema, *queries: Query, problems: tuple[int, ...] = ()) -> Operation:
    answers = {200: Answer(about=summary, schema=told)}
    return Operation(
        method="GET", route=route, tag=Tag.ACCESS, summary=summary, queries=queries, answers=answers, problems=problems
    )


def _post(
    route: str, summary: str, body: Schema, answers: dict[int, Answer], problems: tuple[int, ...] = ()
) -> Operation:
    return Operation(
        method="POST",
        route=route,
        tag=Tag.ACCESS,
        summary=summary,
        body=Body(schema=body),
        answers=answers,
        problems=problems,
    )


_GRANTED: Schema = answer_of({"channel": STRING, "private": {"type": "boolean"}, "granted": table_of(list_of(ACTION))})
_GRANT = body_of({"who": LINE, "may": LINES})
_GIVEN = {200: Answer(about="who may what in it", schema=_GRANTED)}

OPERATIONS = (
    _post(
        "/api/v1/channels",
        "Make a channel of one's own",
        body_of({"name": LINE}, {"base": LINE, "public": FLAG, "owners": LINES}),
        {201: Answer(about="the channel", schema={"allOf": [_GRANTED, answer_of({"snapshot": ref("Snapshot")})]})},
        (404,),
    ),
    _get("/api/v1/access/channels", "Who may what in people's channels", answer_of({"channels": list_of(_GRANTED)})),
    _get(f"{CHANNEL}/access", "Who may what in a channel of one's own", _GRANTED, problems=(403,)),
    _post(f"{CHANNEL}/allow", "Let somebody do something in it", _GRANT, _GIVEN),
    _post(f"{CHANNEL}/disallow", "Let somebody do it no more", body_of({"who": LINE}, {"may": LINES}), _GIVEN),
    _get(
        "/api/v1/access/names/{channel}/{name}",
        "Who brought a package's name first",
        answer_of({"name": STRING, "channel": STRING, "first": nullable(STRING), "base": nullable(STRING)}),
    ),
    _get("/api/v1/tokens", "The tokens that there are", _TOKENS),
    _post(
        "/api/v1/tokens",
        "Make a token",
        body_of(
            {"name": WORDS, "may": list_of(ACTION, minItems=1)},
            {"channels": list_of(_ANY), "names": list_of(_ANY), "hours": OPTIONAL_NUMBER},
        ),
        {
            201: Answer(
                about="the token, which is told this once",
                schema={"allOf": [ref("Token"), answer_of({"token": STRING})]},
            )
        },
    ),
    _post(
        "/api/v1/tokens/revoke",
        "End the tokens of a name, or the one of an id",
        body_of({"name": LINE}),
        {200: Answer(about="what is ended", schema=_TOKENS)},
        (404,),
    ),
    _post(
        "/api/v1/access/revoke",
        "End somebody's tokens, and tell what is left of them",
        body_of({"who": LINE}, {"dry_run": FLAG}),
        {
            200: Answer(
                about="tokens that are ended, settings that mention them, snapshots by which they uploaded",
                schema=answer_of(
                    {
                        "dry_run": FLAG,
                        "tokens": list_of(ref("Token")),
                        "settings": list_of(STRING),
                        "uploads": list_of(ref("Step")),
                    }
                ),
            )
        },
    ),
    _get(
        "/api/v1/audit",
        "Who did what, and what was refused to whom",
        answer_of(
            {
                "lines": list_of(
                    answer_of(
                        {
                            "at": TIME,
                            "kind": STRING,
                            "who": STRING,
                            "what": STRING,
                            "address": STRING,
                            "missed": COUNT,
                        }
                    )
                )
            }
        ),
        Query(name="since", schema=WHOLE, about="milliseconds since 1970"),
        Query(name="who", schema=STRING, about="a pattern: `*` stands for a part, `**` for any"),
    ),
    _post(
        "/api/v1/certificates/token",
        "Exchange the proof that one holds a certificate's key for a token",
        body_of({"certificate": LINE, "statement": LINE, "signature": LINE}),
        {200: Answer(about="a token", schema=answer_of({"token": STRING, "name": STRING, "expires": TIME}))},
    ),
    _post(
        "/api/oidc/mint_token",
        "Exchange an issuer's id token for a token",
        {**body_of({"token": LINE}), "additionalProperties": True},
        {200: Answer(about="the token's text", schema=STRING, media_types=(TEXT,))},
    ),
    _get(
        "/api/v1/login",
        "Where people log in, who asks, and until when their token is good",
        answer_of(
            {
                "issuers": list_of(answer_of({"url": STRING, "client_id": STRING})),
                "you": nullable(STRING),
                "expires": nullable(TIME),
            }
        ),
    ),
    _post(
        "/api/v1/logout",
        "End a token that was minted",
        body_of({"token": LINE}),
        {200: Answer(about="it is no more", schema={"type": "object"})},
    ),
)
