"""The root command: what there is, loaded when it is asked for, and errors turned into exit codes."""

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
from click.shell_completion import shell_complete

from ownconda import __version__
from ownconda.cli.exits import colours, show_error
from ownconda.errors import OutsideError, OwncondaError, Where
from ownconda.exit_codes import BROKEN, DONE, INTERRUPTED, OUTSIDE, USAGE, exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping

# Name, module below ownconda.cli, one line for `ownconda --help`: nothing is imported to print that page.
COMMANDS: "Mapping[str, tuple[str, str]]" = MappingProxyType(
    {
        "attestation": ("attestation", "Show where packages come from; verify who says so."),
        "build": ("build", "Build recipes into a channel on disk."),
        "channel": ("channel", "Look at a forge's channels; promote, roll back."),
        "check-package": ("check_package", "Inspect packages: links, symbol versions, paths, modes."),
        "completion": ("completion", "Print the completion script for a shell."),
        "config": ("config", "Show every setting and where it came from."),
        "dep-graph": ("dep_graph", "Order, draw and question what needs what."),
        "docs": ("docs", "Host documentation of projects on a forge."),
        "env": ("env", "Install environments without any conda client."),
        "forge": ("forge", "Set up and run a forge, the server."),
        "licences": ("licences", "Report licences: texts, what is missing, what reaches copyleft."),
        "login": ("login", "Log in to a forge, with a browser or a certificate."),
        "logout": ("logout", "Log out of a forge."),
        "prune-index": ("prune_index", "Remove old packages from a channel on disk."),
        "quickstart": ("quickstart", "From recipes to an installed environment, with a forge of your own."),
        "recipe": ("recipe", "Look at recipes in either format; raise build numbers."),
        "show-updated-recipes": ("show_updated_recipes", "List recipes whose package a change would alter."),
        "source": ("source", "Fetch, list and check what recipes are built from; fill the forge."),
        "verify": ("verify", "Make packages again, and tell whether they are the same."),
        "test-package": ("test_package", "Test packages that are there, and what depends on them."),
        "upload": ("upload", "Upload packages to a channel of a forge."),
        "whence": ("whence", "Tell where a file or a package comes from."),
        "validate-recipes": ("validate_recipes", "Hold recipes against rules; mend what is safe."),
    }
)

NAMES = ("ownconda", "own")  # of one command
_FULL = (errno.ENOSPC, errno.EDQUOT)

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
        if not ctx.resilient_parsing:
            _check_working_directory()
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415  (only for a misspelt command)

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else " See 'ownconda --help'."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def _check_working_directory() -> None:
    try:
        Path.cwd()
    except OSError as error:
        raise OutsideError(
            f"the working directory can't be used: {error.strerror}", hint="was it deleted? change to another one"
        ) from error


@click.command(
    cls=LazyGroup,
    help="An organisation's own conda: build every package from source, host, promote and install it.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ownconda")
def root() -> None:
    """Choose a command; its own module does the rest."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line and give the exit code (see the table in the reference)."""
    code = _ended(arguments)
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # it is None where it was closed from the start
                stream.flush()
    except BrokenPipeError:
        return code  # nobody reads on
    except OSError:
        return code or OUTSIDE
    return code


def _ended(arguments: Sequence[str]) -> int:  # noqa: PLR0911  (one exit for each way to end)
    try:
        outcome = _outcome(arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        with _whether_anybody_listens():
            error.show()
        return USAGE
    except (click.Abort, EOFError, KeyboardInterrupt):
        with _whether_anybody_listens():
            click.echo("interrupted; run the same command again to go on", err=True)
        return INTERRUPTED
    except OwncondaError as error:
        return _show(error)
    except BrokenPipeError:
        return DONE  # nobody reads on
    except Exception as error:  # noqa: BLE001  (the last line of defence: exit code 4, and what to report)
        if isinstance(error, OSError) and error.errno in _FULL:
            return _show(_refused(error))
        with _whether_anybody_listens():
            traceback.print_exc()
            click.echo(
                f"error: ownconda {__version__} itself broke; please report the lines above and the command", err=True
            )
        return BROKEN
    return outcome if isinstance(outcome, int) else DONE


def _outcome(arguments: Sequence[str]) -> object:
    """Do what click's own ``main`` does, without its answer to a closed pipe, which is exit code 1."""
    for name in NAMES:
        variable = f"_{name.upper()}_COMPLETE"
        if asked := os.environ.get(variable):
            return shell_complete(root, {}, name, variable, asked)
    with root.make_context(NAMES[0], list(arguments), color=colours()) as context:
        return root.invoke(context)


def _show(error: OwncondaError) -> int:
    with _whether_anybody_listens():
        show_error(error)
    return exit_code(error)


def _whether_anybody_listens() -> AbstractContextManager[None]:
    return suppress(OSError)  # stderr may be a full disk or a closed pipe: the exit code tells the same


def _refused(error: OSError) -> OutsideError:
    place = Where(file=error.filename if isinstance(error.filename, str) else "output")
    return OutsideError(f"can't be written: {error.strerror}", where=place, hint="is there space left?")
