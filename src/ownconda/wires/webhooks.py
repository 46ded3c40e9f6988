"""Messages to a chat's webhook, as Mattermost and Slack take them. Its address is a secret and is never told."""

from urllib.parse import urlsplit

import requests

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.wires.http import reached

LONGEST = 15_000
"""Characters of a message: Mattermost takes 16,383, Slack more."""


def check_address(address: str) -> str:
    """Give back the address of a webhook. Raises WrongInputError."""
    if server(address) and address.isprintable():
        return address
    raise WrongInputError(
        "one of announce.webhooks isn't the address of a webhook",
        hint="they are https:// addresses, with spaces between",
    )


def server(address: str) -> str:
    """Give of a webhook's address what may be told: scheme and host; nothing where there is none."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.scheme in {"http", "https"} and parts.hostname else ""


def post(session: requests.Session, address: str, text: str) -> None:
    """Post a message in Markdown. Raises OutsideError when it isn't taken."""
    shown = server(address)
    with reached(shown):
        answer = session.post(address, json={"text": text}, allow_redirects=False)
    if not answer.ok or answer.is_redirect:
        raise OutsideError(
            f"the webhook answers {answer.status_code} {answer.reason or ''}".rstrip(),
            where=Where(file=shown),
            hint="check its address in announce.webhooks, or try again later",
        )
