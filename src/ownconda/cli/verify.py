"""``ownconda verify``: packages made again from what they carry, and compared."""

import os
from pathlib import Path

import click

from ownconda.building.published import as_files
from ownconda.building.sameness import told
from ownconda.building.verification import Means, Verdict, Verification, verify
from ownconda.cli import terminal
from ownconda.cli.build_limits import build_limits
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import show_error
from ownconda.cli.plain_text import visible
from ownconda.cli.source_store import source_store
from ownconda.conda.trust import trust
from ownconda.exit_codes import NO, exit_code, joint_exit_code

EPILOG = """\b
Example:
  ownconda verify .ownconda/channel/linux-64/zlib-1.3.1-h1_0.conda
  ownconda verify zlib 'openssl 3.5.*' -c stable"""


@click.command("verify", epilog=EPILOG)
@click.argument("packages", nargs=-1, required=True)
@click.option("-c", "--channel", "channels", multiple=True, help="A channel to take packages from; repeatable.")
@click.option(
    "--recipe", type=click.Path(path_type=Path, exists=True), help="The recipe, where it isn't in the package."
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="How many packages to make at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    packages: tuple[str, ...], channels: tuple[str, ...], recipe: Path | None, jobs: int | None, as_json: bool
) -> int:
    """Make PACKAGES again, and tell whether they are the same, bit for bit.

    Each is a package file, or a match spec: the newest such package of the channels. It is made from the recipe and
    the lock inside it, in another folder, by another user and on another host where the system lets us, under another
    umask, locale and time zone. Where it differs, the files are told, and how they differ.
    """
    settings = terminal.settings()
    trust(settings.ca_file, os.environ)
    addresses, store, progress = channel_addresses(channels, settings), source_store(settings), terminal.progress()
    means = Means(channels=addresses, store=store, limits=build_limits(settings, jobs=jobs), recipe=recipe)
    files = as_files(packages, channels=addresses, cache=store.cache, progress=progress)
    return _report(verify(files, means, progress), as_json=as_json)


def _report(done: Verification, *, as_json: bool) -> int:
    if as_json:
        terminal.print_json({"varied": done.varied, "packages": [_fields(one) for one in done.verdicts]})
    for one in done.verdicts:
        if one.error:
            show_error(one.error)
        if not as_json:
            click.echo(f"{_word(one):9}  {visible(one.package.name)}")
            for line in told(one.differences).splitlines() if one.differences else ():
                click.echo(f"    {visible(line)}")
    same = sum(one.is_same for one in done.verdicts)
    click.echo(f"{same} of {len(done.verdicts)} the same; other than before: {', '.join(done.varied)}", err=True)
    return joint_exit_code(exit_code(one.error) if one.error else NO for one in done.verdicts if not one.is_same)


def _word(verdict: Verdict) -> str:
    return "same" if verdict.is_same else "different" if verdict.differences else "failed"


def _fields(verdict: Verdict) -> dict[str, object]:
    return {
        "package": str(verdict.package),
        "verdict": _word(verdict),
        "seconds": round(verdict.seconds, 3),
        "differences": [{"path": one.path, "how": list(one.how)} for one in verdict.differences],
        "reason": str(verdict.error) if verdict.error else "",
    }
