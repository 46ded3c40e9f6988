"""Keys that are misspelt or misplaced, in both formats and at any depth."""

from pathlib import Path

import pytest
from checking_recipes import findings, told, write

from ownconda.recipes.editing import Form

HEAD = "package:\n  name: tool\n  version: 1.0.0\n"
OUTPUTS = (
    "recipe:\n  name: tool\n  version: 1.0.0\noutputs:\n  - package:\n      name: a\n  - package:\n      name: b\n"
)


@pytest.mark.parametrize(
    ("form", "text", "field", "hint"),
    [
        ("v1", f"{HEAD}requirments:\n  run: []\n", "requirments", "did you mean 'requirements'?"),
        ("v1", f"{HEAD}build:\n  numbr: 1\n", "build.numbr", "did you mean 'number'?"),
        ("v1", f"{HEAD}about:\n  licence: MIT\n", "about.licence", "did you mean 'license'?"),
        ("v1", f"{HEAD}about:\n  home: https://tool.example\n", "about.home", "this format calls it 'homepage'"),
        ("v1", f"{HEAD}tests:\n  - pyhton:\n      imports: [tool]\n", "tests[0].pyhton", "did you mean 'python'?"),
        (
            "v1",
            f"{HEAD}tests:\n  - python:\n      import: [tool]\n",
            "tests[0].python.import",
            "did you mean 'imports'?",
        ),
        (
            "v1",
            f"{OUTPUTS}    requirements:\n      rn: [zlib]\n",
            "outputs[1].requirements.rn",
            "did you mean 'run'?",
        ),
        (
            "v1",
            f"{HEAD}tests:\n  - if: unix\n    then:\n      - scirpt: tool\n",
            "tests[0].then[0].scirpt",
            "did you mean 'script'?",
        ),
        (
            "v1",
            f"{HEAD}build:\n  missing_dso_allowlist: [libc.so.6]\n",
            "build.missing_dso_allowlist",
            "there may be: ",
        ),
        ("v1", f"{HEAD}host:\n  - zlib\n", "host", "it belongs into the section 'requirements'"),
        ("v1", f"{HEAD}extra:\n  ownconda:\n    debian_sorce: x\n", "extra.ownconda.debian_sorce", "did you mean"),
        ("v0", f"{HEAD}requirments:\n  run: []\n", "requirments", "did you mean 'requirements'?"),
        ("v0", f"{HEAD}build:\n  numbr: 1\n", "build.numbr", "did you mean 'number'?"),
        ("v0", f"{HEAD}tests:\n  commands: [tool]\n", "tests", "this format calls it 'test'"),
        ("v0", f"{HEAD}test:\n  command: [tool]\n", "test.command", "did you mean 'commands'?"),
        (
            "v0",
            f"{HEAD}outputs:\n  - name: a\n  - name: b\n    requirements:\n      rn: [zlib]\n",
            "outputs[1].requirements.rn",
            "did you mean 'run'?",
        ),
    ],
)
def test_a_misspelt_key_is_told_with_its_place_and_the_nearest_name(
    form: Form, text: str, field: str, hint: str, tmp_path: Path
) -> None:
    recipe = write(tmp_path / "tool", text, form)
    [found] = [one for one in findings(tmp_path) if one.rule.name in {"unknown-key", "unreadable-recipe"}]
    assert (found.rule.name, found.file, found.field) == ("unknown-key", recipe, field)
    assert found.hint.startswith(hint)
    assert text.splitlines()[found.line - 1].lstrip(" -").startswith(field.rpartition(".")[2])


def test_every_misspelt_key_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path / "tool", f"{HEAD}biuld:\n  number: 0\nabout:\n  licens: MIT\n  sumary: A tool\n")
    assert [one.split(": ")[1] for one in told(tmp_path, "unknown-key")] == ["biuld", "about.licens", "about.sumary"]


@pytest.mark.parametrize(
    ("form", "text", "place"),
    [
        ("v0", f"{HEAD}test:\n  commands:\n    - echo: hello\n", "6: test.commands[0]: has to be text, not a mapping"),
        ("v0", f"{HEAD}about: MIT\n", "4: about: has to be a mapping"),
        ("v0", f"{HEAD}about:\n  - license: MIT\n", "5: about: has to be a mapping, not a list"),
        ("v1", f"{HEAD}build:\n  python: tool\n", "5: build.python: has to be a mapping"),
    ],
)
def test_a_value_of_another_kind_is_told(form: Form, text: str, place: str, tmp_path: Path) -> None:
    write(tmp_path / "tool", text, form)
    assert told(tmp_path, "wrong-kind") == [place]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("v1", f"{HEAD}build:\n  script:\n    - if: unix\n      then: make\n      else: nmake\n"),
        ("v1", f"{HEAD}about:\n  description:\n    file: README.md\n"),
        ("v1", f"{HEAD}extra:\n  anything:\n    goes: [here]\n"),
        ("v1", f"{HEAD}source: ${{{{ none }}}}\n"),
        ("v0", f"{HEAD}build:\n  run_exports:\n    strong:\n      - tool\n"),
        ("v0", f"{HEAD}requirements:\n  - zlib\n"),
        ("v0", "{% set name = 'tool' %}\npackage:\n  name: {{ name }}\n  {{ 'version' }}: 1.0\n"),
        ("v0", f"{HEAD}build:\n  skip: true  # [win]\n  skip: false  # [unix]\n"),
        ("v1", f"{HEAD}extra:\n  ownconda:\n    runner: {{tags: [gpu]}}\n    allowed_findings: {{glibc: [bin/a]}}\n"),
    ],
)
def test_what_the_format_allows_is_let_pass(form: Form, text: str, tmp_path: Path) -> None:
    write(tmp_path / "tool", text, form)
    assert [*told(tmp_path, "unknown-key"), *told(tmp_path, "wrong-kind")] == []


def test_what_else_is_wrong_is_told_beside_misspelt_keys(tmp_path: Path) -> None:
    text = (
        f"{HEAD}tests:\n  - pyhton:\n      imports: [tool]\nsource:\n  url: https://tool.example/t.tar.gz\n  sha: 1\n"
    )
    write(tmp_path / "tool", text)
    names = {one.rule.name for one in findings(tmp_path)}
    assert {"unknown-key", "missing-hash", "missing-test", "missing-licence"} <= names
    assert "unreadable-recipe" not in names
