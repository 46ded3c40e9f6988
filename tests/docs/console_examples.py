"""Console examples of a page: found in its text, run in one shell session, compared with what the page shows.

What counts on a page:

- a fenced ``console`` block: lines that start with ``$ `` are commands (``> `` continues one), the lines after them
  are what they print. ``...`` stands for anything within a line; alone on a line, for any number of lines. How many
  spaces stand between two words doesn't matter, so that a table stays one.
- a ``{code-block}`` with a ``:caption:`` is a file that the reader writes: the caption is its path.
- the comment ``<!-- executed: … -->`` or ``<!-- not executed: … -->`` right before a console block says why it isn't
  run here.
- the comment ``<!-- in a checkout -->`` anywhere: the page's session is in a clone of the repository.

A command has to end with exit code 0, unless the next one asks for it by ``echo $?``. After a command that ends in
``&`` the session goes on as soon as the page's lines have appeared.
"""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

DEFAULT_PORT = "8765"
SECONDS = 30.0

_FENCE = re.compile(r"^(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=ticks)`*[ \t]*$", re.DOTALL | re.MULTILINE)
_CAPTION = re.compile(r"\A(?::[\w-]+:.*\n)*?:caption: (?P<path>\S+)\n(?::[\w-]+:.*\n)*\n?")
_REMARK = re.compile(r"<!-- (?P<kind>executed|not executed): (?P<reason>[^\n]+?) -->\s*\Z")
_SPACES = re.compile(r"(?<=\S) {2,}")
_SERVE = re.compile(r"(?P<serve>ownconda forge serve (?!.*--port)\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as the page has it, and the lines that it shows below; ``line`` is the page's, from 1."""

    text: str
    shown: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that the page tells its reader to write."""

    path: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One console block; ``remark`` is why it isn't run with its page, as (kind, reason)."""

    commands: tuple[Command, ...]
    line: int
    remark: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page has for its reader to do, in order, and the languages of all its fenced blocks."""

    steps: tuple[Block | Written, ...]
    languages: tuple[str, ...]
    in_checkout: bool

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(step for step in self.steps if isinstance(step, Block))

    @property
    def is_executed(self) -> bool:
        return any(block.remark is None for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What a command printed, and its exit code."""

    text: str
    code: int


def read_page(text: str) -> Page:
    """Find what there is to do on a page."""
    steps: list[Block | Written] = []
    languages: list[str] = []
    for fence in _FENCE.finditer(text):
        info, body = fence["info"].strip(), fence["body"]
        languages.append(info)
        caption = _CAPTION.match(body)
        if info == "console":
            line = text.count("\n", 0, fence.start()) + 1
            remark = _REMARK.search(text, 0, fence.start())
            steps.append(
                Block(
                    commands=_commands(body, line + 1),
                    line=line,
                    remark=(remark["kind"], remark["reason"]) if remark else None,
                )
            )
        elif info.startswith("{code-block}") and caption:
            steps.append(Written(path=caption["path"], content=body[caption.end() :]))
    return Page(steps=tuple(steps), languages=tuple(languages), in_checkout="<!-- in a checkout -->" in text)


def fits(shown: tuple[str, ...], printed: str) -> bool:
    """Tell whether what was printed is what the page shows."""
    return re.fullmatch("".join(_pattern(line) for line in shown), _stripped(printed)) is not None


class Session:
    """A bash with a home and a folder of its own, and with ownconda on its PATH."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self._folder, self._port = folder / "here", str(port)
        self._folder.mkdir()
        (folder / "home").mkdir()
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self._folder,
            env=_environment(folder / "home", self._port),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._shell.pid, signal.SIGTERM)
        os.killpg(self._shell.pid, signal.SIGKILL)
        with self._shell:
            pass

    def write(self, written: Written) -> None:
        path = self._folder / written.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written.content.replace(DEFAULT_PORT, self._port))

    def lend(self, path: Path) -> None:
        (self._folder / path.name).symlink_to(path)

    def run(self, command: Command) -> Printed:
        """Run a command to its end, a background one until the page's lines have appeared."""
        mark = f"--{os.urandom(8).hex()}--"
        text = self._here(_SERVE.sub(rf"\g<serve> --port {DEFAULT_PORT}", command.text))
        script = f"{{ {text}\n}} </dev/null; __code=$?; printf '\\n{mark}%s{mark}' $__code; (exit $__code)\n"
        assert self._shell.stdin is not None
        self._shell.stdin.write(script.encode())
        self._shell.stdin.flush()
        ended, shown = re.compile(rf"\n?{mark}(\d+){mark}"), tuple(self._here(line) for line in command.shown)
        end, came, output = time.monotonic() + SECONDS, b"", ""
        while time.monotonic() < end:
            came += self._read(0.05)
            output = came.decode(errors="replace")
            found = ended.search(output)
            if found is None:
                continue
            printed = Printed(
                text=self._there(_stripped(output[: found.start()] + output[found.end() :])), code=int(found[1])
            )
            if not text.endswith("&") or fits(shown, self._here(printed.text)):
                return printed
        return Printed(text=self._there(output) + f"(hadn't ended after {SECONDS:g} s)", code=-1)

    def _read(self, seconds: float) -> bytes:
        assert self._shell.stdout is not None
        ready = select.select([self._shell.stdout], [], [], seconds)[0]
        return os.read(self._shell.stdout.fileno(), 1 << 16) if ready else b""

    def _here(self, text: str) -> str:
        return text.replace(DEFAULT_PORT, self._port)

    def _there(self, text: str) -> str:
        return text.replace(self._port, DEFAULT_PORT)


def first_fault(page: Page, session: Session) -> str:
    """Do what the page says, and tell the first difference from what it shows; nothing when there is none."""
    for step in page.steps:
        if isinstance(step, Written):
            session.write(step)
        elif step.remark is None:
            for index, command in enumerate(step.commands):
                told = _fault(command, session, asked_for=_asks_for_code(step.commands, index + 1))
                if told:
                    return told
    return ""


def _fault(command: Command, session: Session, *, asked_for: bool) -> str:
    printed = session.run(command)
    if fits(command.shown, printed.text) and (printed.code == 0 or asked_for):
        return ""
    shown = "\n".join(command.shown)
    return (
        f"line {command.line}: $ {command.text}\n--- shown\n{shown}\n"
        f"--- printed (exit code {printed.code})\n{printed.text}"
    )


def _asks_for_code(commands: tuple[Command, ...], index: int) -> bool:
    return index < len(commands) and commands[index].text == "echo $?"


def _commands(body: str, first_line: int) -> tuple[Command, ...]:
    found: list[tuple[list[str], list[str], int]] = []
    for number, line in enumerate(body.splitlines(), first_line):
        if line.startswith("$ "):
            found.append(([line.removeprefix("$ ")], [], number))
        elif found and line[:2] in {"> ", ">"} and not found[-1][1]:
            found[-1][0].append(line[2:])
        elif found:
            found[-1][1].append(line)
    return tuple(
        Command(text="\n".join(text), shown=tuple("\n".join(shown).strip("\n").splitlines()), line=line)
        for text, shown, line in found
    )


def _pattern(line: str) -> str:
    line = _SPACES.sub(" ", line.rstrip())
    if line.strip() == "...":
        return r"(?:[^\n]*\n)*"
    return "[^\n]*".join(re.escape(part) for part in line.split("...")) + "\n"


def _stripped(text: str) -> str:
    lines = (_SPACES.sub(" ", line.rstrip()) for line in text.strip("\n").splitlines())
    return "".join(f"{line}\n" for line in lines)


def _environment(home: Path, port: str) -> Mapping[str, str]:
    """Give what a new user on this machine has, no network but the loopback, and the forge's port of this session."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "USER": "you",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "OWNCONDA_FORGE_URL": f"http://127.0.0.1:{port}",
    }
