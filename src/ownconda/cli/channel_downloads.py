"""``ownconda channel downloads``: how often packages are downloaded."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.downloads import CountedInfo, downloads

SECONDS_A_DAY = 86_400


@click.command(
    "downloads",
    short_help="Tell how often packages are downloaded.",
    epilog="""\b
Example:
  ownconda channel downloads stable
  ownconda channel downloads stable "numpy 1.*" --days 365 --json""",
)
@click.argument("channel")
@click.argument("specs", nargs=-1)
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 100_000), help="How many days.")
@forge_option
@json_option
def tell(channel: str, specs: tuple[str, ...], days: int, forge_url: str | None, as_json: bool) -> None:
    """Tell how often what SPECS choose in CHANNEL was downloaded from it in the last days, most often first.

    What begins is counted, also when it was broken off; questions and what goes on with a download aren't. Days are
    those of UTC.
    """
    with forge_client(forge_url) as forge:
        found = downloads(forge, channel, specs, days=days)
    if as_json:
        print_json(_as_json(found))
        return
    ordered = sorted(found.files, key=lambda one: (-one.total, one.path))
    rows = [(one.path, str(one.total), _date(max(one.days)) if one.days else "-") for one in ordered]
    print_table(("FILE", "DOWNLOADS", "LAST"), rows)
    click.echo(f"counted on {len(found.counted)} of {days} days", err=True)


def _as_json(found: CountedInfo) -> dict[str, object]:
    return {
        "since": _date(found.since),
        "counted": [_date(day) for day in found.counted],
        "files": [
            asdict(one) | {"days": {_date(day): one.days[day] for day in sorted(one.days)}} for one in found.files
        ],
    }


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * SECONDS_A_DAY, UTC).date().isoformat()


COMMANDS: Sequence[click.Command] = (tell,)
