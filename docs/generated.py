# ruff: noqa: INP001  (it stands beside conf.py, which is no package either)
"""Parts of the reference that are written from the code whenever the documentation is made."""

from collections.abc import Iterator
from pathlib import Path

import click

from ownconda.cli.main import root
from ownconda.settings import origins

WIDTH = 88
NOWHERE = Path("/")


def write_pages(folder: Path) -> None:
    """Write the parts into ``folder``, which git ignores."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("commands.md", commands_text()), ("settings.md", settings_text())):
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def commands_text() -> str:
    """Write every command's help as it stands, each below a heading of its own."""
    return "\n".join(
        f"## {name}\n\n```text\n{context.get_help()}\n```\n"
        for name, context in _contexts(_context(root, "ownconda", parent=None))
    )


def settings_text() -> str:
    """Write the table of settings: name, default, environment variable."""
    rows = [
        f"| [`{one.name}`](#{_anchor(one.name)}) | {_default(one.value)} | `{one.variable}` |"
        for one in origins(NOWHERE, {})
    ]
    return "\n".join(["| setting | default | environment variable |", "| --- | --- | --- |", *rows, ""])


def _contexts(context: click.Context) -> Iterator[tuple[str, click.Context]]:
    yield context.command_path, context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None and not command.hidden:
                yield from _contexts(_context(command, name, parent=context))


def _context(command: click.Command, name: str, *, parent: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": WIDTH}
    return click.Context(command, parent=parent, info_name=name, **settings)


def _default(value: str) -> str:
    return f"`{value.removeprefix(str(NOWHERE))}`" if value else "empty"


def _anchor(name: str) -> str:
    return name.replace(".", "")
