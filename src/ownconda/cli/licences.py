"""``ownconda licences``: what packages are under, with full texts, for people who have to answer for it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import click
import requests

from ownconda.cli import licence_reports, terminal
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.policy import policy
from ownconda.conda.prefixes import META
from ownconda.environments.installed import packages_in
from ownconda.errors import WrongInputError
from ownconda.exit_codes import DONE, NO
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.licence_subjects import (
    SCRIPT,
    at_address,
    fetched_installer,
    in_folder,
    in_forge,
    in_installer,
    in_lock_file,
)
from ownconda.journeys.licences import Links, Report, judge
from ownconda.journeys.reading_licences import Wanted, installed_ones, links_in, read_licences
from ownconda.settings.files import cache_folder
from ownconda.wires.http import session


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is to be looked at: its name, its packages, what its files are linked with, where that is known.

    ``besides`` says what isn't looked at.
    """

    name: str
    wanted: Sequence[Wanted]
    links: Links | None = None
    besides: str = ""


@click.command(
    "licences",
    epilog="""\b
Example:
  ownconda licences ./env
  ownconda licences stable --html > licences.html
  ownconda licences pixi.lock --texts third-party
  ownconda licences own-2026.11.20-linux-64.sh""",
)
@click.argument("subject", metavar="CHANNEL|PREFIX|FOLDER|LOCKFILE|INSTALLER")
@click.option("--markdown", "form", flag_value="markdown", help="Print the report as Markdown.")
@click.option("--html", "form", flag_value="html", help="Print it as one HTML file with all texts.")
@click.option("--json", "form", flag_value="json", help="Print it as JSON with all texts.")
@click.option("--texts", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write all texts there.")
@forge_option
def command(subject: str, form: str | None, texts: Path | None, forge_url: str | None) -> int:
    """Report the licences of packages: their SPDX expressions and full texts, what is missing, what the policy refuses.

    It tells too which packages reach one under copyleft, along which requirements, and in a prefix by linking. SUBJECT
    is an installed prefix, a folder of packages, a lock file (pixi's, rattler's, conda-lock's, an explicit list), an
    installer that constructor made (.sh, a file or an address; it isn't run), a channel's address, or the name of one
    on the forge. Of packages on the web only what tells of them is fetched, and kept. The exit code is 1 when a licence
    or a text is missing, when a package can't be read, or when the policy (policy.licences_allowed,
    policy.licences_denied) doesn't take one.
    """
    settings = terminal.settings()
    with (
        TemporaryDirectory(prefix="ownconda-") as scratch,
        forge_client(forge_url) as forge,
        session(ca_file=settings.ca_file) as plain,
    ):

        def web(url: str) -> requests.Session:
            return forge.web if url.startswith(f"{forge.url}/") else plain

        meant = _subject(subject, forge, web(subject), Path(scratch))
        cache = cache_folder(os.environ) / "licences"
        found = read_licences(meant.wanted, web, cache, terminal.progress())
    licences = policy(settings.policy).licences
    report = judge(meant.name, found.licences, licences, links=meant.links, unread=found.unread)
    if meant.besides:
        report = replace(report, limits=(*report.limits, meant.besides))
    _print(report, form)
    if texts is not None:
        count = licence_reports.write_texts(report, texts)
        click.echo(f"texts written to {visible(str(texts))}: {count}", err=True)
    _sum_up(report)
    return DONE if report.is_fine else NO


def _subject(given: str, forge: ForgeClient, web: requests.Session, scratch: Path) -> _Subject:
    if "://" in given:
        return _at_address(given, web, scratch)
    path = Path(given)
    if (path / META).is_dir():
        packages = packages_in(path)
        return _Subject(name=given, wanted=installed_ones(packages), links=links_in(path, packages))
    if path.is_dir():
        return _Subject(name=given, wanted=in_folder(path))
    if path.is_file() and path.name.endswith(SCRIPT):
        return _installer(given, path, scratch)
    if path.is_file():
        return _Subject(name=given, wanted=in_lock_file(path))
    if os.sep in given:
        raise WrongInputError(f"there is no such file or folder: {given}")
    return _Subject(name=given, wanted=in_forge(forge, given))


def _at_address(given: str, web: requests.Session, scratch: Path) -> _Subject:
    if urlsplit(given).path.endswith(SCRIPT):
        return _installer(given, fetched_installer(given, scratch, web), scratch)
    return _Subject(name=given, wanted=at_address(given.rstrip("/"), web))


def _installer(given: str, path: Path, scratch: Path) -> _Subject:
    folder = scratch / "packages"
    folder.mkdir()
    wanted, besides = in_installer(path, folder)
    return _Subject(name=given, wanted=wanted, besides=besides)


def _print(report: Report, form: str | None) -> None:
    if form == "json":
        terminal.print_json(licence_reports.fields(report))
    elif form == "markdown":
        click.echo(licence_reports.markdown(report), nl=False)
    elif form == "html":
        click.echo(licence_reports.html(report))
    else:
        terminal.print_table(("PACKAGE", "VERSION", "LICENCE", "COPYLEFT", "VERDICT"), licence_reports.rows(report))
        for line in licence_reports.copyleft_lines(report):
            click.echo(visible(line))


def _sum_up(report: Report) -> None:
    for problem in report.unread:
        click.echo(f"couldn't be read: {visible(str(problem))}", err=True)
    missing = sum(bool(one.missing) for one in report.packages)
    refused = sum(bool(one.refused) for one in report.packages)
    counted = f"packages: {len(report.packages)}, texts: {len(report.texts)}, incomplete: {missing}, refused: {refused}"
    click.echo(counted, err=True)
    for limit in report.limits:
        click.echo(f"note: {limit}", err=True)
