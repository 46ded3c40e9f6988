"""How long the command takes before it does anything."""

import subprocess
from pathlib import Path

from measuring import print_machine, python, side_by_side, verdict

ROOT = Path(__file__).resolve().parent.parent


def quietly(*command: str) -> None:
    """Run a command to its end without showing what it prints."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def main() -> None:
    """Print how long the command takes to start."""
    print("\nStart-up")
    click, shown, graph = side_by_side(
        ("python -c 'import click'", lambda: quietly(python(), "-c", "import click")),
        ("ownconda --help", lambda: quietly(python(), "-m", "ownconda", "--help")),
        ("ownconda dep-graph recipes", lambda: quietly(python(), "-m", "ownconda", "dep-graph", "recipes")),
        runs=15,
    )
    for timing in (click, shown, graph):
        print(f"  {timing}")
    verdict("ownconda --help / import click", shown.median / click.median, 2.5)
    print(f"  ownconda dep-graph / import click: {graph.median / click.median:.3g}")


if __name__ == "__main__":
    print_machine()
    main()
