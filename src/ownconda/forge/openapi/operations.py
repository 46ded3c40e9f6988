"""Operations: what a route takes and answers, as values beside which the document and the checks of requests stand."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from ownconda.forge.openapi.schemas import JSON, Schema


class Tag(enum.StrEnum):
    """A group of operations, as the document shows them."""

    FILES = "files"
    UPLOADS = "uploads"
    CHANNELS = "channels"
    CHANGES = "changes"
    NEWS = "news"
    QUESTIONS = "questions"
    ACCESS = "access"
    DOCS = "docs"
    FOLLOWING = "following"
    FORGE = "forge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A parameter after the question mark; ``schema`` of an array: it may come several times."""

    name: str
    schema: Schema
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request brings; JSON that may be left out where no field is ``required``."""

    schema: Schema
    media_type: str = JSON
    required: bool = True

    @property
    def fields(self) -> frozenset[str] | None:
        """Give the fields that JSON may have, None where others are passed over."""
        closed = self.media_type == JSON and self.schema.get("additionalProperties") is False
        return frozenset(self.schema["properties"]) if closed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered when all went well; no ``media_types``: there is no body."""

    about: str
    schema: Schema | None = None
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one route.

    ``paths`` are the addresses that stand for the route in the document, where OpenAPI can't write the route's own.
    ``problems`` are statuses beyond those that follow from what the operation is. ``is_strict`` is false where clients
    that aren't ours may send parameters that nobody here knows.
    """

    method: str
    route: str
    tag: Tag
    summary: str
    answers: Mapping[int, Answer]
    about: str = ""
    paths: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    body: Body | None = None
    problems: tuple[int, ...] = ()
    is_strict: bool = True

    @property
    def query_names(self) -> frozenset[str] | None:
        """Give the parameters that may come after the question mark, None where others are passed over."""
        return frozenset(query.name for query in self.queries) if self.is_strict else None
