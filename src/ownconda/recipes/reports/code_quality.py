"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ownconda.recipes.checking import Finding
from ownconda.recipes.checks import Severity
from ownconda.recipes.reports import Checked, path_in

_SEVERITIES: Mapping[Severity, str] = MappingProxyType({"error": "major", "warning": "minor"})


def report(checked: Sequence[Checked], *, root: Path) -> str:
    """Write what was found."""
    seen: Counter[str] = Counter()
    entries = [_entry(finding, path_in(root, finding.file), seen) for one in checked for finding in one.findings]
    return json.dumps(entries, indent=2) + "\n"


def _entry(finding: Finding, path: str, seen: Counter[str]) -> dict[str, object]:
    return {
        "description": f"{finding.what} (hint: {finding.hint})",
        "check_name": finding.rule.name,
        "fingerprint": fingerprint(finding, path, seen),
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": finding.line}},
    }


def fingerprint(finding: Finding, path: str, seen: Counter[str]) -> str:
    """Tell a finding from all others by what it says, not by its line, so that it stays the same when lines move.

    ``seen`` counts those that say the same.
    """
    said = f"{path}\0{finding.rule.name}\0{finding.what}"
    seen[said] += 1
    return hashlib.sha256(f"{said}\0{seen[said]}".encode(errors="surrogatepass")).hexdigest()
