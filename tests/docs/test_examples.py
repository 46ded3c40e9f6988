"""Every console example in the README and the documentation does what its page shows."""

import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from console_examples import Block, Command, Page, Session, Written, first_fault, fits, read_page

from ownconda.wires.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "_build" not in path.parts
}
EXECUTED_ELSEWHERE = {"quickstart"}


def page_at(name: str) -> Page:
    return read_page(PAGES[name].read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in PAGES if page_at(name).is_executed])
def test_the_examples_of_a_page_do_what_the_page_shows(name: str, tmp_path: Path) -> None:
    page = page_at(name)
    if "$ curl " in PAGES[name].read_text(encoding="utf-8") and not shutil.which("curl"):
        pytest.skip("the page's examples need curl; get it with: apt-get install curl")
    with Session(tmp_path, port=free_port("127.0.0.1", 0)) as session:
        for path in (ROOT / "recipes", ROOT / "examples", ROOT / "ownconda.toml") if page.in_checkout else ():
            session.lend(path)
        fault = first_fault(page, session)
    assert not fault, f"{name}, {fault}"


def test_an_example_that_is_not_executed_with_its_page_says_why() -> None:
    remarks = [block.remark for name in PAGES for block in page_at(name).blocks if block.remark]
    assert remarks
    assert {reason for kind, reason in remarks if kind == "executed"} <= EXECUTED_ELSEWHERE
    assert all(reason.startswith("needs ") for kind, reason in remarks if kind == "not executed")


def test_shell_commands_are_written_as_console_examples_so_that_they_are_executed() -> None:
    shells = {"bash", "sh", "shell", "shell-session", "zsh"}
    assert {name: shells.intersection(page_at(name).languages) for name in PAGES} == {name: set() for name in PAGES}


def test_a_suite_that_is_named_in_a_contributors_example_exists() -> None:
    suites = tomllib.loads((ROOT / "suites.toml").read_text())
    for block in page_at("CONTRIBUTING.md").blocks:
        for command in block.commands:
            words = shlex.split(command.text, comments=True)
            if words[0].endswith("run-suites"):
                assert set(words[1:]) <= set(suites)


def test_three_dots_stand_for_anything_in_a_line() -> None:
    assert fits(("built zlib in ... s",), "built zlib in 0.1 s\n")
    assert not fits(("built zlib in ... s",), "built zlib in 0.1 s\nbuilt xz in 0.2 s\n")


def test_three_dots_alone_stand_for_any_number_of_lines() -> None:
    assert fits(("one", "..."), "one\n")
    assert fits(("one", "...", "four"), "one\ntwo\nthree\nfour\n")
    assert not fits(("one", "...", "four"), "one\ntwo\n")


def test_a_page_that_shows_something_else_is_found_out(tmp_path: Path) -> None:
    page = read_page("```console\n$ echo one\none\n$ echo two\nthree\n```\n")
    with Session(tmp_path, port=free_port("127.0.0.1", 0)) as session:
        fault = first_fault(page, session)
    assert "line 4: $ echo two" in fault


def test_a_command_that_fails_is_found_out_unless_the_page_asks_for_its_code(tmp_path: Path) -> None:
    failing = read_page("```console\n$ false\n```\n")
    asking = read_page("```console\n$ false\n$ echo $?\n1\n```\n")
    with Session(tmp_path, port=free_port("127.0.0.1", 0)) as session:
        assert "exit code 1" in first_fault(failing, session)
        assert not first_fault(asking, session)


def test_a_page_is_read_as_commands_files_and_remarks() -> None:
    page = read_page(
        "```{code-block} yaml\n:caption: a/b.yaml\n\nkey: value\n```\n"
        "```console\n$ cat <<'EOF'\n> text\n> EOF\ntext\n```\n"
        "<!-- not executed: needs conda -->\n```console\n$ conda list\n```\n"
    )
    assert page.steps == (
        Written(path="a/b.yaml", content="key: value\n"),
        Block(commands=(Command(text="cat <<'EOF'\ntext\nEOF", shown=("text",), line=7),), line=6, remark=None),
        Block(
            commands=(Command(text="conda list", shown=(), line=14),),
            line=13,
            remark=("not executed", "needs conda"),
        ),
    )
