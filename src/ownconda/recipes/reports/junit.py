"""JUnit's XML, as GitLab reads it: https://docs.gitlab.com/ci/testing/unit_test_reports/.

Each recipe is one test case. It fails with all of its errors together, since a failed case has one text; warnings are
its output.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ownconda.recipes.checking import Finding, errors
from ownconda.recipes.reports import Checked, path_in

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(checked: Sequence[Checked], *, root: Path) -> str:
    """Write what was found."""
    failed = sum(bool(errors(one.findings)) for one in checked)
    counts = f'name="validate-recipes" tests="{len(checked)}" failures="{failed}" errors="0"'
    cases = "".join(_case(one, root) for one in checked)
    suite = f"<testsuite {counts}>\n{cases}</testsuite>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n{suite}</testsuites>\n'


def _case(one: Checked, root: Path) -> str:
    path = path_in(root, one.file)
    head = f"<testcase classname={_attribute(path)} name={_attribute(one.file.parent.name)} file={_attribute(path)}"
    failures = errors(one.findings)
    warnings = [finding for finding in one.findings if finding.severity == "warning"]
    inner = _failure(failures) if failures else ""
    if warnings:
        inner += f"<system-out>{_text(_lines(warnings))}</system-out>\n"
    return f"{head}>\n{inner}</testcase>\n" if inner else f"{head}/>\n"


def _failure(failures: Sequence[Finding]) -> str:
    first = failures[0].what + (f" and {len(failures) - 1} more" if len(failures) > 1 else "")
    return f'<failure type="error" message={_attribute(first)}>{_text(_lines(failures))}</failure>\n'


def _lines(findings: Sequence[Finding]) -> str:
    return "\n".join(
        f"{finding.line}: {f'{finding.field}: ' if finding.field else ''}{finding.what} [{finding.rule.name}]"
        f"\n    hint: {finding.hint}"
        for finding in findings
    )


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("?", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("?", text))
