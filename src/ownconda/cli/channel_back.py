"""``ownconda channel rollback``, ``revert``, ``yank``, ``unyank``, ``hotfix``: take back or correct what was wrong."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ownconda.cli.channel_changes import How, act_options, carry_out
from ownconda.repodata.patch_instructions import instruction_files, patches_json, read_patches
from ownconda.repodata.patch_yaml import documents_in


@click.command(
    "rollback",
    short_help="Go back to an earlier snapshot.",
    epilog="""\b
Example:
  ownconda channel rollback stable 42 --dry-run
  ownconda channel rollback stable 2026-11-19 --reason "the update broke printing\"""",
)
@click.argument("channel")
@click.argument("snapshot")
@act_options
def rollback(channel: str, snapshot: str, how: How) -> None:
    """Let CHANNEL list again what it listed at SNAPSHOT: a number that `channel history` tells, a tag, or a date.

    That makes a new snapshot, so a rollback can be rolled back.
    """
    carry_out(channel, "rollback", how, snapshot=snapshot)


@click.command(
    "revert",
    short_help="Undo one snapshot, keep what came after it.",
    epilog='Example: ownconda channel revert stable 42 --reason "zlib 1.4 breaks curl"',
)
@click.argument("channel")
@click.argument("snapshot")
@act_options
def revert(channel: str, snapshot: str, how: How) -> None:
    """Undo what SNAPSHOT changed in CHANNEL, on top of today's state.

    It is refused when something of it changed again since.
    """
    carry_out(channel, "revert", how, snapshot=snapshot)


def _of_specs(verb: str, told: str, epilog: str, described: str) -> click.Command:
    """Make a command that lets the forge carry out an act on what specs choose in a channel."""

    @click.command(verb, short_help=told, epilog=epilog, help=described)
    @click.argument("channel")
    @click.argument("specs", nargs=-1, required=True)
    @act_options
    def command(channel: str, specs: tuple[str, ...], how: How) -> None:
        carry_out(channel, verb, how, specs=list(specs))

    return command


yank = _of_specs(
    "yank",
    "Offer packages no longer; their files stay.",
    'Example: ownconda channel yank stable "zlib ==1.4" --reason "corrupts archives"',
    """Offer what SPECS choose in CHANNEL no longer to solvers.

    Their files stay where they are: environments that were locked with them can still be installed.
    """,
)
unyank = _of_specs(
    "unyank",
    "Offer yanked packages again.",
    'Example: ownconda channel unyank stable "zlib ==1.4"',
    "Offer again what SPECS choose among the yanked packages of CHANNEL.",
)


@click.command(
    "hotfix",
    short_help="Correct what the index says of packages.",
    epilog="""\b
Example:
  ownconda channel hotfix stable hotfixes --dry-run
  ownconda channel hotfix stable hotfixes --reason "curl 8 needs openssl >=3.2"
  ownconda channel hotfix stable --remove""",
)
@click.argument("channel")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--remove", is_flag=True, help="Take all patches away.")
@act_options
def hotfix(channel: str, folder: Path | None, remove: bool, how: How) -> None:
    """Let the index of CHANNEL say of its packages what the instructions in FOLDER say, instead of the patches so far.

    FOLDER holds SUBDIR/patch_instructions.json, as conda-index has them (fields to replace, packages to revoke or
    remove), or files *.yaml as conda-forge writes its patches (if, then), or both: then YAML comes on top. YAML is
    about what CHANNEL lists now, not about what comes later. The packages stay as they are.
    """
    if (folder is None) != remove:
        raise click.UsageError("Give either FOLDER or --remove.")
    documents = documents_in(folder) if folder else ()
    instructed = folder is not None and (not documents or instruction_files(folder))
    patches = json.loads(patches_json(read_patches(folder))) if folder and instructed else {}
    carry_out(channel, "hotfix", how, patches=patches, documents=[one.fields() for one in documents])


COMMANDS: Sequence[click.Command] = (rollback, revert, yank, unyank, hotfix)
