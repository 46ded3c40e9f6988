"""``ownconda channel report``: tell the forge what holds its packages, for ``where-used`` to know."""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ownconda.cli.exits import show_warning
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.environments.holdings import LOCK, PREFIX, Holding, holding
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.questions import report as tell_forge


@click.command(
    "report",
    short_help="Tell the forge which packages are held where.",
    epilog="""\b
Example:
  ownconda channel report pixi.lock
  ownconda channel report /srv/envs/shop --name "shop on web1"
  ownconda channel report /srv/envs/shop --name "shop on web1" --forget""",
)
@click.argument("places", metavar="LOCKFILE|PREFIX...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", help="What it is called (default: where it is in the GitLab project, or on this machine).")
@click.option("--forget", is_flag=True, help="Tell that it holds nothing any more.")
@forge_option
def report(places: tuple[Path, ...], name: str | None, forget: bool, forge_url: str | None) -> None:
    """Tell the forge which packages lock files and prefixes hold, for `ownconda channel where-used` to list them.

    Lock files are those of pixi, rattler and conda-lock, and what `conda list --explicit --sha256` prints. What is
    reported under a name takes the place of what was reported under it before.
    """
    if name is not None and (len(places) > 1 or not name.strip()):
        raise click.UsageError("--name is a name for one lock file or prefix.")
    found = [] if forget else [(place, holding(place)) for place in places]
    with forge_client(forge_url) as forge:
        for place, held in found:
            report_holding(forge, place, held, name=name)
        for place in places if forget else ():
            _forget(forge, name or name_of(place, os.environ))


def report_holding(forge: ForgeClient, place: Path, held: Holding, *, name: str | None = None) -> None:
    """Tell the forge what a place holds, and people what was told. Raises WrongInputError when nothing can be."""
    called = name or name_of(place, os.environ)
    if held.unknown:
        what = f"{len(held.unknown)} packages have no sha256 there, such as {held.unknown[0]}; they can't be reported"
        if not held.files:
            raise WrongInputError(what, where=Where(file=place), hint="`conda list --explicit --sha256` prints them")
        show_warning(Problem(what=what, where=Where(file=place)))
    told = tell_forge(forge, held.kind, called, held.files)
    count = len(told.files)
    click.echo(f"reported: {visible(told.name)} holds {count} package{'' if count == 1 else 's'}", err=True)


def name_of(place: Path, environment: Mapping[str, str]) -> str:
    """Give the name that is the same next time: the place within a GitLab project, or on this machine."""
    path = Path(os.path.abspath(place))  # noqa: PTH100  (links are as people call them)
    project, checkout = environment.get("CI_PROJECT_PATH"), environment.get("CI_PROJECT_DIR")
    if project and checkout and path.is_relative_to(checkout):
        return f"{project}/{path.relative_to(checkout)}"
    return f"{socket.gethostname()}:{path}"


def _forget(forge: ForgeClient, name: str) -> None:
    for kind in (LOCK, PREFIX):  # what it was can't be seen any more when it is gone
        tell_forge(forge, kind, name, {})
    click.echo(f"forgotten: {visible(name)}", err=True)


COMMANDS: Sequence[click.Command] = (report,)
