"""What is told of channels: their packages, history, differences, tests and downloads."""

from ownconda.channels.tested import STATUSES
from ownconda.conda.package_changes import Kind
from ownconda.forge.openapi.operations import Answer, Operation, Query, Tag
from ownconda.forge.openapi.schemas import (
    COUNT,
    LINE,
    STRING,
    TIME,
    WHOLE,
    Schema,
    answer_of,
    list_of,
    nullable,
    one_of,
    ref,
    table_of,
)

CHANNEL = "/api/v1/channels/{channel}"
SPECS = Query(name="spec", schema=list_of(STRING), about="match specs that choose packages; all of them without any")


def _told(route: str, summary: str, schema: Schema, *queries: Query, tag: Tag = Tag.CHANNELS) -> Operation:
    answers = {200: Answer(about=summary, schema=schema)}
    return Operation(method="GET", route=route, tag=tag, summary=summary, queries=queries, answers=answers)


_CACHE = answer_of({"name": STRING, "cache_of": STRING, "files": COUNT, "size": COUNT})
_BROKEN = answer_of({"name": STRING, "what": STRING})
_TERMS = answer_of({"base": nullable(STRING), "overrides": {}, "patched": {"type": "boolean"}})
_CHANGE = answer_of({"kind": one_of(*Kind)})
_LISTED = answer_of(
    {
        "path": STRING,
        "name": STRING,
        "version": STRING,
        "build": STRING,
        "needs": list_of(STRING),
        "copies": list_of(STRING),
        "listed": list_of(answer_of({"channel": STRING, "from": COUNT, "until": nullable(COUNT)})),
    }
)
_RESULT = answer_of(
    {
        "package": STRING,
        "with": STRING,
        "status": one_of(*STATUSES),
        "log": STRING,
        "author": STRING,
        "at": TIME,
    }
)

_PACKAGE = answer_of(
    {"package": {"type": "object"}, "entered": list_of(ref("Snapshot"))}, {"kept_sources": list_of(STRING)}
)
_SOURCE = answer_of({"source": {"type": "object"}, "packages": list_of({"type": "object"}), "count": COUNT})
_TOLD = answer_of({"tags": list_of(STRING), "verdict": nullable(ref("KeptVerdict"))})

OPERATIONS = (
    Operation(
        method="GET",
        route="/api/v1/whence/{sha256}",
        tag=Tag.QUESTIONS,
        summary="Where a package comes from, or what was made from a source",
        answers={200: Answer(about="its way, as far as it is known", schema={"anyOf": [_PACKAGE, _SOURCE]})},
        problems=(404,),
    ),
    _told(
        "/api/v1/channels",
        "The channels, with their figures",
        answer_of({"channels": list_of(ref("Summary")), "unavailable": list_of(_BROKEN), "caches": list_of(_CACHE)}),
    ),
    _told(
        CHANNEL,
        "A channel with its packages",
        {"allOf": [ref("Summary"), answer_of({"terms": _TERMS, "entries": list_of(ref("Entry"))})]},
        SPECS,
    ),
    _told(
        f"{CHANNEL}/history",
        "A channel's snapshots, what its gate said of them, and what it refused meanwhile; the newest first",
        answer_of({"snapshots": list_of({"allOf": [ref("Step"), _TOLD]}), "refused": list_of(ref("KeptVerdict"))}),
        Query(name="limit", schema={**WHOLE, "default": 100}, about="how many; never more than 1000"),
    ),
    _told(
        f"{CHANNEL}/diff",
        "What leads from one channel or snapshot to another",
        answer_of(
            {
                "from": STRING,
                "to": STRING,
                "channel": STRING,
                "snapshots": list_of(COUNT, minItems=2, maxItems=2),
                "changes": list_of(_CHANGE),
                "added": list_of(ref("Entry")),
                "removed": list_of(ref("Entry")),
                "terms": {"type": "boolean"},
            }
        ),
        Query(name="from", schema=LINE, about="a channel, or a snapshot's number; the channel itself without it"),
        Query(name="to", schema=LINE, about="likewise"),
    ),
    _told(f"{CHANNEL}/holds", "What may not enter a channel", answer_of({"holds": list_of(ref("Hold"))})),
    _told(f"{CHANNEL}/tags", "Names of a channel's snapshots", answer_of({"tags": list_of(ref("Tag"))})),
    _told(
        f"{CHANNEL}/check",
        "What speaks against a channel",
        answer_of({"snapshot": COUNT, "packages": COUNT, "problems": list_of(ref("Problem"))}),
        Query(name="deep", schema={"type": "boolean", "default": False}, about="read every byte"),
        Query(name="solve", schema={"type": "boolean", "default": True}, about="look for what can't be installed"),
        tag=Tag.QUESTIONS,
    ),
    _told(
        f"{CHANNEL}/tests",
        "Results of tests of packages, and of tests with them",
        answer_of({"results": list_of(_RESULT)}),
        SPECS,
        tag=Tag.QUESTIONS,
    ),
    _told(
        f"{CHANNEL}/downloads",
        "How often packages were downloaded on each day",
        answer_of(
            {
                "since": COUNT,
                "counted": list_of(COUNT),
                "files": list_of(answer_of({"path": STRING, "size": COUNT, "days": table_of(COUNT)})),
            }
        ),
        SPECS,
        Query(name="days", schema={**WHOLE, "default": 30}, about="how many of the last days; days count from 1970"),
        tag=Tag.QUESTIONS,
    ),
    _told(
        "/api/v1/where-used",
        "Who needs, lists, holds or copies packages",
        answer_of(
            {
                "chosen": list_of(_LISTED),
                "dependents": list_of(_LISTED),
                "carriers": list_of(_LISTED),
                "holders": list_of(ref("Report")),
            }
        ),
        Query(name="spec", schema=STRING, about="a match spec that chooses them"),
        tag=Tag.QUESTIONS,
    ),
)
