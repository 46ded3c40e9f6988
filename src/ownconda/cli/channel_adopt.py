"""``ownconda channel adopt``: packages that grew elsewhere, in a folder or a channel, become a channel with history."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from ownconda.cli.channel_changes import dry_run_option, json_option
from ownconda.cli.exits import show_warning
from ownconda.cli.forge_keeping import readable
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table, progress, settings
from ownconda.errors import Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.adopting import Survey, check_clashes, survey
from ownconda.journeys.adopting import adopt as adopt_found
from ownconda.journeys.fetching_channels import Offer, fetch_indexes, fetch_packages
from ownconda.settings.files import cache_folder
from ownconda.wires.http import redacted, session


@click.command(
    "adopt",
    short_help="Make packages from elsewhere a channel, with history.",
    epilog="""\b
Example:
  ownconda channel adopt /srv/old-channel legacy --dry-run
  ownconda channel adopt /srv/old-channel legacy
  ownconda channel adopt https://conda.example.org/old legacy""",
)
@click.argument("source", metavar="FOLDER|URL")
@click.argument("channel")
@click.option("--skip-clashes", is_flag=True, help="Leave out what the forge has otherwise under the same name.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Fetch what a URL lists into this folder, which stays; default: in the user's cache, until it is adopted.",
)
@dry_run_option
@forge_option
@json_option
def adopt(
    source: str,
    channel: str,
    skip_clashes: bool,
    into: Path | None,
    dry_run: bool,
    forge_url: str | None,
    as_json: bool,
) -> None:
    """Let CHANNEL, which must be new, have the packages of FOLDER (.conda and .tar.bz2, in subdirs), or those at URL.

    Each day on which packages were listed becomes a snapshot of that day, as the index there tells, or else when
    they were built. What that index has corrected becomes repodata patches, what it has removed is yanked. Damaged
    packages are named and left out. Interrupted, call it again.

    What a URL lists is fetched first, and held against its checksums; --dry-run fetches the index files alone.
    """
    afar = _is_afar(source)
    folder = (into or _kept_at(source)) if afar else _folder(source)
    if dry_run:
        _tell_offer(_offer(source, folder), as_json=as_json) if afar else _tell(_surveyed(folder), as_json=as_json)
        return
    with forge_client(forge_url) as forge:
        if afar:
            _fetch(forge, source, channel, folder, skip_clashes=skip_clashes)
        found = _surveyed(folder)
        taken = adopt_found(forge, channel, found, skip_clashes=skip_clashes, progress=progress())
    if afar and into is None:
        shutil.rmtree(folder)
    click.echo(f"{channel} has {taken} packages of {len(found.days)} days", err=True)


def _is_afar(source: str) -> bool:
    """Tell an address on the web from a folder's. Raises WrongInputError for what is neither."""
    try:
        parts = urlsplit(source)
        is_web = parts.scheme in {"http", "https"}
        sound = not is_web or (parts.hostname and (parts.port or True))
    except ValueError:
        sound = False
    if not sound:
        hint = "such as https://conda.example.org/main, or a folder"
        raise WrongInputError("isn't the address of a channel", where=Where(file=redacted(source)), hint=hint)
    return is_web


def _kept_at(url: str) -> Path:
    name = hashlib.sha256(url.rstrip("/").encode()).hexdigest()[:16]
    return cache_folder(os.environ) / "adopting" / name


def _folder(source: str) -> Path:
    folder = Path(unquote(urlsplit(source).path)) if source.startswith("file:") else Path(source)
    if not folder.is_dir():
        raise WrongInputError("isn't a folder", where=Where(file=source), hint="or give the URL of a channel")
    return folder


def _offer(url: str, folder: Path) -> Offer:
    with session(ca_file=settings().ca_file) as asking:
        offer = fetch_indexes(url, folder, asking)
    for problem in offer.odd:
        show_warning(problem)
    return offer


def _fetch(forge: ForgeClient, url: str, channel: str, folder: Path, *, skip_clashes: bool) -> None:
    """Fetch what is listed, unless the forge has other contents for it: that is told before much is fetched."""
    offer = _offer(url, folder)
    if not skip_clashes:
        digests = {one.path: one.file.sha256 for one in offer.packages if one.file.sha256}
        check_clashes(forge.clashing(channel, digests))
    with session(ca_file=settings().ca_file) as asking:
        for problem in fetch_packages(offer, folder, asking, progress()):
            show_warning(problem)


def _surveyed(folder: Path) -> Survey:
    found = survey(folder)
    for problem in found.damaged:
        show_warning(problem)
    return found


def _tell(found: Survey, *, as_json: bool) -> None:
    if as_json:
        print_json({"days": [asdict(day) | {"files": [str(file) for file in day.files]} for day in found.days]})
        return
    print_table(("DAY", "PACKAGES"), [(day.date, str(len(day.files))) for day in found.days])
    corrected = sum(len(patch.fields) for patch in found.patches.values())
    click.echo(f"{corrected} corrected by the index, {len(found.removed)} removed from it", err=True)
    for spec in found.removed:
        click.echo(f"removed: {visible(spec)}", err=True)


def _tell_offer(offer: Offer, *, as_json: bool) -> None:
    sizes: dict[str, list[int]] = {}
    for one in offer.packages:
        sizes.setdefault(one.path.partition("/")[0], []).append(one.file.size)
    if as_json:
        print_json({"packages": [{"path": one.path, **asdict(one.file)} for one in offer.packages]})
        return
    print_table(("SUBDIR", "PACKAGES", "SIZE"), _rows(sizes))
    click.echo(f"{len(offer.packages)} packages would be fetched, {readable(offer.size)}", err=True)


def _rows(sizes: Mapping[str, Sequence[int]]) -> list[tuple[str, str, str]]:
    return [(subdir, str(len(some)), readable(sum(some))) for subdir, some in sizes.items()]


COMMANDS: Sequence[click.Command] = (adopt,)
