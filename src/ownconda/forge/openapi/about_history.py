"""A forge's history as another forge has it: what is asked for, the bytes that belong to it, and who leads."""

from ownconda.forge.openapi.operations import Answer, Body, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    BYTES,
    CHANNEL,
    FILE,
    SHA256,
    STRING,
    WHOLE,
    answer_of,
    body_of,
    list_of,
    nullable,
    table_of,
)

_STRETCH = answer_of({"stretches": list_of(answer_of({"channel": STRING})), "snapshots": list_of({"type": "object"})})
_DONE = answer_of(
    {"snapshots": WHOLE, "channels": list_of(STRING), "purged": list_of(STRING), "lacking": list_of(STRING)}
)
_TAKEN = answer_of({"wanted": table_of(WHOLE, keys=SHA256), "done": nullable(_DONE)})

OPERATIONS = (
    Operation(
        method="GET",
        route="/api/v1/history",
        tag=Tag.FOLLOWING,
        summary="What came after a snapshot, as it stands in the ledger",
        queries=(
            Query(name="since", schema=WHOLE, about="the number of a snapshot; what came after it is told"),
            Query(name="channel", schema=list_of(CHANNEL), about="only this one; without any: all"),
            Query(name="whole", schema={"type": "boolean", "default": False}, about="tell sizes of what is new alone"),
            Query(name="beside", schema=WHOLE, about="the number of a change beside packages; later ones are told"),
            Query(
                name="docs",
                schema={"type": "string", "enum": ["none", "new", "all"], "default": "none"},
                about="tell of hosted documentation, with the whole: with the sizes of what is new, or of all of it",
            ),
            Query(name="told", schema=WHOLE, about="results of tests until this time, in milliseconds, are known"),
        ),
        answers={200: Answer(about="a stretch of history", schema=_STRETCH), 304: Answer(about="nothing is new")},
        problems=(404, 422),
    ),
    Operation(
        method="GET",
        route="/api/v1/history/bytes/{sha256}",
        tag=Tag.FOLLOWING,
        summary="Bytes that belong to it, by their sha256",
        answers={200: Answer(about="the bytes", schema=STRING, media_types=(BYTES,))},
        problems=(404,),
    ),
    Operation(
        method="PUT",
        route="/api/v1/media/{sha256}",
        tag=Tag.FOLLOWING,
        summary="Bring bytes that media hold, whose sha256 the address says",
        body=Body(schema=FILE, media_type=BYTES),
        answers={200: Answer(about="they are here", schema=answer_of({"outcome": STRING}))},
        problems=(408, 409, 507),
    ),
    Operation(
        method="POST",
        route="/api/v1/media",
        tag=Tag.FOLLOWING,
        summary="Take in what media carry, once their bytes are here",
        about="`manifest` and `signature` are base64. What the forge still wants is told by its sha256, with its size.",
        body=Body(schema=body_of({"manifest": STRING, "signature": STRING})),
        answers={200: Answer(about="what is wanted, or what was done", schema=_TAKEN)},
        problems=(409,),
    ),
    Operation(
        method="POST",
        route="/api/v1/take-over",
        tag=Tag.FOLLOWING,
        summary="Let a forge lead that followed another one",
        body=Body(schema=body_of({}), required=False),
        answers={200: Answer(about="whom it followed", schema=answer_of({"followed": nullable(STRING)}))},
    ),
)
