"""A forge's history, asked for by another forge, and the bytes that belong to it."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ownconda.errors import OutsideError, Where
from ownconda.forge_client.client import ForgeClient
from ownconda.wires.fetching import arriving


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What came after a snapshot, as JSON, and by what the same answer is known; ``told`` is None when nothing did."""

    tag: str
    told: dict[str, Any] | None


def history(  # noqa: PLR0913  (each says what is wanted)
    forge: ForgeClient,
    since: int,
    channels: Sequence[str] = (),
    *,
    whole: bool = False,
    docs: str = "none",
    beside: int = 0,
    told: int = 0,
    tag: str = "",
) -> Stretch:
    """Ask for what came after a snapshot in some channels (none named: all); nothing when it is as the tag says.

    ``docs`` is whether documentation is wanted: none, the new, all. Changes ``beside`` packages up to a number, and
    what was ``told`` until a time, in milliseconds since 1970, needn't be told again.
    """
    params = {"since": str(since), "channel": list(channels), "docs": docs, "beside": str(beside), "told": str(told)}
    params |= {"whole": "true" if whole else "false"}
    with forge.answer("api/v1/history", params=params, headers={"If-None-Match": tag} if tag else {}) as answer:
        if not answer.content:
            return Stretch(tag=tag, told=None)
        return Stretch(tag=answer.headers.get("ETag", ""), told=answer.json())


def content(forge: ForgeClient, sha256: str) -> Iterator[bytes]:
    """Give the bytes of this sha256 in pieces. Raises OutsideError, at the end, when they are others."""
    return _checked(forge, f"api/v1/history/bytes/{sha256}", sha256)


def file_content(forge: ForgeClient, place: str, sha256: str) -> Iterator[bytes]:
    """Give the bytes of a channel's file in pieces; its place begins with the channel. Raises likewise."""
    return _checked(forge, f"conda/{quote(place)}", sha256)


def _checked(forge: ForgeClient, path: str, sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    with forge.answer(path, stream=True) as answer:
        for chunk in arriving(answer, answer.url):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != sha256:
            hint = "run the same command again"
            raise OutsideError("isn't what it was a moment ago", where=Where(file=answer.url), hint=hint)


def take_over(forge: ForgeClient) -> str | None:
    """Let a forge lead; tell whom it followed: an address, empty for media, None for nobody."""
    followed = forge.ask("POST", "take-over", json={})["followed"]
    return None if followed is None else str(followed)


def bring_bytes(forge: ForgeClient, sha256: str, chunks: Iterator[bytes]) -> None:
    """Give a forge bytes that media hold."""
    forge.ask("PUT", f"media/{sha256}", data=chunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a forge still wants of media, by sha256 with its size, or what it took: then ``done`` is there."""

    wanted: Mapping[str, int]
    done: Mapping[str, Any] | None


def take_media(forge: ForgeClient, manifest: bytes, signature: bytes) -> Taken:
    """Let a forge take what media carry, as far as it has their bytes."""
    body = {"manifest": b64encode(manifest).decode(), "signature": b64encode(signature).decode()}
    told = forge.ask("POST", "media", json=body)
    return Taken(wanted=told["wanted"], done=told["done"])
