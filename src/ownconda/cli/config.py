"""``ownconda config``: every setting, its value and where it came from."""

import dataclasses
import os
from pathlib import Path

import click

from ownconda.cli.terminal import print_json, print_table, settings
from ownconda.settings.loading import origins


@click.command("config", epilog="Example: ownconda config --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(as_json: bool) -> None:
    """Show every setting, its value and where it came from.

    Settings come from the environment (OWNCONDA_*), from ownconda.toml (found upwards from here, then the user's,
    then the system's) and from defaults, in this order.
    """
    settings()  # for its warnings
    rows = origins(Path.cwd(), os.environ)
    if as_json:
        print_json([dataclasses.asdict(row) for row in rows])
    else:
        print_table(
            ("SETTING", "VALUE", "FROM", "VARIABLE"),
            [(row.name, row.value, row.source, row.variable) for row in rows],
        )
