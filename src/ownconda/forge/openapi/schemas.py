"""JSON schemas: what each reader of requests (`json_bodies`) accepts, and the values that answers are made of."""

from collections.abc import Mapping
from typing import Any

from ownconda.access.actions import Action
from ownconda.attestations.sidecars import SUFFIXES
from ownconda.channels.snapshots import Kind
from ownconda.conda.names import SUBDIRS
from ownconda.sources.checksums import COMMIT, DIGITS

Schema = Mapping[str, Any]

JSON, TEXT, BYTES, FORM = "application/json", "text/plain", "application/octet-stream", "multipart/form-data"
LARGEST_NUMBER = 1_000_000
LARGEST_WHOLE = 10**18 - 1
"""What a database can count."""

_HIDDEN = r"\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([tT][0-9]{2}([.:][0-9]{2}([.:][0-9]{2})?)?[zZ]?)?"
_KINDS = "|".join(f"{kind}-[0-9a-f]{{{digits}}}" for kind, digits in {**DIGITS, COMMIT: 40}.items() if kind != "sha256")


def one_of(*values: str, **more: object) -> Schema:
    """Give the schema of one of these texts."""
    return {"type": "string", "enum": list(values), **more}


def list_of(items: Schema, **more: object) -> Schema:
    """Give the schema of a list."""
    return {"type": "array", "items": items, **more}


def table_of(values: Schema, *, keys: Schema | None = None) -> Schema:
    """Give the schema of an object whose names are chosen by who sends it."""
    return {"type": "object", "additionalProperties": values} | ({"propertyNames": keys} if keys else {})


def body_of(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: object) -> Schema:
    """Give the schema of a request's object, which has no other fields."""
    return {**_object(required, optional or {}), "additionalProperties": False, **more}


def answer_of(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Give the schema of an answer's object, to which a later version may add fields."""
    return _object(fields, optional or {})


def nullable(schema: Schema) -> Schema:
    """Give the schema of a value that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    """Give what stands for one of `COMPONENTS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> dict[str, Any]:
    named = {"required": list(required)} if required else {}
    return {"type": "object", "properties": {**required, **optional}, **named}


LINE: Schema = {"type": "string", "pattern": f"^[^{_HIDDEN}]*$"}
WORDS: Schema = {"type": "string", "pattern": f"^[^{_HIDDEN}]*[^\\s{_HIDDEN}][^{_HIDDEN}]*$"}
LINES = list_of(LINE)
LINE_TABLE = table_of(LINE, keys=LINE)
FLAG: Schema = {"type": "boolean", "default": False}
COUNT: Schema = {"type": "integer", "minimum": 0}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_WHOLE}
OPTIONAL_NUMBER: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST_NUMBER}
MOMENT: Schema = {"anyOf": [WHOLE, LINE], "description": "a snapshot's number, a tag or a date"}
DATE: Schema = {"type": "string", "pattern": f"^({_DATE}{_TIME})?$"}
TIME: Schema = {"type": "string", "format": "date-time"}
STRING: Schema = {"type": "string"}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-fA-F]{32,128}$"}
CHECKSUM: Schema = {"type": "string", "pattern": f"^([0-9a-f]{{64}}|{_KINDS})$"}
CHANNEL: Schema = {"type": "string", "pattern": "^[a-z0-9]+([-_.][a-z0-9]+)*$", "maxLength": 128}
FILE_NAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.+!-]*$", "maxLength": 211}
SUBDIR = one_of(*sorted(SUBDIRS))
ACTION = one_of(*Action)
PROJECT: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": 100}
VERSION: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._+-]*$", "maxLength": 100}
FILE: Schema = {"type": "string", "contentMediaType": BYTES}

_SNAPSHOT = answer_of(
    {
        "id": COUNT,
        "channel": STRING,
        "parent": nullable(COUNT),
        "at": TIME,
        "author": STRING,
        "reason": STRING,
        "kind": one_of(*Kind),
        "waived": table_of(STRING),
        "expired": {"type": "boolean"},
    }
)
_ENTRY = answer_of(
    {
        "path": STRING,
        "name": STRING,
        "version": STRING,
        "build": STRING,
        "build_number": COUNT,
        "subdir": SUBDIR,
        "sha256": SHA256,
        "size": COUNT,
        "license": nullable(STRING),
        "depends": list_of(STRING),
        "indexed_at": TIME,
        "yanked": {"type": "boolean"},
        "sidecars": table_of(SHA256, keys=one_of(*SUFFIXES.values())),
    },
    {"patched": {"type": "object"}},
)
_SUMMARY = answer_of(
    {
        "name": STRING,
        "packages": COUNT,
        "files": COUNT,
        "size": COUNT,
        "subdirs": list_of(SUBDIR),
        "snapshot": ref("Snapshot"),
    }
)
_CHANGED = answer_of(
    {
        "dry_run": {"type": "boolean"},
        "snapshot": ref("Snapshot"),
        "verdict": nullable({"type": "object"}),
        "added": list_of(ref("Entry")),
        "removed": list_of(ref("Entry")),
        "terms": {"type": "boolean"},
    }
)
_UPLOADED = answer_of(
    {
        "channel": STRING,
        "files": list_of(
            answer_of(
                {
                    "path": STRING,
                    "sha256": SHA256,
                    "outcome": one_of("added", "there already"),
                    "sidecars": list_of(STRING),
                },
                {"newest": STRING},
            )
        ),
    },
    {"snapshot": COUNT},
)
_TOKEN = answer_of(
    {
        "id": STRING,
        "name": STRING,
        "may": list_of(ACTION),
        "channels": list_of(STRING),
        "names": list_of(STRING),
        "created": TIME,
        "expires": nullable(TIME),
        "author": STRING,
        "stands_for": list_of(STRING),
        "protected": {"type": "boolean"},
        "environment": STRING,
    }
)
_KEPT_VERDICT = answer_of(
    {
        "act": one_of(*Kind),
        "author": STRING,
        "reason": STRING,
        "at": TIME,
        "passed": {"type": "boolean"},
        "head": COUNT,
        "snapshot": nullable(COUNT),
        "about": list_of(answer_of({"channel": STRING, "snapshot": COUNT})),
        "rules": list_of(STRING),
        "machines": list_of(STRING),
        "asked": COUNT,
        "milliseconds": COUNT,
        "waived": table_of(STRING),
        "reasons": list_of(answer_of({"rule": STRING, "text": STRING})),
        "more": COUNT,
    }
)
_PROBLEM = answer_of({"what": STRING, "hint": nullable(STRING)})

COMPONENTS: Mapping[str, Schema] = {
    "Problem": _PROBLEM,
    "Problems": answer_of({"problems": list_of(ref("Problem"), minItems=1)}),
    "Snapshot": _SNAPSHOT,
    "Step": {"allOf": [ref("Snapshot"), answer_of({"added": COUNT, "removed": COUNT, "changed": COUNT})]},
    "KeptVerdict": _KEPT_VERDICT,
    "Entry": _ENTRY,
    "Summary": _SUMMARY,
    "Changed": _CHANGED,
    "Hold": answer_of({"spec": STRING, "reason": STRING, "author": STRING, "at": TIME}),
    "Tag": answer_of({"name": STRING, "snapshot": COUNT, "author": STRING, "at": TIME}),
    "Notice": answer_of({"id": STRING, "message": STRING, "level": STRING, "created_at": TIME, "expires_at": TIME}),
    "Report": answer_of(
        {"kind": STRING, "name": STRING, "author": STRING, "at": TIME, "files": table_of(SHA256)},
    ),
    "Token": _TOKEN,
    "Uploaded": _UPLOADED,
}
