"""``ownconda forge gc``, ``usage``, ``fsck``, ``backup``, ``restore``: what a forge keeps, and how safely."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.stopped_forge import (
    charters_of,
    folder_of,
    journal_of,
    moved_folder,
    sources_kept_in,
    stopped_forge,
)
from ownconda.cli.terminal import print_json, print_table
from ownconda.exit_codes import DONE, NO

if TYPE_CHECKING:
    from ownconda.channels.upkeep.faults import Finding

_folder_argument = click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
_SHOWN = 20
_ASK = ", or leave the folder out to ask the running forge (--forge URL)"

_PARTS = {
    "files": "files that no kept snapshot needs",
    "orphans": "files that nobody knows of",
    "shards": "index files that no index refers to",
    "views": "index files of expired snapshots",
    "sources": "sources that no kept package was made from",
    "cached": "packages of caches, unused for long or too many",
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

    A file stays as long as a snapshot that is kept lists it, in any channel, or an archive does. A source stays as long
    as a package that was made from it; others as the setting forge.sources_kept says, for ever by default. The running
    forge does it, while it serves, and lets go what its caches keep too long or too much; with FOLDER, it is done to a
    forge that is stopped, caches left as they are.
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
    from ownconda.channels.upkeep.collecting import collect, plan_collection  # noqa: PLC0415  (so that `--help` stays quick)

    with stopped_forge(folder, instead=_ASK) as channels:
        return (plan_collection if dry_run else collect)(channels, sources_kept=sources_kept_in(folder)).fields()


def _print_collected(told: Mapping[str, Any]) -> None:
    for channel, snapshots in told["expired"].items():
        many = f"{len(snapshots)} snapshots expire, up to {max(snapshots)}"
        click.echo(f"{channel}: {many if len(snapshots) > 1 else f'snapshot {snapshots[0]} expires'}")
    for part, what in _PARTS.items():
        if told.get(part, {}).get("count"):
            click.echo(f"{readable(told[part]['size']):>9}  {told[part]['count']} {what}")
    if told["dry_run"]:
        _print_sources(told["sources"])
    verb = "would be" if told["dry_run"] else "are"
    click.echo(f"{readable(told['size'])} {verb} freed", err=True)


def _print_sources(told: Mapping[str, Any]) -> None:
    for name in told["going"]:
        click.echo(f"source goes: {visible(name)}")
    for reason in told["staying"]:
        click.echo(f"sources stay: {visible(reason)}")


@click.command(
    "usage",
    short_help="Tell what uses the disk.",
    epilog="Example: ownconda forge usage --json",
)
@_folder_argument
@forge_option
@json_option
def usage(folder: Path | None, forge_url: str | None, as_json: bool) -> None:
    """Tell what uses the forge's disk, and what `ownconda forge gc` would free.

    It is told by channel, package, project with documentation, and snapshot. Each file lies on the disk once, however
    many channels list it. PAST is what no channel lists today, and only older snapshots still hold. With FOLDER, a
    forge that is stopped is looked at.
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
    if told.get("docs"):
        rows = [(one["project"], str(one["versions"]), readable(one["size"])) for one in told["docs"]]
        print_table(("DOCUMENTATION", "VERSIONS", "SIZE"), rows)
        click.echo()
    largest = sorted(told["snapshots"], key=lambda one: -one["size"])[:_SHOWN]
    print_table(
        ("SNAPSHOT", "CHANNEL", "FILES", "FREED WHEN IT EXPIRES"),
        [(str(one["snapshot"]), one["channel"], str(one["files"]), readable(one["size"])) for one in largest],
    )
    click.echo()
    sources = told["sources"]
    print_table(
        ("SOURCES", "SIZE", "UNUSED", "UNUSED SIZE"),
        [
            (
                str(sources["files"]),
                readable(sources["size"]),
                str(sources["unused"]),
                readable(sources["unused_size"]),
            )
        ],
    )
    click.echo()
    print_table(
        ("GC", "FILES", "WOULD FREE"),
        [(one["rule"], str(one["files"]), readable(one["size"])) for one in told["rules"]],
    )
    if told.get("quotas"):  # a stopped forge lets nobody bring anything
        click.echo()
        _print_quotas(told["quotas"])


def _usage(folder: Path) -> dict[str, Any]:
    from ownconda.channels.upkeep.usage import usage_of  # noqa: PLC0415  (so that `--help` stays quick)

    with stopped_forge(folder, instead=_ASK) as channels:
        return usage_of(channels, sources_kept=sources_kept_in(folder)).fields()


def _print_quotas(rows: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        ("LIMIT", "OF", "USED", "MAY BE"),
        [(visible(one["limit"]), visible(one["of"]), readable(one["used"]), readable(one["most"])) for one in rows],
    )


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
    from ownconda.channels.upkeep.checking import check  # noqa: PLC0415  (so that `--help` stays quick)

    findings = check(folder_of(folder), charters_of(folder), mend=mend, journal=journal_of(folder) if mend else ())
    if as_json:
        print_json([asdict(one) for one in findings])
    else:
        _print_findings(findings)
    return DONE if all(one.mended for one in findings) else NO


@click.command(
    "backup",
    short_help="Copy a forge, also while it runs.",
    epilog="Example: ownconda forge backup /srv/forge /mnt/backup",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
@click.option("--check-all", is_flag=True, help="Read all files of the backup again, not only the new ones.")
@json_option
def backup(folder: Path, destination: Path, check_all: bool, as_json: bool) -> int:
    """Copy the forge in FOLDER into the folder DEST; a second time, only what is new is copied.

    The forge may run meanwhile and take uploads. On the same file system files are linked, not copied: keep backups on
    another one. The exit code is 1 when the forge has lost files; all others are backed up then.
    """
    from ownconda.channels.opening import milliseconds  # noqa: PLC0415  (likewise)
    from ownconda.channels.upkeep.backup import back_up  # noqa: PLC0415  (so that `--help` stays quick)

    done = back_up(folder_of(folder), destination, at=milliseconds(), check_all=check_all)
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{done.files} files, {done.new} of them new ({readable(done.new_size)})", err=True)
    return _told_of_lost(done.lost, "the forge has lost", "ownconda forge fsck tells which files these are")


@click.command(
    "restore",
    short_help="Put a forge back from a backup.",
    epilog="Example: ownconda forge restore /mnt/backup /srv/forge --journal /mnt/other/journal",
)
@click.argument("source", metavar="DEST", type=click.Path(path_type=Path, file_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file of the setting forge.journal: names that were taken since stay reserved.",
)
@json_option
def restore(source: Path, folder: Path, journal: Path | None, as_json: bool) -> int:
    """Put the forge that was backed up in DEST into the empty folder FOLDER; each file is read to its end.

    With --journal, names of packages and installers that came after the backup are reserved: the same files are taken
    again, other contents are refused; and what was purged since is purged again. Installers and sources that came since
    are named. The exit code is 1 when files are lost.
    """
    from ownconda.channels.journal import read_journal  # noqa: PLC0415  (likewise)
    from ownconda.channels.upkeep.restoring import complete  # noqa: PLC0415  (likewise)
    from ownconda.channels.upkeep.restoring import restore as put_back  # noqa: PLC0415  (likewise)

    lines = read_journal(journal) if journal else ()
    done = put_back(source, folder_of(folder, settings=source), lines)
    with stopped_forge(folder) as channels:
        complete(channels, lines)
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{done.files} files are back, {done.reserved} names are reserved", err=True)
        for place in done.later:
            click.echo(f"came after the backup, send it again: {visible(place)}", err=True)
    return _told_of_lost(done.lost, "the backup has lost", "upload them again, or take another backup")


@click.command(
    "migrate",
    short_help="Move a forge's ledger to another database, or its files to another store.",
    epilog="""\b
Example:
  OWNCONDA_FORGE_DATABASE=postgresql://forge:password@db/forge ownconda forge migrate /srv/forge --to postgresql
  ownconda forge migrate /srv/forge --to sqlite
  ownconda forge migrate /srv/forge --files-to s3://packages/forge""",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--to",
    "target",
    metavar="WHERE",
    help="`sqlite`, `postgresql` (at the address of forge.database), or an address, which others may see then.",
)
@click.option(
    "--files-to",
    "files_target",
    metavar="WHERE",
    help="`folder`, or the address of an object store, such as s3://bucket/prefix.",
)
@json_option
def migrate(folder: Path, target: str | None, files_target: str | None, as_json: bool) -> int:
    """Move the ledger of the stopped forge in FOLDER to PostgreSQL, or into a file in its folder; or move its files.

    All tables are copied in one transaction, read again and compared. The ledger before is left as it was, and isn't
    taken for the forge's any more. Files are read and held against their checksums; where they were they are left.
    Without --to and --files-to, an older version's ledger becomes one of this version where it is.
    """
    if target is not None and files_target is not None:
        raise click.UsageError("--to and --files-to are two moves: one after the other.")
    from ownconda.channels.upkeep import migrating  # noqa: PLC0415  (so that `--help` stays quick)

    if files_target is not None:
        return _move_files(folder, files_target, as_json=as_json)
    here, there = moved_folder(folder, target)
    if target is None:
        migrating.bring_up_to_date(here)
        click.echo("the ledger is one of this version", err=True)
        return DONE
    moved = migrating.migrate(here, there)
    if as_json:
        print_json(asdict(moved))
        return DONE
    click.echo(f"{len(moved.rows)} tables with {sum(moved.rows.values())} rows are moved", err=True)
    click.echo(f"the ledger before is left at {moved.before}", err=True)
    if target == "sqlite":
        click.echo("unset forge.database before the forge is started", err=True)
    return DONE


def _move_files(folder: Path, target: str, *, as_json: bool) -> int:
    from ownconda.channels.upkeep.migrating import move_files  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.stores.bucket import open_bucket  # noqa: PLC0415  (likewise)

    moved = move_files(folder_of(folder), None if target == "folder" else open_bucket(target))
    if as_json:
        print_json(asdict(moved))
    else:
        click.echo(f"{moved.files} files with {readable(moved.size)} are moved", err=True)
        what = "unset forge.store" if target == "folder" else f"set forge.store to {target}"
        click.echo(f"{what} before the forge is started", err=True)
    return _told_of_lost(moved.lost, "the store has lost", "upload them again, or put them back from a backup")


def _told_of_lost(lost: "Sequence[str]", who: str, hint: str) -> int:
    for sha256 in lost:
        click.echo(f"error: {who} the file with the sha256 {sha256}", err=True)
    if lost:
        click.echo(f"hint: {hint}", err=True)
    return NO if lost else DONE


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


COMMANDS = (collect, usage, fsck, backup, restore, migrate)
