"""``ownconda completion``: the completion script of a shell."""

import click
from click.shell_completion import get_completion_class

from ownconda.errors import WrongInputError


@click.command("completion", epilog='Example: eval "$(ownconda completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL, for both `ownconda` and `own`.

    Put the line of the example into ~/.bashrc (zsh likewise); for fish, write the script to
    ~/.config/fish/completions/ownconda.fish.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise WrongInputError(f"there is no completion for {shell!r}")
    for name in ("ownconda", "own"):
        click.echo(kind(ctx.find_root().command, {}, name, f"_{name.upper()}_COMPLETE").source())
