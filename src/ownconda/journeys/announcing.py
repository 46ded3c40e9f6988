"""A changelog announced: by mail, in chats, as a notice of the channel; nobody is told the same twice.

What was told to whom stands in the forge's ledger (as checksums: addresses of webhooks are secrets), so that it
doesn't matter which machine runs the command again. It is noted after it was sent: a kill right in between lets one
message be sent twice rather than never.
"""

import enum
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import requests

from ownconda.errors import OwncondaError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.news import Changelog, announced, note_announced, post_notice
from ownconda.journeys.changelogs import as_html, as_markdown, as_text, shortened, title
from ownconda.wires import mail, webhooks


class Outcome(enum.StrEnum):
    """What became of one message."""

    SENT = "sent"
    BEFORE = "sent before"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One who is told: ``name`` for people, ``key`` for the ledger, and the way to tell them."""

    name: str
    key: str
    send: Callable[[Changelog], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of the message to one target."""

    target: str
    outcome: Outcome
    error: OwncondaError | None = None


def announce(forge: ForgeClient, log: Changelog, targets: Sequence[Target], *, again: bool) -> Iterator[Delivery]:
    """Tell all targets, but those that were told before unless it is to be ``again``.

    Raises what keeps the forge from noting it, before anything is sent.
    """
    note_announced(forge, log, ())
    known = announced(forge, log)
    for target in targets:
        if target.key in known and not again:
            yield Delivery(target=target.name, outcome=Outcome.BEFORE)
        else:
            yield _told(forge, log, target)


def by_mail(server: mail.MailServer, sender: str, recipient: str, *, since: str) -> Target:
    """Tell somebody by mail."""

    def send(log: Changelog) -> None:
        message = mail.letter(
            sender=sender,
            recipient=recipient,
            subject=title(log),
            text=as_text(log, since=since),
            page=as_html(log, since=since),
        )
        mail.send(server, message)

    return Target(name=f"mail to {recipient}", key=_key("mail", recipient), send=send)


def by_webhook(session: requests.Session, address: str, *, since: str) -> Target:
    """Tell a chat."""

    def send(log: Changelog) -> None:
        webhooks.post(session, address, shortened(as_markdown(log, since=since), longest=webhooks.LONGEST))

    name = f"webhook at {webhooks.server(webhooks.check_address(address))}"
    return Target(name=name, key=_key("webhook", address), send=send)


def by_notice(forge: ForgeClient, text: str, *, level: str, expires: str) -> Target:
    """Tell all who use the channel, by its notices."""

    def send(log: Changelog) -> None:
        post_notice(forge, log.channel, text, level=level, expires=expires)

    return Target(name="notice of the channel", key=_key("notice", text), send=send)


def _told(forge: ForgeClient, log: Changelog, target: Target) -> Delivery:
    try:
        target.send(log)
    except OwncondaError as error:
        return Delivery(target=target.name, outcome=Outcome.FAILED, error=error)
    note_announced(forge, log, (target.key,))
    return Delivery(target=target.name, outcome=Outcome.SENT)


def _key(kind: str, address: str) -> str:
    return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()}"
