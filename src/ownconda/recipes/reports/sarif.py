"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from ownconda import __version__
from ownconda.recipes.all_rules import RULES
from ownconda.recipes.checking import Finding
from ownconda.recipes.checks import Rule, Severity
from ownconda.recipes.reports import Checked, path_in, uri_in
from ownconda.recipes.reports.code_quality import fingerprint

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_PLACES: Mapping[str, int] = MappingProxyType({rule.name: place for place, rule in enumerate(RULES)})
_LEVELS: Mapping[Severity, str] = MappingProxyType({"error": "error", "warning": "warning", "off": "none"})


def report(checked: Sequence[Checked], *, root: Path) -> str:
    """Write what was found."""
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": {"name": "ownconda", "version": __version__, "rules": [_rule(rule) for rule in RULES]}},
        "results": [_result(finding, root, seen) for one in checked for finding in one.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\nBad:\n{rule.bad.text}\nGood:\n{rule.good.text}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, root: Path, seen: Counter[str]) -> dict[str, object]:
    file = finding.file
    artifact = {"uri": uri_in(root, file)} | ({"uriBaseId": _ROOT} if file.is_relative_to(root) else {})
    return {
        "ruleId": finding.rule.name,
        "ruleIndex": _PLACES[finding.rule.name],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.what}; hint: {finding.hint}"},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": finding.line}}}],
        "partialFingerprints": {"ownconda/v1": fingerprint(finding, path_in(root, file), seen)},
    }
