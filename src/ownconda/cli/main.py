"""The root command: what there is, loaded when it is asked for, and errors turned into exit codes."""

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from ownconda import __version__
from ownconda.cli.exits import BROKEN, DONE, INTERRUPTED, USAGE, exit_code, show_error
from ownconda.errors import OwncondaError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Name, module below ownconda.cli, one line for `ownconda --help`: nothing is imported to print that page.
COMMANDS: "Mapping[str, tuple[str, str]]" = MappingProxyType(
    {
        "build": ("build", "Build recipes into a channel on disk."),
        "channel": ("channel", "Look at a forge's channels; promote, roll back."),
        "completion": ("completion", "Print the completion script for a shell."),
        "config": ("config", "Show every setting and where it came from."),
        "dep-graph": ("dep_graph", "List recipes in build order, or draw their graph."),
        "env": ("env", "Install environments without any conda client."),
        "forge": ("forge", "Set up and run a forge, the server."),
        "quickstart": ("quickstart", "From recipes to an installed environment, with a forge of your own."),
        "upload": ("upload", "Upload packages to a channel of a forge."),
    }
)

EPILOG = "Example: ownconda build recipes && ownconda upload -c testing .ownconda/channel"


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """List the names in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (likewise)
        """Import the module of a command and give the command."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = importlib.import_module(f"ownconda.cli.{module}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"ownconda.cli.{module}.command is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (likewise)
        """Write the table of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or propose the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415  (only for a misspelt command)

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else " See 'ownconda --help'."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ownconda")
def root() -> None:
    """Be an organisation's own conda: build every package from source, host, promote and install it."""


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911  (one exit for each way to end)
    """Run the command line and give the exit code (see the table in the reference)."""
    try:
        outcome = root.main(args=list(arguments), prog_name="ownconda", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; run the same command again to go on", err=True)
        return INTERRUPTED
    except OwncondaError as error:
        show_error(error)
        return exit_code(error)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (nobody reads on; it lives till the end)
        return DONE
    except Exception:  # noqa: BLE001  (the last line of defence: exit code 4, and what to report)
        traceback.print_exc()
        click.echo(
            f"error: ownconda {__version__} itself broke; please report the lines above and the command",
            err=True,
        )
        return BROKEN
    return outcome if isinstance(outcome, int) else DONE
