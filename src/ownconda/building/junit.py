"""What became of Builds as JUnit's XML, which GitLab shows beside a pipeline (its page "Unit test reports")."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from ownconda.building.outcomes import Outcome

_NOT_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case: ``failed`` and ``skipped`` say why it did or was, or nothing. ``file`` is where it is written."""

    name: str
    path: str
    file: str
    seconds: float
    failed: str = ""
    skipped: str = ""


def junit_report(outcomes: Sequence[Outcome]) -> bytes:
    """Write one test case a Build: failed ones with the error, those that weren't built as skipped."""
    return junit("ownconda build", [_case_of(one) for one in outcomes])


def junit(name: str, cases: Sequence[Case]) -> bytes:
    """Write a suite of test cases."""
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(sum(bool(one.failed) for one in cases)),
        skipped=str(sum(bool(one.skipped) for one in cases)),
        time=f"{sum(one.seconds for one in cases):.3f}",
    )
    for one in cases:
        _write(suite, one)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _case_of(outcome: Outcome) -> Case:
    unchanged = outcome.status in {"left out", "there already"}
    return Case(
        name=outcome.build.name,
        path=outcome.build.path,
        file=str(outcome.build.recipe),
        seconds=outcome.seconds,
        failed=outcome.reason or "failed" if outcome.status == "failed" else "",
        skipped=outcome.reason or outcome.status if unchanged else "",
    )


def _write(suite: ET.Element, one: Case) -> None:
    case = ET.SubElement(suite, "testcase", classname=one.name, name=one.path, file=one.file, time=f"{one.seconds:.3f}")
    if one.failed:
        failure = ET.SubElement(case, "failure", message=_clean(one.failed.partition("\n")[0]))
        failure.text = _clean(one.failed)
    elif one.skipped:
        ET.SubElement(case, "skipped", message=_clean(one.skipped))


def _clean(text: str) -> str:
    """Leave out what XML has no room for."""
    return _NOT_XML.sub("\ufffd", text)
