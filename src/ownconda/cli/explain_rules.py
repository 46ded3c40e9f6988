"""Rules described at the terminal."""

import click

from ownconda.cli.exits import colours
from ownconda.cli.terminal import print_table
from ownconda.recipes.all_rules import RULES
from ownconda.recipes.checks import Example, Rule


def explain(rule: Rule) -> None:
    """Print what a rule finds and why that matters, with recipes that break it and that keep it."""
    _heading(f"{rule.name} ({rule.severity})")
    click.echo(f"Finds {rule.summary}.\n")
    click.echo(click.wrap_text(rule.why, width=88))
    for heading, example in (("Bad", rule.bad), ("Good", rule.good)):
        _heading(f"\n{heading}{f', where {example.note}' if example.note else ''}:")
        click.echo(_shown(example), nl=False)


def list_rules() -> None:
    """Print every rule with its severity and what it finds."""
    print_table(("RULE", "SEVERITY", "FINDS"), [(rule.name, rule.severity, rule.summary) for rule in RULES])


def _heading(text: str) -> None:
    click.echo(click.style(text, bold=True), color=colours())


def _shown(example: Example) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in example.text.splitlines())
