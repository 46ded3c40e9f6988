"""Whom the settings name to be told of changes."""

from collections.abc import Sequence
from pathlib import Path

import requests

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.journeys.announcing import Target, by_mail, by_webhook
from ownconda.settings.announcements import AnnounceSettings
from ownconda.wires.mail import MailServer


def announcement_targets(
    settings: AnnounceSettings, web: requests.Session, *, since: str, ca_file: Path | None
) -> tuple[Target, ...]:
    """Give those who are told, by mail or in a chat. Raises WrongInputError for settings that lack a part."""
    mails: list[Target] = []
    if settings.recipients:
        _check_mail(settings)
        server = _server(settings, ca_file)
        mails = [by_mail(server, settings.sender, one, since=since) for one in dict.fromkeys(settings.recipients)]
    addresses = dict.fromkeys(str(settings.webhooks).split())
    return (*mails, *(by_webhook(web, one, since=since) for one in addresses))


def check_targets(targets: Sequence[Target]) -> None:
    """Raise WrongInputError when there is nobody to tell."""
    if not targets:
        raise WrongInputError(
            "there is nobody to tell", hint="set announce.recipients or announce.webhooks, or give --notice TEXT"
        )


def _server(settings: AnnounceSettings, ca_file: Path | None) -> MailServer:
    return MailServer(
        host=settings.host,
        port=settings.port,
        starttls=settings.starttls,
        user=settings.user,
        password=str(settings.password),
        ca_file=ca_file,
    )


def _check_mail(settings: AnnounceSettings) -> None:
    lacking = [name for name in ("host", "sender") if not getattr(settings, name)]
    if lacking:
        raise WrongInputError.of(
            Problem(what="is needed to send mail to announce.recipients", where=Where(file=f"announce.{name}"))
            for name in lacking
        )
