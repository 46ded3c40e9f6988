"""Answers that not everybody may have: no cache that several people share keeps them."""

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
