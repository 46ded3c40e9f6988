"""``ownconda forge nginx``: the configuration of a web server before the forge."""

import os
from dataclasses import asdict
from pathlib import Path

import click

from ownconda.exit_codes import DONE, NO
from ownconda.settings.loading import load


@click.command(
    "nginx",
    short_help="Write the configuration of nginx before the forge.",
    epilog="""\b
Example:
  ownconda forge nginx /srv/forge --name conda.example.org \\
      --certificate /etc/ssl/conda.pem --key /etc/ssl/conda.key > /etc/nginx/conf.d/forge.conf
  ownconda forge nginx /srv/forge --check /etc/nginx/conf.d/forge.conf""",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="", help="The name that clients use (default: any).")
@click.option("--listen", default="", metavar="PORT", help="Where nginx listens (default: 443, or 80 without TLS).")
@click.option("--certificate", default="", metavar="FILE", help="The server's certificate (PEM, its chain).")
@click.option("--key", default="", metavar="FILE", help="Its private key.")
@click.option(
    "--to",
    "forges",
    multiple=True,
    default=("127.0.0.1:8765",),
    show_default=True,
    metavar="HOST:PORT",
    help="Where the forge listens; may be repeated, where several do.",
)
@click.option(
    "--log", default="/var/log/nginx/access.log", show_default=True, metavar="FILE", help="The log of requests."
)
@click.option("--largest-upload", default="4g", show_default=True, help="As nginx writes sizes.")
@click.option("--authority", default="", metavar="FILE", help="The authority of clients' certificates.")
@click.option(
    "--check", type=click.Path(path_type=Path, dir_okay=False), help="Only tell whether this file is what it should be."
)
def nginx(
    folder: Path,
    name: str,
    listen: str,
    certificate: str,
    key: str,
    forges: tuple[str, ...],
    log: str,
    largest_upload: str,
    authority: str,
    check: Path | None,
) -> int:
    """Print nginx's configuration for the forge in FOLDER, to be included on the level of `http`.

    nginx hands out the channels that everybody may read by itself, also while the forge is restarted, and asks the
    forge all else. It doesn't know the rules: write it anew when they change, or a channel comes; --check (with the
    same options) ends with 1 when that is due.
    """
    from ownconda.access.rule_settings import read_access  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.journeys.web_servers.nginx import Site, nginx_configuration, public_channels  # noqa: PLC0415

    folder = folder.absolute()
    said = load(folder, os.environ)
    access = read_access({one: asdict(rule) for one, rule in said.access.rules.items()}, said.access.names)
    text = nginx_configuration(
        Site(
            public=folder / "public",
            channels=public_channels(folder, access, str(said.forge.database)),
            forges=forges,
            listen=listen or ("443" if certificate else "80"),
            name=name,
            certificate=certificate,
            key=key,
            log=log,
            largest_upload=largest_upload,
            user_header=said.forge.user_header,
            certificate_header=said.forge.certificate_header,
            authority=authority,
        )
    )
    if check is None:
        click.echo(text, nl=False)
        return DONE
    if check.is_file() and check.read_text() == text:
        return DONE
    click.echo(f"{check} isn't what the forge is now; write it anew, and reload nginx", err=True)
    return NO


COMMANDS = (nginx,)
