"""``ownconda channel prune`` and ``unprune``: old packages listed no longer, and listed again."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ownconda.cli.channel_changes import How, act_options, carry_out, dry_run_option, json_option, reason_option, sum_up
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json
from ownconda.errors import Where, WrongInputError

_IN_LOCK_FILE = re.compile(r"/([a-z0-9-]+)/([^/\s\"'#]+\.(?:conda|tar\.bz2))")


def rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say what is kept."""
    for option in (
        click.option(
            "--locked",
            multiple=True,
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Keep what this lock file names; may be repeated.",
        ),
        click.option("--keep", multiple=True, metavar="SPEC", help="Keep what this match spec means; may be repeated."),
        click.option("--days", type=click.IntRange(0), default=0, help="Spare what is listed for fewer days."),
        click.option("--builds", type=click.IntRange(1), help="Keep this many builds of each version and variant."),
        click.option("--versions", type=click.IntRange(1), help="Keep this many versions of each name."),
    ):
        command = option(command)
    return command


@click.command(
    "prune",
    short_help="List old packages no longer.",
    epilog="""\b
Example:
  ownconda channel prune testing --versions 3 --builds 1 --dry-run
  ownconda channel prune testing --versions 3 --days 90 --keep "python 3.11.*" --locked conda.lock
  ownconda channel prune testing --versions 1 --unused-days 180 --fewer-than 5""",
)
@click.argument("channel")
@rule_options
@click.option(
    "--unused-days",
    type=click.IntRange(1),
    metavar="DAYS",
    help="Let only go what wasn't downloaded on so many days.",
)
@click.option(
    "--fewer-than",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="COUNT",
    help="With --unused-days: or was downloaded fewer times than this.",
)
@dry_run_option
@reason_option
@forge_option
@json_option
def prune(
    channel: str,
    versions: int | None,
    builds: int | None,
    days: int,
    unused_days: int | None,
    fewer_than: int,
    keep: tuple[str, ...],
    locked: tuple[Path, ...],
    dry_run: bool,
    reason: str,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Let CHANNEL list its old packages no longer. What stays can be installed as before: that is checked.

    --versions and --builds choose what is old, --unused-days what nobody downloads from CHANNEL; with both, both
    have to choose it. Downloads are only believed when they were counted for as long.

    Nothing is lost: `channel unprune` and `channel rollback` bring them back, until `forge gc` removes the files of
    snapshots that have expired.
    """
    rules = {"versions": versions, "builds": builds, "days": days, "pinned": list(keep), "locked": locked_paths(locked)}
    rules |= {"unused_days": unused_days, "fewer_than": fewer_than}
    with forge_client(forge_url) as forge:
        told = forge.prune(channel, **rules, reason=reason, dry_run=dry_run)
    if as_json:
        print_json(asdict(told))
        return
    print_reasons(told.going, told.staying)
    sum_up(told.change, channel, dry_run=dry_run)


@click.command(
    "unprune",
    short_help="List pruned packages again.",
    epilog='Example: ownconda channel unprune testing "numpy 1.*"',
)
@click.argument("channel")
@click.argument("specs", nargs=-1)
@act_options
def unprune(channel: str, specs: tuple[str, ...], how: How) -> None:
    """Let CHANNEL list again what was pruned from it: all of it, or what SPECS choose."""
    carry_out(channel, "unprune", how, specs=list(specs))


def locked_paths(files: Iterable[Path]) -> list[str]:
    """Give the packages that lock files name in addresses, as ``<subdir>/<file name>``: explicit ones, pixi's, ours."""
    return sorted({f"{subdir}/{name}" for file in files for subdir, name in _IN_LOCK_FILE.findall(_text(file))})


def print_reasons(going: Mapping[str, str], staying: Mapping[str, str]) -> None:
    """Print what goes, and what stays although it is old, each with the reason."""
    for sign, reasons in (("-", going), (" ", staying)):
        for path, why in sorted(reasons.items()):
            click.echo(f"{sign} {visible(path)}  ({'' if sign == '-' else 'stays: '}{visible(why)})")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"can't be read as a lock file: {error}", where=Where(file=file)) from error


COMMANDS: Sequence[click.Command] = (prune, unprune)
