"""``ownconda forge gc``, ``usage`` and ``fsck``: what is kept on a forge's disk, and whether it is sound."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.stopped_forge import charters_of, stopped_forge
from ownconda.cli.terminal import print_json, print_table
from ownconda.exit_codes import DONE, NO

if TYPE_CHECKING:
    from ownconda.channels.faults import Finding

_folder_argument = click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
_SHOWN = 20

_PARTS = {
    "files": "files that no kept snapshot needs",
    "orphans": "files that nobody knows of",
    "shards": "index files that no index refers to",
    "views": "index files of expired snapshots",
}


@click.command(
    "gc",
    short_help="Let snapshots expire; remove what nobody needs.",
    epilog="""\b
Example:
  ownconda forge gc --dry-run
  ownconda forge gc
  ownconda forge gc /srv/forge        # one that is stopped""",
)
@_folder_argument
@dry_run_option
@forge_option
@json_option
def collect(folder: Path | None, dry_run: bool, forge_url: str | None, as_json: bool) -> None:
    """Let snapshots expire as the settings of their channels say, then remove the files that nobody needs any more.

    A file stays as long as a snapshot that is kept lists it, in any channel, or an archive does. The running forge
    does it, while it serves; with FOLDER, it is done to a forge that is stopped.
    """
    if folder is None:
        with forge_client(forge_url) as forge:
            told = forge.collect(dry_run=dry_run)
    else:
        told = {"dry_run": dry_run} | _collected(folder, dry_run=dry_run)
    if as_json:
        print_json(told)
        return
    _print_collected(told)


def _collected(folder: Path, *, dry_run: bool) -> dict[str, object]:
    from ownconda.channels.collecting import collect, plan_collection  # noqa: PLC0415  (so that `--help` stays quick)

    with stopped_forge(folder) as channels:
        return (plan_collection if dry_run else collect)(channels).fields()


def _print_collected(told: Mapping[str, Any]) -> None:
    for channel, snapshots in told["expired"].items():
        click.echo(f"{channel}: {len(snapshots)} snapshots expire, up to {max(snapshots)}")
    for part, what in _PARTS.items():
        if told[part]["count"]:
            click.echo(f"{readable(told[part]['size']):>9}  {told[part]['count']} {what}")
    verb = "would be" if told["dry_run"] else "are"
    click.echo(f"{readable(told['size'])} {verb} freed", err=True)


@click.command(
    "usage",
    short_help="Tell what uses the disk.",
    epilog="Example: ownconda forge usage --json",
)
@_folder_argument
@forge_option
@json_option
def usage(folder: Path | None, forge_url: str | None, as_json: bool) -> None:
    """Tell what uses the forge's disk by channel, package and snapshot, and what `ownconda forge gc` would free.

    Each file lies on the disk once, however many channels list it. PAST is what no channel lists today, and only
    older snapshots still hold. With FOLDER, a forge that is stopped is looked at.
    """
    if folder is None:
        with forge_client(forge_url) as forge:
            told = forge.usage()
    else:
        told = _usage(folder)
    if as_json:
        print_json(told)
        return
    _print_used("CHANNEL", told["channels"])
    click.echo()
    _print_used("PACKAGE", told["packages"][:_SHOWN])
    click.echo()
    largest = sorted(told["snapshots"], key=lambda one: -one["size"])[:_SHOWN]
    print_table(
        ("SNAPSHOT", "CHANNEL", "FILES", "FREED WHEN IT EXPIRES"),
        [(str(one["snapshot"]), one["channel"], str(one["files"]), readable(one["size"])) for one in largest],
    )
    click.echo()
    print_table(
        ("GC", "FILES", "WOULD FREE"),
        [(one["rule"], str(one["files"]), readable(one["size"])) for one in told["rules"]],
    )


def _usage(folder: Path) -> dict[str, Any]:
    from ownconda.channels.usage import usage_of  # noqa: PLC0415  (so that `--help` stays quick)

    with stopped_forge(folder) as channels:
        return usage_of(channels).fields()


def _print_used(heading: str, rows: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        (heading, "FILES", "SIZE", "PAST"),
        [(one["name"], str(one["files"]), readable(one["size"]), readable(one["past"])) for one in rows],
    )


@click.command(
    "fsck",
    short_help="Check all files of a stopped forge; mend them.",
    epilog="""\b
Example:
  ownconda forge fsck /srv/forge
  ownconda forge fsck /srv/forge --mend""",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--mend", is_flag=True, help="Put right what can be.")
@json_option
def fsck(folder: Path, mend: bool, as_json: bool) -> int:
    """Read every file of the forge in FOLDER and tell what is missing, changed, orphaned or not as the ledger says.

    With --mend, what can be is put right: links and index files are made again, and the ledger too, from the packages,
    when it is lost. Nothing is deleted: what is in the wrong place is moved to the folder lost+found. The exit code
    is 1 when something is wrong that wasn't mended.
    """
    from ownconda.channels.checking import check  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.channels.folder import ForgeFolder  # noqa: PLC0415  (likewise)

    findings = check(ForgeFolder(root=folder.absolute()), charters_of(folder), mend=mend)
    if as_json:
        print_json([asdict(one) for one in findings])
    else:
        _print_findings(findings)
    return DONE if all(one.mended for one in findings) else NO


def _print_findings(findings: "Sequence[Finding]") -> None:
    for one in findings:
        click.echo(f"{'mended: ' if one.mended else ''}{visible(one.place)}: {one.fault}: {visible(one.what)}")
    for hint in dict.fromkeys(one.hint for one in findings if one.hint and not one.mended):
        click.echo(f"hint: {hint}", err=True)
    mended = sum(one.mended for one in findings)
    click.echo(f"{len(findings)} wrong, {mended} mended" if findings else "all is well", err=True)


def readable(size: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:  # noqa: PLR2004  (what the units are)
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


COMMANDS = (collect, usage, fsck)
