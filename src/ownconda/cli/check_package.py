"""``ownconda check-package``: package files inspected as a build inspects what it made."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click

from ownconda.building.package_checks.channel_files import ChannelFiles, folder_of
from ownconda.building.package_checks.findings import Finding, Severity
from ownconda.building.package_checks.floor import floor_of
from ownconda.building.package_checks.inspection import Expectations, inspect
from ownconda.building.package_checks.machine import machine_floor
from ownconda.cli import terminal
from ownconda.cli.channel_addresses import channel_addresses
from ownconda.cli.exits import show_error
from ownconda.cli.expectations import expectations
from ownconda.cli.package_files import found_packages
from ownconda.cli.plain_text import visible
from ownconda.errors import Problem, WrongInputError
from ownconda.exit_codes import DONE, NO, USAGE

EPILOG = "Example: ownconda check-package .ownconda/channel/linux-64/zlib-*.conda --floor manylinux_2_28"

_SEVERITIES: Sequence[Severity] = ("error", "warning", "note")


@click.command("check-package", epilog=EPILOG)
@click.argument("packages", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-c", "--channel", "channels", multiple=True, help="A channel with what they require; repeatable.")
@click.option(
    "--floor",
    help="The oldest system that they are for: manylinux_2_28 or 2.28. Default: the policy's, or this machine.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(packages: tuple[Path, ...], channels: tuple[str, ...], floor: str | None, as_json: bool) -> int:
    """Inspect PACKAGES (package files, or folders of them) and tell what would break on another machine.

    What they require is looked for in the channels given and in the channel on disk that a package stands in. The
    exit code is 1 when there are errors; warnings and notes don't count. A file that can't be read keeps no other from
    being inspected; the exit code is 2 then.
    """
    settings = terminal.settings()
    expected = expectations(settings.policy, own=machine_floor())
    if floor:
        expected = replace(expected, floor=floor_of(floor))
    addresses = channel_addresses(channels, settings)
    found, broken = _inspected(found_packages(packages), addresses, expected)
    if as_json:
        terminal.print_json([_entry(package, finding) for package, some in found.items() for finding in some])
    else:
        _show(found)
    if broken:
        show_error(WrongInputError.of(broken))
    _sum_up(found, expected)
    has_errors = any(one.severity == "error" for some in found.values() for one in some)
    return USAGE if broken else NO if has_errors else DONE


def _inspected(
    files: Sequence[Path], channels: Sequence[str], expected: Expectations
) -> tuple[dict[Path, tuple[Finding, ...]], list[Problem]]:
    """Give what is found in each package, and what is wrong with those that can't be read."""
    found: dict[Path, tuple[Finding, ...]] = {}
    broken: list[Problem] = []
    with terminal.progress().bar("inspecting packages", len(files)) as bar:
        for package in files:
            bar.say(package.name)
            try:
                found[package] = inspect(package, ChannelFiles(_channels(package, channels)), expected)
            except WrongInputError as error:
                broken += error.problems
            bar.advance(1)
    return found, broken


def _channels(package: Path, given: Sequence[str]) -> list[str]:
    own = folder_of(package)
    return [*([own] if own and own not in given else []), *given]


def _show(found: dict[Path, tuple[Finding, ...]]) -> None:
    for package, some in found.items():
        for finding in some:
            click.echo(f"{finding.severity}: {visible(str(finding.problem(package.name)))}")
            if finding.hint:
                click.echo(f"  hint: {finding.hint}")


def _entry(package: Path, finding: Finding) -> dict[str, object]:
    return {"package": str(package), **asdict(finding)}


def _sum_up(found: dict[Path, tuple[Finding, ...]], expected: Expectations) -> None:
    counts = Counter(one.severity for some in found.values() for one in some)
    kinds = [kind for kind in _SEVERITIES if counts[kind]]
    told = ", ".join(f"{counts[kind]} {kind}{'s' * (counts[kind] != 1)}" for kind in kinds)
    packages = f"{len(found)} package{'s' * (len(found) != 1)}"
    click.echo(f"{packages} inspected for {expected.floor}: {told or 'nothing found'}", err=True)
