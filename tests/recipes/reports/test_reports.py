"""Reports for programs hold what was found, in the form that their readers ask for."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from checking_recipes import findings, write

from ownconda.recipes.all_rules import RULES
from ownconda.recipes.checking import Finding
from ownconda.recipes.reports import Checked, code_quality, junit, plain_json, sarif

BROKEN = "package:\n  name: tool\n  version: v1.0.0\nsource:\n  url: https://tool.example/<t>&\u0001.tar.gz\n"


@pytest.fixture
def checked(tmp_path: Path) -> list[Checked]:
    """Check one recipe that is broken, one that has only warnings, and one that is as it should be."""
    broken = write(tmp_path / "recipes" / "broken tool", BROKEN.replace("\u0001", "%01"), "v0")
    about = "about:\n  license: MIT\n  license_file: [LICENSE]\n  homepage: https://tool.example\n"
    loose = "package:\n  name: loose\n  version: 1.0.0\n\nbuild:\n  number: 0\n\ntests:\n  - script: loose\n\n"
    warned = write(tmp_path / "recipes" / "warned", loose + about)
    fine = write(tmp_path / "recipes" / "fine", loose.replace("loose", "fine") + f"{about}  summary: A tool\n")
    for recipe in (warned, fine):
        (recipe.parent / "LICENSE").touch()
    every = findings(tmp_path / "recipes")
    return [
        Checked(file=file, findings=tuple(one for one in every if one.file == file)) for file in (broken, warned, fine)
    ]


def findings_of_broken(folder: Path, file: Path) -> tuple[Finding, ...]:
    """Check the broken recipe as if it stood in another file, which not every system can have."""
    write(folder / "tool", BROKEN.replace("\u0001", "%01"), "v0")
    return tuple(replace(one, file=file) for one in findings(folder))


def test_the_recipes_here_are_what_they_are_called(checked: list[Checked]) -> None:
    assert [{one.severity for one in it.findings} for it in checked] == [{"error", "warning"}, {"warning"}, set()]


def test_json_has_an_object_for_each_finding(checked: list[Checked], tmp_path: Path) -> None:
    entries = json.loads(plain_json.report(checked, root=tmp_path))
    [entry] = [one for one in entries if one["rule"] == "odd-version"]
    assert entry == {
        "recipe": str(tmp_path / "recipes/broken tool/meta.yaml"),
        "file": "recipes/broken tool/meta.yaml",
        "line": 3,
        "field": "package.version",
        "rule": "odd-version",
        "severity": "warning",
        "what": "the version 'v1.0.0' begins with a letter",
        "hint": "write '1.0.0'",
        "fixable": False,
    }


def test_junit_has_a_case_for_each_recipe_that_fails_with_its_errors(checked: list[Checked], tmp_path: Path) -> None:
    suites = ET.fromstring(junit.report(checked, root=tmp_path))  # noqa: S314  (written by ourselves)
    [suite] = suites
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    broken, warned, fine = suite
    assert [case.get("name") for case in suite] == ["broken tool", "warned", "fine"]
    failure = broken.find("failure")
    assert failure is not None
    assert "[missing-hash]" in (failure.text or "")
    assert "[odd-version]" not in (failure.text or "")
    assert "[odd-version]" in (broken.findtext("system-out") or "")
    assert [child.tag for child in warned] == ["system-out"]
    assert list(fine) == []


def test_junit_is_xml_whatever_a_recipe_holds(tmp_path: Path) -> None:
    file = write(tmp_path / "tool", 'package:\n  name: "a\\x01]]>"\n  version: 1\n', "v0")
    checked = [Checked(file=file, findings=tuple(findings(tmp_path)))]
    assert ET.fromstring(junit.report(checked, root=tmp_path)).get("failures") == "1"  # noqa: S314  (likewise)


def test_code_quality_has_what_gitlab_asks_for(checked: list[Checked], tmp_path: Path) -> None:
    entries = json.loads(code_quality.report(checked, root=tmp_path))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("/", "./"))
        assert (tmp_path / entry["location"]["path"]).is_file()
        assert entry["location"]["lines"]["begin"] >= 1
    severities = {entry["check_name"]: entry["severity"] for entry in entries}
    assert (severities["missing-hash"], severities["odd-version"]) == ("major", "minor")


def test_fingerprints_stay_when_lines_move(tmp_path: Path) -> None:
    def prints(text: str) -> list[str]:
        file = write(tmp_path / "tool", text, "v0")
        checked = [Checked(file=file, findings=tuple(findings(tmp_path)))]
        return [entry["fingerprint"] for entry in json.loads(code_quality.report(checked, root=tmp_path))]

    text = BROKEN.replace("\u0001", "")
    assert prints(text) == prints(f"# a remark\n\n{text}")


def test_sarif_has_the_rules_and_the_results_that_belong_to_them(checked: list[Checked], tmp_path: Path) -> None:
    log = json.loads(sarif.report(checked, root=tmp_path))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in RULES]
    assert len(run["results"]) == sum(len(one.findings) for one in checked)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning"}
        assert result["message"]["text"]
        [location] = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("recipes/")
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]


@pytest.mark.parametrize("form", [plain_json, junit, code_quality, sarif])
def test_every_report_can_be_written_whatever_a_folder_is_called(form: ModuleType, tmp_path: Path) -> None:
    recipe = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9/meta.yaml"))
    found = findings_of_broken(tmp_path, recipe)
    text = form.report([Checked(file=recipe, findings=found)], root=tmp_path)
    assert text.encode()
    assert "missing-hash" in text
