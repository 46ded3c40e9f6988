"""``ownconda prune-index``: old packages removed from a channel that is a plain folder."""

from pathlib import Path

import click

from ownconda.channels.prune_rules import PruneRules
from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.channel_prune import locked_paths, print_reasons, rule_options
from ownconda.cli.terminal import print_json
from ownconda.journeys.pruning_folders import plan, prune

EPILOG = """\b
Example:
  ownconda prune-index .ownconda/channel --versions 3 --builds 1 --dry-run
  ownconda prune-index /srv/channel --versions 3 --keep "python 3.11.*" --yes"""


@click.command("prune-index", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@rule_options
@click.option("--yes", is_flag=True, help="Don't ask before files are removed.")
@dry_run_option
@json_option
def command(
    folder: Path,
    versions: int | None,
    builds: int | None,
    days: int,
    keep: tuple[str, ...],
    locked: tuple[Path, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove old packages from the channel in FOLDER, and make its index anew.

    What stays can be installed as before: that is checked. The files are removed for good, after you were asked. A
    channel of a forge is pruned by `ownconda channel prune`, which loses nothing.
    """
    locks = frozenset(locked_paths(locked))
    rules = PruneRules(versions=versions, builds=builds, days=float(days), pinned=keep, locked=locks)
    contents, found = plan(folder, rules)
    if as_json:
        print_json({"going": dict(found.going), "staying": dict(found.staying)})
    else:
        print_reasons(found.going, found.staying)
    size = sum(contents[path].record.size for path in found.going)
    click.echo(f"{len(found.going)} of {len(contents)} packages go, {size:,} bytes", err=True)
    if dry_run or not found.going:
        return
    if not yes:
        click.confirm("Remove these files?", abort=True, err=True)
    prune(folder, contents, found)
