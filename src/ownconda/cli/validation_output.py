"""What was found in recipes, written where it is wanted: for people, for programs, or both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ownconda.cli.exits import colours
from ownconda.cli.plain_text import visible
from ownconda.recipes.checking import Finding
from ownconda.recipes.reports import Checked, Report, code_quality, junit, plain_json, sarif
from ownconda.wires.files import write_atomically

REPORTS: Mapping[str, Report] = {
    "json": plain_json.report,
    "junit": junit.report,
    "codequality": code_quality.report,
    "sarif": sarif.report,
}
TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A format, and the file that it is written to; None is stdout."""

    form: str = TEXT
    file: Path | None = None


def outputs(_: click.Context, __: click.Parameter, given: Sequence[str]) -> list[Output]:
    """Take what ``--out`` was given apart: ``FORMAT`` and ``FORMAT=FILE``."""
    taken: list[Output] = []
    for one in given:
        form, _sign, file = one.partition("=")
        if form not in {TEXT, *REPORTS}:
            raise click.BadParameter(f"{form!r} is none of {', '.join((TEXT, *REPORTS))}")
        taken.append(Output(form=form, file=Path(file) if file else None))
    return taken


def wanted(given: Sequence[Output], *, as_json: bool) -> Sequence[Output]:
    """Decide what is written where; without any wish, text for people."""
    every = [*given, Output(form="json")] if as_json else given
    if sum(one.file is None for one in every) > 1:
        raise click.UsageError("only one format can go to stdout; write the others to files: --out junit=FILE")
    return every or [Output()]


def write(checked: Sequence[Checked], every: Sequence[Output], *, root: Path) -> None:
    """Write what was found; paths for programs are relative to ``root``."""
    for one in every:
        text = _for_people(checked) if one.form == TEXT else REPORTS[one.form](checked, root=root)
        if one.file is None:
            click.echo(text, nl=False, color=colours())
        else:
            write_atomically(one.file, click.unstyle(text).encode())


def counted(checked: Sequence[Checked]) -> str:
    """Say how much was found."""
    findings = [finding for one in checked for finding in one.findings]
    counts = {kind: sum(one.severity == kind for one in findings) for kind in ("error", "warning")}
    told = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items())
    return f"{len(checked)} recipe{'s' * (len(checked) != 1)}: {told}"


def shown(file: Path) -> str:
    """Give a path as people want it: relative to where they are when it is below that."""
    here = Path.cwd()
    return visible(str(file.relative_to(here) if file.is_relative_to(here) else file))


def _for_people(checked: Sequence[Checked]) -> str:
    """Write findings recipe by recipe, with colours."""
    return "\n".join("".join(_styled(finding) for finding in one.findings) for one in checked if one.findings)


def _styled(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    heading = click.style(f"{finding.severity}:", fg=colour, bold=finding.severity == "error")
    return f"{heading} {_told(finding)}\n{click.style('hint:', fg='cyan')} {visible(finding.hint)}\n"


def _told(finding: Finding) -> str:
    place = f"{shown(finding.file)}:{finding.line}: {f'{visible(finding.field)}: ' if finding.field else ''}"
    return f"{place}{visible(finding.what)} [{finding.rule.name}]"
