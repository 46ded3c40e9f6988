"""JSON: a list with an object for each finding."""

import json
from collections.abc import Sequence
from pathlib import Path

from ownconda.recipes.reports import Checked, path_in


def report(checked: Sequence[Checked], *, root: Path) -> str:
    """Write what was found."""
    entries = [
        {
            "recipe": str(one.file),
            "file": path_in(root, finding.file),
            "line": finding.line,
            "field": finding.field or None,
            "rule": finding.rule.name,
            "severity": finding.severity,
            "what": finding.what,
            "hint": finding.hint,
            "fixable": bool(finding.edits),
        }
        for one in checked
        for finding in one.findings
    ]
    return json.dumps(entries, indent=2) + "\n"
