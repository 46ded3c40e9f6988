"""``ownconda docs``: documentation that a forge hosts, uploaded, listed and removed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from ownconda.cli.channel_changes import json_option
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table, progress
from ownconda.forge_client.docs import ProjectInfo, projects, remove_site, upload_site

PACKED = "site.zip"


@click.group("docs", epilog="Example: ownconda docs upload shop 2.1 docs/_build/html")
def command() -> None:
    """Host documentation on a forge: each version of a project at /docs/PROJECT/VERSION/."""


@command.command(
    "upload",
    epilog="""\b
Example:
  ownconda docs upload shop 2.1 docs/_build/html
  ownconda docs upload shop main site.tar.gz""",
)
@click.argument("project")
@click.argument("version")
@click.argument("place", metavar="FOLDER|ARCHIVE", type=click.Path(path_type=Path, exists=True))
@click.option("--replace", is_flag=True, help="Take the place of a version that is there with other pages.")
@forge_option
@json_option
def upload(project: str, version: str, place: Path, replace: bool, forge_url: str | None, as_json: bool) -> None:
    """Upload the pages in FOLDER, or in an ARCHIVE (zip or tar), as the documentation of PROJECT's VERSION.

    Any generator will do, Sphinx or another; there has to be an index.html. A version that begins with a digit stays
    as it is unless you --replace it; what is called otherwise, such as main, is a branch, and replaced each time. The
    alias `stable` stands for the highest release, `latest` for the default branch.
    """
    with forge_client(forge_url) as forge, _archive(place) as archive:
        done = upload_site(forge, project, version, archive, replace=replace, progress=progress())
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"{done.outcome:13}  {visible(done.address)}")
    click.echo(f"{done.site.files} files of {visible(done.site.title)}", err=True)


@contextmanager
def _archive(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    from ownconda.sites.packing import pack  # noqa: PLC0415  (so that `--help` stays quick)

    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / PACKED
        pack(place, archive)
        yield archive


@command.command("list", epilog="Example: ownconda docs list shop --json")
@click.argument("project", required=False)
@forge_option
@json_option
def listed(project: str | None, forge_url: str | None, as_json: bool) -> None:
    """List the projects that have documentation, with their versions; or those of PROJECT alone."""
    with forge_client(forge_url) as forge:
        found = [one for one in projects(forge) if project in {None, one.name}]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        ("PROJECT", "VERSION", "ALIAS", "FILES", "BYTES", "AT", "BY"), [row for one in found for row in _rows(one)]
    )


def _rows(one: ProjectInfo) -> Iterator[tuple[str, ...]]:
    for site in one.versions:
        aliases = {"stable": one.stable, "latest": one.latest}
        standing = ", ".join(alias for alias, version in aliases.items() if version == site.version)
        yield (one.name, site.version, standing, str(site.files), str(site.size), site.at, site.author)


@command.command("remove", epilog="Example: ownconda docs remove shop feature-x")
@click.argument("project")
@click.argument("version")
@forge_option
@json_option
def remove(project: str, version: str, forge_url: str | None, as_json: bool) -> None:
    """Remove the documentation of PROJECT's VERSION. Nobody can read it any more; what it was isn't kept."""
    with forge_client(forge_url) as forge:
        removed = remove_site(forge, project, version)
    if as_json:
        print_json(asdict(removed))
    else:
        click.echo(f"{visible(project)} {visible(version)} is removed", err=True)
