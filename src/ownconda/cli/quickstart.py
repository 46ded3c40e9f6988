"""``ownconda quickstart``: the main job, watched."""

import sys
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.source_store import source_store
from ownconda.journeys.quickstart import Done, Quickstart, Site, quickstart, travel

EPILOG = "Example: ownconda quickstart recipes examples --root .ownconda/quickstart"


@click.command("quickstart", epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".ownconda/quickstart"),
    show_default=True,
    help="The folder for the forge, the packages and the environment.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="Another if it is in use.")
@click.option("--package", "packages", multiple=True, help="What to build and install; repeatable.")
@click.option("--program", default="own-hello", show_default=True, help="The program to run in the end.")
def command(paths: tuple[Path, ...], root: Path, port: int, packages: tuple[str, ...], program: str) -> None:
    """Start a forge, build packages from source, upload, promote, install and run a program.

    PATHS are folders of recipes (default: recipes and examples). Run again, it goes on where it was and builds nothing
    twice. On a terminal the forge runs on until Ctrl-C.
    """
    settings = terminal.settings()
    site = Site(
        root=root.absolute(),
        recipes=paths or (settings.build.recipes, Path("examples")),
        packages=packages or ("own_hello", "python", "pip"),
        program=(program,),
        port=port,
    )
    with quickstart(site, source_store(settings), terminal.progress()) as journey:
        done = []
        for step in travel(journey):
            done.append(step)
            click.echo(f"{click.style('✓', fg='green')} {step.title}: {step.result} ({step.seconds:.1f} s)", err=True)
        _tell(journey, done)
        if sys.stdin.isatty() and sys.stdout.isatty():
            _stay(journey)
        else:
            click.echo(
                f"The forge is stopped. To start it again:\n  ownconda forge serve {site.forge} --port {site.port}"
            )


def _tell(journey: Quickstart, done: list[Done]) -> None:
    site, channel = journey.site, f"{journey.url}/conda/stable"
    click.echo(f"\n{journey.greeting.rstrip()}\n")
    terminal.print_table(
        ("STEP", "SECONDS"),
        [
            *((step.title, f"{step.seconds:.1f}") for step in done),
            ("in all", f"{sum(step.seconds for step in done):.1f}"),
        ],
    )
    click.echo(f"""
The page:         {channel}/
The channel:      {channel}
The environment:  {site.prefix}

Try next:
  {site.prefix}/bin/python
  ownconda env create -p ./env -c {channel} python
  OWNCONDA_FORGE_TOKEN=$(cat {site.token}) ownconda channel list --forge {journey.url}
  ownconda dep-graph {" ".join(str(path) for path in site.recipes)}
""")


def _stay(journey: Quickstart) -> None:
    click.echo("The forge runs on until Ctrl-C.", err=True)
    try:
        if journey.forge is not None:
            journey.forge.wait()
    except KeyboardInterrupt:
        click.echo(f"\nStopped. To start it again: ownconda forge serve {journey.site.forge}", err=True)
