"""``ownconda forge ca``: the forge's own authority, which certifies machines and people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.stopped_forge import database_of
from ownconda.cli.terminal import print_json, print_table

EPILOG = """\b
Example:
  ownconda forge ca init --folder /srv/forge
  ownconda forge ca enrol build-7 --folder /srv/forge
  ownconda forge ca revoke build-7 --folder /srv/forge"""

_folder_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The forge's folder, instead of the current one.",
)
_days_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long the certificate holds."
)
_output_type = click.Path(path_type=Path, dir_okay=False)


@click.group("ca", short_help="Certify machines and people.", epilog=EPILOG)
def command() -> None:
    """Certify machines and people: who holds a certificate for NAME is `certificate:NAME` in the rules.

    The authority is in the forge's folder, below `authority`; the forge may be running.
    """


@command.command("init", epilog="Example: ownconda forge ca init --folder /srv/forge")
@_folder_option
def init(folder: Path) -> None:
    """Make the authority of a forge, and print the file by which web servers check its certificates."""
    from ownconda.journeys.certificates import begin_authority  # noqa: PLC0415  (so that `--help` stays quick)

    click.echo(begin_authority(folder))


@command.command("enrol", epilog="Example: ownconda forge ca enrol build-7 --days 90")
@click.argument("name")
@_folder_option
@_days_option
@click.option("-o", "output", type=_output_type, metavar="FILE", help="The certificate, instead of NAME.pem.")
@click.option("--csr", type=click.Path(path_type=Path), metavar="FILE", help="A signing request, instead of a new key.")
def enrol(name: str, folder: Path, days: int, output: Path | None, csr: Path | None) -> None:
    """Certify somebody new.

    A key is made here, and written beside the certificate as NAME.key, readable for you alone. With --csr the key
    stays where it is; what the request says of names is passed over. No file is overwritten.
    """
    from ownconda.journeys.certificates import enrol_request, enrol_with_new_key  # noqa: PLC0415  (likewise)

    certificate = output or Path(f"{name.replace('/', '-')}.pem")
    if csr is not None:
        enrol_request(folder, name, csr, days=days, certificate=certificate)
        click.echo(certificate)
        return
    key = certificate.with_suffix(".key")
    enrol_with_new_key(folder, name, days=days, certificate=certificate, key=key)
    click.echo(f"{certificate}\n{key}")


@command.command("list", epilog="Example: ownconda forge ca list --json")
@_folder_option
@json_option
def show(folder: Path, as_json: bool) -> None:
    """List all certificates that were issued."""
    from ownconda.journeys.certificates import enrolled  # noqa: PLC0415  (likewise)

    found = enrolled(folder)
    if as_json:
        fields = [(one.name, state, one.ends.isoformat(), f"{one.certificate.serial_number:x}") for one, state in found]
        keys = ("name", "state", "expires", "serial")
        print_json({"certificates": [dict(zip(keys, one, strict=True)) for one in fields]})
        return
    print_table(("name", "state", "expires"), [(one.name, state, f"{one.ends:%Y-%m-%d}") for one, state in found])


@command.command("renew", epilog="Example: ownconda forge ca renew build-7 > build-7.pem")
@click.argument("name")
@_folder_option
@_days_option
def renew(name: str, folder: Path, days: int) -> None:
    """Print a new certificate for the key that NAME has; the old one holds until it expires."""
    from ownconda.journeys.certificates import renewed  # noqa: PLC0415  (likewise)

    click.echo(renewed(folder, name, days=days).decode(), nl=False)


@command.command("revoke", epilog="Example: ownconda forge ca revoke build-7")
@click.argument("name")
@_folder_option
def revoke(name: str, folder: Path) -> None:
    """Revoke all certificates of NAME, and the tokens that they were exchanged for.

    The forge knows at once. Web servers that check certificates themselves have to read `authority/revoked.pem` again.
    """
    from ownconda.journeys.certificates import revoke_with_tokens  # noqa: PLC0415  (likewise)

    certificates, tokens = revoke_with_tokens(folder, name, database=database_of(folder))
    click.echo(f"revoked: {certificates} certificates, {tokens} tokens", err=True)
