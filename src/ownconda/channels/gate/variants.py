"""Variants: what tells builds of one version apart, as far as a record shows it."""

import re

from ownconda.channels.gate.needs import name_of
from ownconda.conda.records import Record

_PYTHON = re.compile(r"python\s+(?:>=|==?|~=)?\s*(\d+\.\d+)")
_ABI = re.compile(r"python_abi\s+(\d+\.\d+)\.\*\s+\*_(\w+)")
_HASH = re.compile(r"h[0-9a-f]{7}(?=_|$)")
_NUMBER = re.compile(r"_?\d+$")
_OF_PYTHON = re.compile(r"_?(?:py|np)\d+|^py$")


def variant(record: Record) -> str:
    """Name a build's variant: its Python, and what its build string says else; empty where there is one build only.

    Of ``cuda126_py312h1234567_0`` that needs ``python >=3.12,<3.13.0a0``: ``cuda126 python 3.12``. What numpy it was
    built with isn't told: that goes with the time, and is nobody's choice.
    """
    said = _OF_PYTHON.sub("", _NUMBER.sub("", _HASH.sub("", record.build))).strip("_")
    python = _python(record)
    return " ".join(part for part in (said, f"python {python}" if python else "") if part)


def _python(record: Record) -> str | None:
    """Give the one Python that a build is for; one for many (``python >=3.9``) is for none in particular."""
    for spec in record.depends:
        if found := _ABI.match(spec):
            return found[1] + (found[2].removeprefix(f"cp{found[1].replace('.', '')}"))
    for spec in record.depends:
        if name_of(spec) == "python" and (found := _PYTHON.match(spec)) and _is_pinned(spec):
            return found[1]
    return None


def _is_pinned(spec: str) -> bool:
    return "<" in spec or spec.rstrip().endswith(".*") or "==" in spec or "~=" in spec
