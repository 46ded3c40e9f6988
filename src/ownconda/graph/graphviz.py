"""Graphviz's program ``dot``: pictures laid out as SVG."""

import re
import tempfile
from pathlib import Path

from ownconda.errors import OutsideError
from ownconda.wires import processes

SECONDS = 300.0
_HINT = "install Graphviz (Debian: apt-get install graphviz), or take --out dot or mermaid, which need no program"
_PROLOGUE = re.compile(r"\A.*?(?=<svg\b)", re.DOTALL)


def svg(text: str) -> str:
    """Lay out what is written in DOT, and give it as an SVG document without a prologue.

    Raises OutsideError where Graphviz isn't installed, fails, or takes minutes.
    """
    if processes.find("dot") is None:
        raise OutsideError("the program 'dot' isn't installed, which lays out pictures", hint=_HINT)
    with tempfile.TemporaryDirectory(prefix="ownconda-") as folder:
        source, drawn = Path(folder, "graph.dot"), Path(folder, "graph.svg")
        source.write_text(text, encoding="utf-8")
        done = processes.run(["dot", "-Tsvg", "-o", drawn, source], timeout=SECONDS)
        if done.code or not drawn.is_file():
            raise OutsideError(f"{done}: {done.err.strip()[:500]}", hint="--out dot writes what it was given")
        return _PROLOGUE.sub("", drawn.read_text(encoding="utf-8"), count=1)
