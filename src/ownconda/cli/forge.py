"""``ownconda forge``: set up and run a forge."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.channels.charters import DEFAULT_CHARTERS, Charter
from ownconda.cli import (
    forge_audit,
    forge_ca,
    forge_following,
    forge_keeping,
    forge_logs,
    forge_nginx,
    forge_revoke,
    forge_rules,
    forge_tokens,
)
from ownconda.cli.stopped_forge import bucket_of, database_of
from ownconda.settings.loading import load

EPILOG = """\b
Example:
  ownconda forge init /srv/forge
  ownconda forge serve /srv/forge --host 0.0.0.0"""

NEXT = """\
next:
  ownconda forge serve {folder}
  export OWNCONDA_FORGE_TOKEN=<the token>
  ownconda upload -c testing FILES"""


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("forge", epilog=EPILOG)
def command() -> None:
    """Set up and run a forge, the server that keeps channels and sources.

    All that it keeps is in one folder. What clients download lies below its folder `public` as plain files,
    which any other web server can serve as well.
    """


for _part in (
    forge_audit,
    forge_following,
    forge_keeping,
    forge_logs,
    forge_nginx,
    forge_revoke,
    forge_rules,
    forge_tokens,
):
    for _more in _part.COMMANDS:
        command.add_command(_more)
command.add_command(forge_ca.command)


@command.command(
    "init", short_help="Make a new forge, and its token.", epilog="Example: ownconda forge init /srv/forge"
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="NAME",
    help="A channel to create, instead of the default ones.",
)
@click.option("--new-token", metavar="NAME", help="Only make another token, for a forge that exists.")
def init(folder: Path, channels: tuple[str, ...], new_token: str | None) -> None:
    """Make a new forge in FOLDER and print the token that uploads need.

    The token is printed this one time; the forge keeps a hash of it. Without --channel, and where the settings name
    no channels, there are experimental, testing, staging, stable and archive.
    """
    if new_token is not None and channels:
        raise click.UsageError("--new-token is for a forge that exists already; --channel is for a new one.")
    from ownconda.journeys.forge_tokens import add_token  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.journeys.new_forge import make_forge  # noqa: PLC0415  (likewise)

    if new_token is None:
        charters = [Charter(name=name) for name in channels] or _charters(folder)
        chosen, database = charters or DEFAULT_CHARTERS, database_of(folder)
        token = make_forge(
            folder,
            token_name="init",  # noqa: S106  (a token's name)
            channels=chosen,
            database=database,
            bucket=bucket_of(folder),
        )
        click.echo(f"made a forge in {folder}", err=True)
    else:
        token, _ = add_token(folder, token_name=new_token, database=database_of(folder))
    click.echo("the token, printed this one time:", err=True)
    click.echo(token)
    if new_token is None:
        click.echo(NEXT.format(folder=folder), err=True)


@command.command("serve", short_help="Run a forge.", epilog="Example: ownconda forge serve /srv/forge --port 8765")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--largest-upload",
    type=click.IntRange(1),
    metavar="BYTES",
    help="The largest request that is taken, instead of 4 GiB.",
)
@click.option(
    "--keep-free",
    type=click.IntRange(0),
    metavar="BYTES",
    help="Take no upload when less of the disk stays free, instead of 5 % of it, at most 1 GiB.",
)
@click.option("--tls-certificate", type=_FILE, metavar="FILE", help="End TLS with this certificate (PEM, its chain).")
@click.option("--tls-key", type=_FILE, metavar="FILE", help="The private key of that certificate.")
@click.option("--client-certificates", is_flag=True, help="Let only clients connect that `forge ca` certified.")
def serve(
    folder: Path,
    host: str,
    port: int,
    largest_upload: int | None,
    keep_free: int | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
    client_certificates: bool,
) -> None:
    """Serve the forge in FOLDER until Ctrl-C or SIGTERM.

    A line is printed as soon as it answers. It speaks plain HTTP, unless it is given a certificate.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    options = ["--host", host, "--port", str(port)]
    if largest_upload is not None:
        options += ["--largest-upload", str(largest_upload)]
    if keep_free is not None:
        options += ["--keep-free", str(keep_free)]
    if tls_certificate is not None:
        options += ["--tls-certificate", str(tls_certificate)]
    if tls_key is not None:
        options += ["--tls-key", str(tls_key)]
    if client_certificates:
        options.append("--client-certificates")
    os.execv(sys.executable, [sys.executable, "-m", "ownconda.forge", str(folder), *options])  # noqa: S606  (ourselves)


def _charters(folder: Path) -> Sequence[Charter]:
    """Give the channels that the settings name, which hold in the forge's folder."""
    channels = load(folder.absolute(), os.environ).forge.channels
    return [Charter(name=name) for name in channels]
