"""``ownconda dep-graph``: what needs what, among recipes, projects, package files and channels."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ownconda.cli import terminal
from ownconda.cli.plain_text import visible
from ownconda.cli.recipe_options import variants_option
from ownconda.cli.rendering import render_cache, rendering
from ownconda.dependencies.given import sorted_out
from ownconda.dependencies.packages import KINDS
from ownconda.dependencies.remembered_names import names_in_order
from ownconda.exit_codes import DONE

EPILOG = """\b
Example:
  ownconda dep-graph recipes --out svg > graph.svg
  ownconda dep-graph recipes projects --no-third-party --out project
  ownconda dep-graph http://127.0.0.1:8765/conda/stable --why openssl"""

LIMITED = ("--requirements", "--why", "--changed")
"""The questions that go step by step."""


class _Kinds(click.ParamType[frozenset[str]]):
    """A list of kinds of requirements, such as ``build,host``."""

    name = "kinds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:  # noqa: ANN401  (click's signature)
        """Take the list apart."""
        kinds = frozenset(one.strip() for one in str(value).split(","))
        if unknown := sorted(kinds - set(KINDS)):
            self.fail(f"{unknown[0]!r} isn't one of {', '.join(KINDS)}", param, ctx)
        return kinds


@click.command("dep-graph", epilog=EPILOG)
@click.argument("paths", nargs=-1)
@click.option(
    "--out",
    type=click.Choice(["names", "project", "dot", "mermaid", "svg", "json", "html"]),
    default="names",
    show_default=True,
    help="Names (an answer in words), the folders' names of own projects, a picture, JSON, or a page to click through.",
)
@click.option("--requirements", "needed_by", metavar="PKG", help="PKG and what it needs.")
@click.option("--why", "why_needed", metavar="PKG", help="What needs PKG, and the shortest path that shows it.")
@click.option(
    "--path", "ends", nargs=2, metavar="A B", help="A shortest path along which A needs B; exit code 1: none."
)
@click.option("--cycles", "ask_cycles", is_flag=True, help="Each cycle, the shortest first, and which edge to cut.")
@click.option("--unused", "ask_unused", is_flag=True, help="What is made here and needed by nobody.")
@click.option(
    "--changed",
    "since",
    metavar="[REV]",
    is_flag=False,
    flag_value="",
    help="What changed since REV (default: where the branch began) and what is built with it.",
)
@click.option(
    "--implicit", is_flag=True, help="Also run exports, compilers, tests' requirements; what nobody here makes."
)
@click.option("--no-third-party", "own_only", is_flag=True, help="Only what is made from own projects.")
@click.option("--only", type=_Kinds(), metavar="KINDS", help="Only requirements of these kinds: build,host,run,test.")
@click.option("--depth", metavar="N", type=click.IntRange(min=1), help="Go at most so many steps.")
@click.option("--reduce", "reduce", is_flag=True, help="Leave out what other edges say already.")
@variants_option
@click.option("--target-platform", metavar="SUBDIR", help="The subdir to ask about, such as linux-64.")
@click.option("--json", "as_json", is_flag=True, help="The same as --out json.")
def command(
    paths: tuple[str, ...],
    out: str,
    needed_by: str | None,
    why_needed: str | None,
    ends: tuple[str, str] | None,
    ask_cycles: bool,
    ask_unused: bool,
    since: str | None,
    implicit: bool,
    own_only: bool,
    only: frozenset[Any] | None,
    depth: int | None,
    reduce: bool,
    variants: tuple[Path, ...],
    target_platform: str | None,
    as_json: bool,
) -> int:
    """List what PATHS make in an order in which it can be built, draw how it needs each other, or answer a question.

    PATHS are folders of recipes, recipes, projects (a recipe below conda/), package files, folders and addresses of
    channels. PKG is a name or a match spec, such as "python 3.13.*"; a name that several have means all of them.

    In a picture, solid arrows lead to what is needed to build, dashed ones to what is needed to run or to test. Own are
    projects with a recipe below conda/ and recipes whose source is a folder beside theirs; all others are third-party.
    """
    if since and not paths and Path(since).exists():
        raise click.UsageError(f"--changed takes {since!r} for a revision: put PATHS before it.")
    settings = terminal.settings()
    given = sorted_out(paths or (str(settings.build.recipes),))
    asked = {
        "--requirements": needed_by,
        "--why": why_needed,
        "--path": ends,
        "--cycles": ask_cycles or None,
        "--unused": ask_unused or None,
        "--changed": since,
    }
    question = _only_one({option: value for option, value in asked.items() if value is not None}, depth)
    how = rendering(settings, variants=variants, target_platform=target_platform)
    form = "json" if as_json else out
    is_plain = not (question or implicit or own_only or given.files or given.channels)
    with _nothing_collected():
        if is_plain and form == "names":
            return _list(names_in_order(given.recipes, how, cache=render_cache(settings)))
        # what answers questions needs native libraries and takes longer to load than the plain list to be given
        from ownconda.cli.dep_graph_questions import Wish, answer  # noqa: PLC0415

        wish = Wish(
            question=question, only=only, implicit=implicit, own_only=own_only, reduced=reduce, depth=depth, out=form
        )
        return answer(wish, given, how, settings)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Don't look for garbage: all that is read stays until the end, and looking takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _only_one(asked: Mapping[str, object], depth: int | None) -> tuple[str, object] | None:
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(asked)}: ask one question at a time.")
    if depth and not asked.keys() & LIMITED:
        raise click.UsageError(f"--depth needs a question to limit: {', '.join(LIMITED)}.")
    return next(iter(asked.items()), None)


def _list(names: Sequence[str]) -> int:
    if names:
        click.echo("\n".join(map(visible, names)))
    else:
        click.echo("none", err=True)
    return DONE
