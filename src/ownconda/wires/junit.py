"""JUnit's XML, as GitLab reads it: https://docs.gitlab.com/ci/testing/unit_test_reports/."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test case: its names, the file that it is about, and how many seconds it took.

    It failed when there is a ``failure``, of which the first line is the message; it wasn't run when there is a reason
    to have ``skipped`` it. ``output`` is what it has to say besides.
    """

    group: str
    name: str
    file: str
    seconds: float | None = None
    failure: str = ""
    details: str = ""
    skipped: str = ""
    output: str = ""


def junit(suite: str, cases: Sequence[Case]) -> bytes:
    """Write a report of one suite; what XML has no room for is replaced."""
    counts = {
        "name": suite,
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failure) for case in cases)),
        "errors": "0",
        "skipped": str(sum(bool(case.skipped) for case in cases)),
    }
    root = ET.Element("testsuites", counts)
    written = ET.SubElement(root, "testsuite", counts)
    for case in cases:
        _write(written, case)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _write(suite: ET.Element, case: Case) -> None:
    names = {"classname": case.group, "name": case.name, "file": case.file}
    if case.seconds is not None:
        names["time"] = f"{case.seconds:.3f}"
    written = ET.SubElement(suite, "testcase", {key: _clean(value) for key, value in names.items()})
    if case.failure:
        failure = ET.SubElement(written, "failure", {"type": "error", "message": _clean(case.failure)})
        failure.text = _clean(case.details or case.failure)
    elif case.skipped:
        ET.SubElement(written, "skipped", {"message": _clean(case.skipped)})
    if case.output:
        ET.SubElement(written, "system-out").text = _clean(case.output)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
