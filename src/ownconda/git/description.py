"""How a repository calls its present commit: ``git describe`` in the words of conda-build's variables."""

import re
from collections.abc import Mapping
from pathlib import Path

from ownconda.wires import processes

_DESCRIBED = re.compile(r"(?P<tag>.+)-(?P<number>\d+)-(?P<hash>g[0-9a-f]+)")


def describe(folder: Path) -> Mapping[str, str]:
    """Give ``GIT_DESCRIBE_TAG``, ``GIT_DESCRIBE_NUMBER``, ``GIT_FULL_HASH`` and so on, as far as they are known.

    Outside a repository nothing is.
    """
    if not processes.find("git"):
        return {}
    full = _told(folder, "rev-parse", "HEAD")
    if not full:
        return {}
    found = {"GIT_FULL_HASH": full}
    described = _DESCRIBED.fullmatch(_told(folder, "describe", "--tags", "--long", "HEAD"))
    if described:
        found |= {
            "GIT_DESCRIBE_TAG": described["tag"],
            "GIT_DESCRIBE_NUMBER": described["number"],
            "GIT_DESCRIBE_HASH": described["hash"],
            "GIT_DESCRIBE_TAG_PEP440": _pep440(described["tag"], described["number"], described["hash"]),
            "GIT_BUILD_STR": f"{described['number']}_{described['hash']}",
        }
    return found


def _pep440(tag: str, number: str, digest: str) -> str:
    version = re.sub(r"^[^\d]*", "", tag)
    return version if number == "0" else f"{version}.post{number}+{digest.removeprefix('g')}"


def _told(folder: Path, *arguments: str) -> str:
    told = processes.run(["git", "-C", folder, *arguments])
    return told.out.strip() if told.code == 0 else ""
