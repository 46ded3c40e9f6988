"""Files: what clients download, and what is brought."""

from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    BYTES,
    COUNT,
    FILE,
    FORM,
    JSON,
    LINE,
    LINE_TABLE,
    SHA256,
    STRING,
    WHOLE,
    Schema,
    answer_of,
    body_of,
    list_of,
    one_of,
    ref,
    table_of,
)

_TYPES = (BYTES, JSON, "application/zstd", "application/x-bzip2")
_SENT = Answer(about="the file", media_types=_TYPES)
_PART = Answer(about="the part that `Range` asks for", media_types=(*_TYPES, "multipart/byteranges"))
_READ = {200: _SENT, 206: _PART, 304: Answer(about="it is what `If-None-Match` says", media_types=())}
_UPLOADED = Answer(about="what became of each file", schema=ref("Uploaded"))
_FORM: Schema = {"type": "object", "properties": {"file": {"anyOf": [FILE, list_of(FILE)]}}, "required": ["file"]}
_SOURCE = answer_of({"source": STRING, "outcome": one_of("added", "there already")})
_UPLOADING = (404, 408, 409, 507)


def _form(route: str, summary: str, status: int, *queries: Query, schema: Schema = _FORM) -> Operation:
    return Operation(
        method="POST",
        route=route,
        tag=Tag.UPLOADS,
        summary=summary,
        about="All of the form's files are taken, or none: packages, the files beside them, installers.",
        queries=queries,
        body=Body(schema=schema, media_type=FORM),
        answers={status: _UPLOADED},
        problems=_UPLOADING,
        is_strict=bool(queries),
    )


OPERATIONS = (
    Operation(
        method="GET",
        route="/conda/{channel}/{path:path}",
        paths=(
            "/conda/{channel}/{file}",
            "/conda/{channel}/{subdir}/{file}",
            "/conda/{channel}/{subdir}/shards/{file}",
        ),
        tag=Tag.FILES,
        summary="A channel's file: an index, a package, what is beside one, an installer",
        about="`HEAD`, `Range`, `If-None-Match` and `If-Modified-Since` work. A token may stand in the address, as"
        " `/t/<token>` before it.",
        answers=_READ | {302: Answer(about="a package is in the object store, at this address", media_types=())},
        problems=(416, 502),
        is_strict=False,
    ),
    Operation(
        method="GET",
        route="/sources/{checksum}/{file}",
        tag=Tag.FILES,
        summary="An upstream archive",
        answers=_READ,
        problems=(404, 416),
        is_strict=False,
    ),
    Operation(
        method="PUT",
        route="/sources/{checksum}/{file}",
        tag=Tag.UPLOADS,
        summary="Bring an upstream archive, whose checksum its address says",
        body=Body(schema=FILE, media_type=BYTES),
        answers={
            200: Answer(about="it is there already", schema=_SOURCE),
            201: Answer(about="it is there now", schema=_SOURCE),
        },
        problems=(408, 507),
    ),
    Operation(
        method="GET",
        route="/upload/{channel}",
        tag=Tag.UPLOADS,
        summary="Whether one may upload, and how much at once",
        answers={
            200: Answer(
                about="one may",
                schema=answer_of(
                    {
                        "channel": STRING,
                        "largest_upload": COUNT,
                        "sidecars": list_of(STRING),
                        "resumable": {"type": "boolean"},
                    }
                ),
            )
        },
        problems=(507,),
    ),
    _form(
        "/upload/{channel}",
        "Upload packages and installers",
        200,
        Query(name="adopted_since", schema=WHOLE, about="since when, in ms since 1970, they were listed elsewhere"),
        Query(name="reason", schema=LINE, about="what history says of that"),
    ),
    Operation(
        method="POST",
        route="/upload/{channel}/there",
        tag=Tag.UPLOADS,
        summary="Which of these files needn't be sent",
        body=Body(schema=body_of({"files": LINE_TABLE})),
        answers={
            200: Answer(
                about="which are there, and which names stand for other contents",
                schema=answer_of(
                    {
                        "channel": STRING,
                        "there": list_of(
                            answer_of({"path": STRING, "sha256": SHA256, "sidecars": table_of(SHA256)}),
                        ),
                        "clashes": list_of(STRING),
                    }
                ),
            )
        },
    ),
    _form(
        "/api/v1/upload/{channel}",
        "Upload a package, as prefix.dev's clients do",
        201,
        schema={"type": "object", "properties": {"file": FILE, "attestation": FILE}, "required": ["file"]},
    ),
    Operation(
        method="POST",
        route="/api/channels/{channel}/upload/{file}",
        tag=Tag.UPLOADS,
        summary="Upload a package, as quetz's clients do",
        queries=(Query(name="sha256", schema=STRING, about="checked, where it is given"),),
        body=Body(schema=FILE, media_type=BYTES),
        answers={201: _UPLOADED},
        problems=_UPLOADING,
        is_strict=False,
    ),
    _form("/api/channels/{channel}/files/", "Upload packages, as older clients of quetz do", 201),
)
