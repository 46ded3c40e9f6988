"""Which answers caches may keep: none of an error, none for others than who asked where not everybody may have it."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send


def privately(send: Send) -> Send:
    """Give what sends an answer so that only who asked for it may keep it."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            told = headers.get("Cache-Control", "").split(", ")
            kept = [one for one in told if one and one != "public"]
            headers["Cache-Control"] = ", ".join(["private", *kept])
        await send(message)

    return sent


def asked_again(send: Send) -> Send:
    """Give what sends an answer so that no cache keeps it without asking, unless the answer says otherwise."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", "no-cache")
        await send(message)

    return sent
