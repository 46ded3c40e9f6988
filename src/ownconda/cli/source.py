"""``ownconda source``: what recipes are built from, fetched, listed, verified, and put into a forge."""

from collections import Counter
from collections.abc import Sequence

import click

from ownconda.cli import terminal
from ownconda.cli.exits import show_error, show_warning
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.source_entries import arrival_entry, fate, found_entry, problem_entry, pushed_entry, show_found
from ownconda.cli.source_recipes import NOTHING, Meant, meant_options, wanted_sources
from ownconda.cli.source_store import readable_store
from ownconda.errors import NoError, OwncondaError, Problem
from ownconda.exit_codes import DONE, NO, exit_code, joint_exit_code
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_sources import fetch_sources
from ownconda.journeys.listing_sources import find_sources
from ownconda.journeys.pushing_sources import push_sources
from ownconda.journeys.verifying_sources import Verified, verify_sources

EXAMPLE = "Example: ownconda source fetch recipes && ownconda source push recipes"


@click.group("source", epilog=EXAMPLE)
def command() -> None:
    """Fetch, list and check what recipes are built from, and put it into a forge, so that builds need nobody else.

    Without PATHS, the setting build.recipes says where recipes are.
    """


@command.command("fetch", short_help="Fill the cache.", epilog="Example: ownconda source fetch recipes")
@meant_options
@click.option("--json", "as_json", is_flag=True, help="Print what became of each source as JSON.")
def fetch_command(meant: Meant, as_json: bool) -> int:
    """Bring every source of the recipes in PATHS into the cache.

    What was interrupted is gone on with. A source that can't be had stops no other; all that is wrong is told at the
    end. The exit code is 3 when something outside was missing, 2 when a recipe is wrong, 1 when both.
    """
    settings = terminal.settings()
    wanted = wanted_sources(meant, settings)
    arrivals = fetch_sources(wanted.sources, readable_store(settings), terminal.progress())
    if as_json:
        terminal.print_json([arrival_entry(one) for one in arrivals])
    counts = Counter(fate(one) for one in arrivals)
    errors = [*wanted.errors, *(one.error for one in arrivals if one.error)]
    return _end(errors, _summary(counts, ("fetched", "there already", "a folder", "failed")))


@command.command("list", short_help="Show where sources are.", epilog="Example: ownconda source list recipes --json")
@meant_options
@click.option("--offline", is_flag=True, help="Say from where it would come when no host but the forge is asked.")
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def list_command(
    meant: Meant,
    offline: bool,
    forge_url: str | None,
    as_json: bool,
) -> int:
    """Show the sources of the recipes in PATHS, and from where each would come. Nobody but the forge is asked."""
    settings = terminal.settings()
    wanted = wanted_sources(meant, settings)
    with forge_client(forge_url) as forge:
        store = readable_store(settings, offline=offline)
        found = find_sources(wanted.sources, store, _if_set(forge), terminal.progress())
    if as_json:
        terminal.print_json([found_entry(one) for one in found])
    else:
        show_found(found)
    return _end(wanted.errors)


@command.command("verify", short_help="Check the cache.", epilog="Example: ownconda source verify recipes --offline")
@meant_options
@click.option("--offline", is_flag=True, help="Ask no host but the forge: the proof that a build needs no other.")
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify_command(
    meant: Meant,
    offline: bool,
    forge_url: str | None,
    as_json: bool,
) -> int:
    """Read the whole cache, and look for what the recipes in PATHS need.

    A file that isn't what its checksum says is moved aside. Told are: sources that are neither in the cache nor in the
    forge, archives that aren't safe to unpack, checksums that are missing, tags of repositories that have moved. The
    exit code is 1 then.
    """
    settings = terminal.settings()
    nothing_wanted = not meant.paths and not settings.build.recipes.exists()  # then it is the cache alone
    wanted = NOTHING if nothing_wanted else wanted_sources(meant, settings)
    with forge_client(forge_url) as forge:
        store = readable_store(settings, offline=offline)
        found = verify_sources(wanted.sources, store, _if_set(forge), terminal.progress())
    problems = (*wanted.problems, *found.problems)
    if as_json:
        terminal.print_json(_verified_entry(found, len(wanted.sources), problems))
    for remark in found.remarks:
        show_warning(remark)
    if problems:
        show_error(NoError.of(problems))
    told = f"{len(problems)} wrong" if problems else "all sound"
    counted = f"{_counted(len(wanted.sources), 'source')}, {_counted(found.archives, 'archive')} in the cache"
    click.echo(f"{counted}: {told}", err=True)
    return NO if problems else DONE


def _verified_entry(found: Verified, sources: int, problems: Sequence[Problem]) -> dict[str, object]:
    return {
        "archives": found.archives,
        "sources": sources,
        "problems": [problem_entry(problem) for problem in problems],
        "remarks": [problem_entry(problem) for problem in found.remarks],
    }


@command.command("push", short_help="Fill the forge.", epilog="Example: ownconda source push recipes")
@meant_options
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print what became of each source as JSON.")
def push_command(
    meant: Meant,
    forge_url: str | None,
    as_json: bool,
) -> int:
    """Put the sources of the recipes in PATHS into the forge, as far as it hasn't got them.

    What isn't in the cache is fetched first. Of a git repository the commit is put there, without its history.
    """
    settings = terminal.settings()
    wanted = wanted_sources(meant, settings)
    with forge_client(forge_url) as forge:
        pushed = push_sources(wanted.sources, readable_store(settings), forge, terminal.progress())
    if as_json:
        terminal.print_json([pushed_entry(one) for one in pushed])
    else:
        for one in pushed:
            click.echo(f"{one.outcome:13}  {visible(one.name)}")
    counts = Counter[str](one.outcome for one in pushed)
    errors = [*wanted.errors, *(one.error for one in pushed if one.error)]
    return _end(errors, _summary(counts, ("added", "there already", "stays here", "failed")))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _if_set(forge: ForgeClient) -> ForgeClient | None:
    return forge if forge.url else None


def _summary(counts: Counter[str], order: Sequence[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in order if counts[name]) or "there are no sources"


def _end(errors: Sequence[OwncondaError], summary: str = "") -> int:
    """Tell all that is wrong and the sum of it, and give the exit code."""
    for error in errors:
        show_error(error)
    if summary:
        click.echo(summary, err=True)
    return joint_exit_code(map(exit_code, errors))
