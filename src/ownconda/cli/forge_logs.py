"""``ownconda forge count-downloads``: what a web server's logs tell of downloads."""

from pathlib import Path

import click

from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible


@click.command(
    "count-downloads",
    short_help="Count the downloads in a web server's logs.",
    epilog="""\b
Example:
  ownconda forge count-downloads /var/log/nginx/access.log*""",
)
@click.argument(
    "logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@forge_option
def count(logs: tuple[Path, ...], forge_url: str | None) -> None:
    """Tell the forge what LOGs say of downloads, where a web server or a CDN hands its files out.

    Logs are in the combined format of nginx and Apache, gzip'd or not. A log may be given again: when it has grown,
    only what is new is counted, also when it has another name by now. The forge itself has to count nothing then:
    setting forge.count_downloads.
    """
    from ownconda.journeys.counting_logs import count_downloads  # noqa: PLC0415  (so that `--help` stays quick)

    with forge_client(forge_url) as forge:
        for log in logs:
            found = count_downloads(forge, log)
            click.echo(f"{visible(str(log))}: {found} download{'' if found == 1 else 's'} more", err=True)


COMMANDS = (count,)
