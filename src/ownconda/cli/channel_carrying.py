"""``ownconda channel export`` and ``import``: a forge's channels on media, for where no network goes."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_keeping import readable
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.stopped_forge import check_stopped, folder_of, stopped_forge
from ownconda.cli.terminal import print_json, progress, settings
from ownconda.errors import Where, WrongInputError

if TYPE_CHECKING:
    from ownconda.channels.transfers.media import Manifest
    from ownconda.channels.transfers.parts import Media
    from ownconda.environments.holdings import Holding
    from ownconda.journeys.carrying import Target

_FOLDER = click.Path(path_type=Path, file_okay=False)
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?)(i?)B?", re.IGNORECASE)
_UNITS = "KMGT"
INSTEAD = (
    ", or leave out --into: then it takes them while it runs (at OWNCONDA_FORGE_URL, with an administrator's token)"
)


class _Size(click.ParamType[int]):
    """A size such as 4.7GB or 700 MiB."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _SIZE.fullmatch(str(value))
        size = 0
        if found:
            power = _UNITS.find(found[2].upper()) + 1 if found[2] else 0
            size = int(float(found[1]) * (1024 if found[3] else 1000) ** power)
        if size < 1:
            self.fail(f"{value!r} is no size, such as 4.7GB or 700MiB.", param, ctx)
        return size


@click.command(
    "export",
    short_help="Write channels to media, signed.",
    epilog="""\b
Example:
  ownconda channel export /media/disk stable archive
  ownconda channel export /media/disk stable archive --since 412 --split 25GB --docs
  ownconda channel export /media/disk --lock pixi.lock""",
)
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.argument("channels", nargs=-1, metavar="[CHANNEL]...")
@click.option("--since", type=click.IntRange(1), metavar="SNAPSHOT", help="Only what came after this snapshot.")
@click.option("--lock", type=click.Path(path_type=Path, exists=True), help="Only the packages that a lock file names.")
@click.option("--docs", is_flag=True, help="Documentation, too; with --since, what came after that snapshot.")
@click.option("--all-docs", is_flag=True, help="Documentation, too, all that is there now.")
@click.option("--split", type=_Size(), default="4GB", show_default=True, help="The largest part.")
@forge_option
@json_option
def export(
    folder: Path,
    channels: tuple[str, ...],
    since: int | None,
    lock: Path | None,
    docs: bool,
    all_docs: bool,
    split: int,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Write CHANNELS of the forge (without any: all) into the empty folder DIR, for `ownconda channel import`.

    That is their history, with packages, what is claimed of them, sources and installers; with --since, what came
    after a snapshot; with --docs, hosted documentation. With --lock it is packages alone, with what is claimed of
    them, and no history. All of it is signed with the key of the setting signing.key. The token needs the action
    `follow`; with --lock, `read`.
    """
    if lock and (channels or since or docs or all_docs):
        raise click.UsageError(
            "--lock is for packages, whichever channel lists them; it goes without --since and --docs."
        )
    from ownconda.environments.holdings import holding  # noqa: PLC0415  (so that `--help` stays quick)
    from ownconda.journeys.carrying import export_history, export_packages  # noqa: PLC0415  (likewise)

    target = _target(folder, split)
    with forge_client(forge_url) as forge:
        if lock:
            manifest = export_packages(forge, target, _named(lock, holding(lock)), lock=lock)
        else:
            wanted = "all" if all_docs else "new" if docs else "none"
            manifest = export_history(forge, target, channels, since=since or 0, docs=wanted)
    if as_json:
        print_json(asdict(manifest))
        return
    size = readable(sum(part.size for part in manifest.parts))
    click.echo(f"{_told(manifest)}: {len(manifest.files)} files in {len(manifest.parts)} parts ({size})", err=True)


def _named(lock: Path, held: "Holding") -> Mapping[str, str]:
    if held.unknown:
        what = f"{len(held.unknown)} packages have no sha256 there, such as {held.unknown[0]}"
        hint = "`conda list --explicit --sha256` prints them"
        raise WrongInputError(what, where=Where(file=lock), hint=hint)
    return held.files


def _target(folder: Path, split: int) -> "Target":
    from ownconda.attestations.keys import HOW_TO_MAKE, load_private_key  # noqa: PLC0415  (likewise)
    from ownconda.channels.opening import milliseconds  # noqa: PLC0415  (likewise)
    from ownconda.journeys.carrying import Target  # noqa: PLC0415  (likewise)

    signing = settings().signing
    if signing.key is None:
        what = "media are signed, and there is nothing to sign with"
        raise WrongInputError(what, where=Where(file="signing.key"), hint=HOW_TO_MAKE)
    key = load_private_key(signing.key, str(signing.passphrase))
    return Target(folder=folder, most=split, key=key, now=milliseconds(), progress=progress())


@click.command(
    "import",
    short_help="Take in what media carry.",
    epilog="""\b
Example:
  ownconda channel import /media/disk --into /srv/forge
  ownconda channel import /media/disk1 /media/disk2       # into the forge that runs
  ownconda channel import /media/disk -c testing""",
)
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=_FOLDER)
@click.option("--into", type=_FOLDER, metavar="FOLDER", help="The folder of a stopped forge, or of a new one.")
@click.option("-c", "--channel", metavar="CHANNEL", help="The channel that takes packages (export --lock).")
@forge_option
@json_option
def import_(
    folders: tuple[Path, ...], into: Path | None, channel: str | None, forge_url: str | None, as_json: bool
) -> None:
    """Take in what `ownconda channel export` wrote; the first DIR has the manifest, the others may have more parts.

    The signature (signing.trusted_keys) and every checksum are verified before anything is shown; then all of it is
    taken, or nothing. History goes into the running forge, which verifies it by its own settings, or into the stopped
    one in FOLDER, made where there is none, with the numbers and times of its snapshots; gaps are refused, what is
    there already is fine. Such a forge takes nothing else until `ownconda forge take-over`. Packages are uploaded to
    CHANNEL of the running forge. The token needs the action `administer`; for packages, `upload`.
    """
    from ownconda.attestations.keys import load_public_keys  # noqa: PLC0415  (likewise)
    from ownconda.channels.transfers.media import HISTORY, read_manifest  # noqa: PLC0415  (likewise)
    from ownconda.channels.transfers.parts import check_parts  # noqa: PLC0415  (likewise)

    manifest = read_manifest(folders[0], load_public_keys(settings().signing.trusted_keys))
    if manifest.kind == HISTORY and channel:
        raise click.UsageError("These media hold history, which goes into a whole forge: leave out --channel.")
    if manifest.kind != HISTORY and (into or channel is None):
        raise click.UsageError(f"These media hold {manifest.kind}: say where they go with --channel alone.")
    if into:
        check_stopped(into, instead=INSTEAD)  # to read all media takes a while
    media = check_parts(manifest, folders)
    if channel:
        told = _send(media, channel, forge_url)
    else:
        told = _take(media, into) if into else _hand_over(media, folders[0], forge_url)
    if as_json:
        print_json(told)
    else:
        click.echo(told["what"], err=True)


def _take(media: "Media", into: Path) -> dict[str, object]:
    from ownconda.journeys.carrying import prepare_taking, take_history  # noqa: PLC0415  (likewise)

    prepare_taking(folder_of(into), media)
    with stopped_forge(into, instead=INSTEAD) as channels:
        done = take_history(channels, media, progress())
    return asdict(done) | {"what": _taken(done.snapshots, done.lacking)}


def _hand_over(media: "Media", folder: Path, forge_url: str | None) -> dict[str, object]:
    from ownconda.journeys.carrying import send_history  # noqa: PLC0415  (likewise)

    with forge_client(forge_url) as forge:
        done = send_history(forge, media, folder, progress())
    return done | {"what": _taken(done["snapshots"], done["lacking"])}


def _taken(snapshots: int, lacking: Sequence[str]) -> str:
    what = f"{snapshots or 'no'} snapshots are new here"
    if lacking:
        what += f"\n{len(lacking)} files beside packages are lacking, such as {visible(lacking[0])}"
        what += "\nhint: they came before what these media hold: export with --all-docs, or without --since"
    return what


def _send(media: "Media", channel: str, forge_url: str | None) -> dict[str, object]:
    from ownconda.journeys.carrying import send_packages  # noqa: PLC0415  (likewise)

    with tempfile.TemporaryDirectory(prefix="ownconda-") as scratch, forge_client(forge_url) as forge:
        done = send_packages(forge, channel, media, scratch=Path(scratch), progress=progress())
    new = sum(not one.there_already for one in done)
    what = f"{new} packages are new in {visible(channel)}, {len(done) - new} were there"
    return {"files": [asdict(one) for one in done], "what": what}


def _told(manifest: "Manifest") -> str:
    if not manifest.channels:
        return "packages"
    after = f" after snapshot {manifest.since}" if manifest.since else ""
    return f"{', '.join(manifest.channels)}{after} up to snapshot {manifest.newest}"


COMMANDS: Sequence[click.Command] = (export, import_)
