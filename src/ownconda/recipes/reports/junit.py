"""What was found in recipes as test cases: one a recipe.

A case fails with all of its errors together, since a failed case has one text; warnings are its output.
"""

from collections.abc import Sequence
from pathlib import Path

from ownconda.recipes.checking import Finding, errors
from ownconda.recipes.reports import Checked, path_in
from ownconda.wires.junit import Case, junit


def report(checked: Sequence[Checked], *, root: Path) -> str:
    """Write what was found."""
    return junit("validate-recipes", [_case(one, root) for one in checked]).decode() + "\n"


def _case(one: Checked, root: Path) -> Case:
    path = path_in(root, one.file)
    failures = errors(one.findings)
    return Case(
        group=path,
        name=one.file.parent.name,
        file=path,
        failure=_message(failures) if failures else "",
        details=_lines(failures),
        output=_lines([finding for finding in one.findings if finding.severity == "warning"]),
    )


def _message(failures: Sequence[Finding]) -> str:
    return failures[0].what + (f" and {len(failures) - 1} more" if len(failures) > 1 else "")


def _lines(findings: Sequence[Finding]) -> str:
    return "\n".join(
        f"{finding.line}: {f'{finding.field}: ' if finding.field else ''}{finding.what} [{finding.rule.name}]"
        f"\n    hint: {finding.hint}"
        for finding in findings
    )
