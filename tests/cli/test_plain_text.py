import json

import pytest

from ownconda.cli.exits import show_error
from ownconda.cli.plain_text import visible
from ownconda.cli.terminal import print_json, print_table, progress
from ownconda.errors import OutsideError

RED, OVERRIDE = "\x1b[31m", "\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{RED}red", "\\x1b[31mred"),
        ("two\nlines\r", "two\\nlines\\r"),
        (f"a{OVERRIDE}b", "a\\u202eb"),
        ("not utf-8: \udcff", "not utf-8: \\udcff"),
        ("naïve café, 漢字", "naïve café, 漢字"),
    ],
)
def test_what_would_act_on_a_terminal_is_shown_as_python_writes_it(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_table_keeps_its_columns_whatever_a_cell_holds(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("NAME", "REASON"), [(f"{RED}x", "a\nb"), ("y", OVERRIDE)])
    assert capsys.readouterr().out.splitlines() == [
        "NAME       REASON",
        "\\x1b[31mx  a\\nb",
        "y          \\u202e",
    ]


def test_an_error_keeps_its_lines_and_nothing_else_that_acts(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(OutsideError(f"one\ntwo {RED}", hint=f"three\r{OVERRIDE}"))
    assert capsys.readouterr().err == "error: one\ntwo \\x1b[31m\nhint: three\\r\\u202e\n"


def test_a_note_is_one_line_of_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    progress().note(f"built {RED}x\nerror: forged")
    assert capsys.readouterr().err == "built \\x1b[31mx\\nerror: forged\n"


def test_json_says_the_same_with_escapes_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    said = [f"{RED}\x9b1m{OVERRIDE}\udcff", "naïve"]
    print_json(said)
    shown = capsys.readouterr().out
    assert "\\u009b1m\\u202e\\udcff" in shown
    assert "naïve" in shown
    assert json.loads(shown) == said
