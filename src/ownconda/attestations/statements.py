"""in-toto Statements: a predicate that is claimed of one file.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
"""How the file was made: https://slsa.dev/spec/v1.1/provenance"""

SPDX = "https://spdx.dev/Document/v2.3"
"""What it is made of: https://github.com/in-toto/attestation/blob/main/spec/predicates/spdx.md"""

PUBLISH = "https://schemas.conda.org/attestations/publish/v1"
"""To which channel it goes: https://github.com/conda/ceps/blob/main/cep-0027.md"""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The file that a Statement is about: its name, without a folder, and its sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A claim: its kind and its content. ``predicate`` is JSON, and None where there is nothing more to say."""

    subject: Subject
    predicate_type: str
    predicate: Mapping[str, Any] | None

    @property
    def target_channel(self) -> str:
        """The address of the channel that a publish attestation names; nothing for other kinds."""
        named = (self.predicate or {}).get("targetChannel") if self.predicate_type == PUBLISH else None
        return named if isinstance(named, str) else ""

    @property
    def fields(self) -> dict[str, Any]:
        """What it is in JSON."""
        return {
            "_type": STATEMENT,
            "subject": [{"name": self.subject.name, "digest": {"sha256": self.subject.sha256}}],
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        }

    @property
    def json(self) -> bytes:
        """The one form in which we write it."""
        return written(self.fields)


def publish_statement(subject: Subject, channel: str) -> Statement:
    """Say that a package goes to the channel of this address (CEP 27), which has no slash at its end."""
    return Statement(subject=subject, predicate_type=PUBLISH, predicate={"targetChannel": channel.rstrip("/")})


def read_statement(content: bytes) -> Statement:
    """Read a Statement about one file; other digests than its sha256 are passed over.

    Raises ValueError that says what is wrong with it.
    """
    fields = read_object(content)
    if fields.get("_type") != STATEMENT:
        raise ValueError(f"its _type is {_short(fields.get('_type'))}, not {STATEMENT}")
    kind, predicate = fields.get("predicateType"), fields.get("predicate")
    if not isinstance(kind, str) or not kind:
        raise ValueError("it has no predicateType")
    if predicate is not None and not isinstance(predicate, dict):
        raise ValueError("its predicate isn't an object")
    return Statement(subject=_subject(fields.get("subject")), predicate_type=kind, predicate=predicate)


def read_object(content: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises ValueError when it is none, or nested without end."""
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"it isn't JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("it isn't a JSON object")  # noqa: TRY004  (it is the file that is wrong)
    return value


def written(value: object) -> bytes:
    """Write JSON for people to read, the same bytes for the same value."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _subject(listed: object) -> Subject:
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        raise ValueError("it has to be about one file: subject is a list of one")
    name, digest = listed[0].get("name"), listed[0].get("digest")
    sha256 = digest.get("sha256") if isinstance(digest, dict) else None
    if not isinstance(name, str) or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ValueError("its subject has to have a name and a sha256")
    return Subject(name=name, sha256=sha256)


def _short(value: object) -> str:
    return repr(value)[:80]
