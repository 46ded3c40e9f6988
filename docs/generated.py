# ruff: noqa: INP001  (it stands beside conf.py, which is no package either)
"""Parts of the reference that are written from the code whenever the documentation is made."""

from collections.abc import Iterator
from pathlib import Path

import click

from ownconda.cli.main import root
from ownconda.recipes.all_rules import RULES
from ownconda.recipes.checks import Example, Rule
from ownconda.settings.loading import origins

WIDTH = 88
NOWHERE = Path("/")


def write_pages(folder: Path) -> None:
    """Write the parts into ``folder``, which git ignores."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"commands.md": commands_text(), "settings.md": settings_text(), "rules.md": rules_text()}
    for name, text in pages.items():
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


def rules_text() -> str:
    """Write the table of rules, and each of them with its examples below a heading of its own."""
    rows = [f"| [`{rule.name}`](#{rule.name}) | {rule.severity} | {rule.summary} |" for rule in RULES]
    table = "\n".join(["| rule | severity | finds |", "| --- | --- | --- |", *rows])
    return "\n\n".join([table, *(_rule_text(rule) for rule in RULES)]) + "\n"


def _rule_text(rule: Rule) -> str:
    examples = (("Bad", rule.bad), ("Good", rule.good))
    return "\n\n".join([f"## {rule.name}", f"Finds {rule.summary}.", rule.why, *(_example(*one) for one in examples)])


def _example(heading: str, example: Example) -> str:
    note = f", where {_as_code(example.note)}" if example.note else ""
    return f"{heading}{note}:\n\n```yaml\n{example.text.rstrip()}\n```"


def _as_code(note: str) -> str:
    return f"`{note}`" if " = " in note else note


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
