"""``ownconda login``: a token for this forge, by logging in where the forge believes it, or for a certificate."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownconda.access.moments import written_moment
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.renewed_tokens import keeping_here
from ownconda.cli.terminal import settings
from ownconda.errors import WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.device_login import Prompt, logged_in
from ownconda.wires.http import session

if TYPE_CHECKING:
    from ownconda.forge_client.logins import Login
    from ownconda.journeys.renewing import Keeping

EPILOG = """\b
Example:
  ownconda login --forge https://conda.example.org
  ownconda login --certificate build-7.pem --key build-7.key --keep"""


@click.command("login", epilog=EPILOG)
@forge_option
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show this certificate of the forge's authority, in PEM, instead.",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its private key, instead of the .key beside it.",
)
@click.option("--keep", is_flag=True, help="Write a systemd user timer, too, that renews tokens each hour.")
@click.option("--renew", is_flag=True, help="Log in nowhere: renew the tokens that near their end, as a timer does.")
def command(forge_url: str | None, certificate: Path | None, key: Path | None, keep: bool, renew: bool) -> None:
    """Log in to a forge, with a browser on this or any other device, or with a certificate.

    The forge says where: an OpenID Connect issuer such as a GitLab. You get a token for half a day, which stands
    for you and your groups. It is kept where pixi, rattler-build and other programs of rattler look for it, too:
    ~/.rattler/credentials.json, or the file that RATTLER_AUTH_FILE names; and where conda does: ~/.config/binstar, or
    $BINSTAR_CONFIG_DIR/data.

    A certificate is exchanged for a token that lasts some hours. Its key stays here: what is sent is a proof that you
    hold it.

    Each command of ownconda that needs the token renews it when a third of its time is left: with the certificate, or
    with what the issuer gave for that, if it did. Where only conda or pixi run, let a timer do it: --keep, or
    `ownconda login --renew` in a crontab.
    """
    if key and not certificate:
        raise click.UsageError("--key is the key of a --certificate.")
    if renew:
        if certificate or keep or forge_url:
            raise click.UsageError("--renew goes alone: it is about all forges that you logged in to.")
        _renew_all()
        return
    where = keeping_here(settings())
    with forge_client(forge_url, anonymous=True) as forge:
        if certificate:
            login = _show_certificate(where, forge, certificate, key or certificate.with_suffix(".key"))
        else:
            login = _log_in(where, forge)
    if not login.renews:
        click.echo(f"it ends at {written_moment(login.expires)}: the issuer gives nothing to renew it with", err=True)
    elif keep:
        _write_timer()


def _renew_all() -> None:
    """Renew what is to be; the exit code is that of the first that couldn't be, after all were tried."""
    from ownconda.journeys.renewing import milliseconds, renew_all  # noqa: PLC0415  (so that `--help` stays quick)

    done, failed = renew_all(keeping_here(settings()), now=milliseconds())
    for url in done:
        click.echo(f"renewed: {visible(url)}", err=True)
    if failed:
        raise type(failed[0]).of([problem for error in failed for problem in error.problems])


def _show_certificate(where: "Keeping", forge: ForgeClient, certificate: Path, key: Path) -> "Login":
    from ownconda.journeys.renewing import log_in_with_certificate  # noqa: PLC0415  (likewise)

    with where.alone():
        name, login = log_in_with_certificate(where, forge, certificate, key)
    until = written_moment(login.expires)
    click.echo(f"{visible(name)}: a token until {until}, in {where.credentials}", err=True)
    return login


def _log_in(where: "Keeping", forge: ForgeClient) -> "Login":
    from ownconda.journeys.renewing import log_in_with_sign_in  # noqa: PLC0415  (likewise)

    issuer = _issuer(forge)
    with session(ca_file=settings().ca_file) as web:
        signed = logged_in(issuer["url"], issuer["client_id"], web=web, ask=_ask, wait=time.sleep)
    with where.alone():
        name, login = log_in_with_sign_in(where, forge, issuer, signed)
    click.echo(f"logged in as {visible(name)}; {where.credentials} has the token", err=True)
    return login


def _write_timer() -> None:
    from ownconda.journeys.renewal_timer import NAME, write_timer  # noqa: PLC0415  (likewise)

    program = shutil.which("ownconda", path=str(Path(sys.executable).parent)) or shutil.which("ownconda")
    if program is None:
        raise WrongInputError("the program ownconda isn't found", hint="let cron call: ownconda login --renew")
    folder = write_timer(os.environ, Path(program))
    click.echo(f"written: {folder}/{NAME}.timer; start it: systemctl --user enable --now {NAME}.timer", err=True)


def _issuer(forge: ForgeClient) -> dict[str, Any]:
    issuers: list[dict[str, Any]] = forge.ask("GET", "login")["issuers"]
    if not issuers:
        hint = 'its operator sets access.issuers with kind = "people"; until then ask for a token'
        raise WrongInputError(f"nobody can log in to {forge.url}", hint=hint)
    return issuers[0]


def _ask(prompt: Prompt) -> None:
    click.echo(f"open {visible(prompt.complete or prompt.address)} and enter the code {visible(prompt.code)}", err=True)
