"""nginx's configuration for a forge: it hands out by itself what everybody may read, and asks the forge the rest."""

import re
from dataclasses import dataclass
from pathlib import Path

import jinja2

from ownconda.access.access import Access
from ownconda.access.actions import Action
from ownconda.access.callers import Caller
from ownconda.access.rules import Question
from ownconda.channels.folder import forge_folder
from ownconda.channels.ledger.ledger import open_ledger
from ownconda.channels.opening import checked_place
from ownconda.errors import WrongInputError

_NAME = re.compile(r"[A-Za-z0-9._*-]*")
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.*-]+)(?::\d{1,5})?|\d{1,5}|unix:/[A-Za-z0-9._/-]+")
_PLACE = re.compile(r"[^\"\\$;{}\s]([^\"\\$;{}\n\r]*[^\"\\$;{}\s])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What nginx is to know: where it listens, under which ``name``, with which certificate, and which ``forges`` run.

    ``channels`` are those that everybody may read, below the folder ``public``; the headers are those of
    `ownconda.access.proxies`, and ``authority`` the certificate that clients' ones are of.
    """

    public: Path
    channels: tuple[str, ...]
    forges: tuple[str, ...] = ("127.0.0.1:8765",)
    listen: str = "80"
    name: str = ""
    certificate: str = ""
    key: str = ""
    log: str = "/var/log/nginx/access.log"
    largest_upload: str = "4g"
    user_header: str = ""
    certificate_header: str = ""
    authority: str = ""


def public_channels(folder: Path, access: Access, database: str = "") -> tuple[str, ...]:
    """Give the channels of a forge that everybody may read, from everywhere.

    ``database`` is where its ledger is, if elsewhere. Raises WrongInputError without a forge.
    """
    ledger = open_ledger(checked_place(forge_folder(folder, database)).ledger_place)
    try:
        names = ledger.channels()
    finally:
        ledger.close()
    return tuple(name for name in names if access.decide(Caller(), Question(action=Action.READ, channel=name)).allowed)


def nginx_configuration(site: Site) -> str:
    """Write the configuration. Raises WrongInputError for what nginx would take for something else."""
    _check(site)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ownconda.journeys.web_servers", ""),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (no HTML; what goes in is checked)
    )
    environment.filters["pattern"] = re.escape
    return environment.get_template("nginx.conf.j2").render(site=site)


def _check(site: Site) -> None:
    places = (str(site.public), site.certificate, site.key, site.log, site.authority)
    wrong = [
        *(one for one in (site.listen, *site.forges) if not _ADDRESS.fullmatch(one)),
        *(one for one in places if one and not _PLACE.fullmatch(one)),
        *(one for one in (site.name,) if not _NAME.fullmatch(one)),
    ]
    if wrong:
        raise WrongInputError(f"{wrong[0]!r} can't stand in nginx's configuration", hint="use another name or place")
    if bool(site.certificate) != bool(site.key):
        raise WrongInputError("a certificate and its key belong together", hint="give --certificate and --key")
    if site.certificate_header and not site.authority:
        hint = "give --authority; `ownconda forge ca show` says where it is"
        raise WrongInputError("forge.certificate_header is set, and nginx knows no authority of clients", hint=hint)
