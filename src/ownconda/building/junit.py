"""What became of Builds as JUnit's XML, which GitLab shows beside a pipeline (its page "Unit test reports")."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from ownconda.building.outcomes import Outcome

_NOT_XML = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def junit_report(outcomes: Sequence[Outcome]) -> bytes:
    """Write one test case a Build: failed ones with the error, those that weren't built as skipped."""
    suite = ET.Element(
        "testsuite",
        name="ownconda build",
        tests=str(len(outcomes)),
        failures=str(sum(one.status == "failed" for one in outcomes)),
        skipped=str(sum(one.status in {"left out", "there already"} for one in outcomes)),
        time=f"{sum(one.seconds for one in outcomes):.3f}",
    )
    for outcome in outcomes:
        _case(suite, outcome)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _case(suite: ET.Element, outcome: Outcome) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=outcome.build.name,
        name=outcome.build.path,
        file=str(outcome.build.recipe),
        time=f"{outcome.seconds:.3f}",
    )
    if outcome.status == "failed":
        failure = ET.SubElement(case, "failure", message=_clean(outcome.reason.partition("\n")[0]))
        failure.text = _clean(outcome.reason)
    elif outcome.status != "built":
        ET.SubElement(case, "skipped", message=_clean(outcome.reason or outcome.status))


def _clean(text: str) -> str:
    """Leave out what XML has no room for."""
    return _NOT_XML.sub("\ufffd", text)
