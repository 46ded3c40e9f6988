"""A process confined to writing below certain folders, by the kernel (Landlock, from Linux 6.2 on)."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

LEAST_ABI = 3
"""Earlier kernels don't know truncation, or refuse links between folders altogether."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1  # landlock_create_ruleset(2)'s flag that asks for the ABI
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38  # prctl(2)
_FOLDER_RIGHTS = sum(1 << bit for bit in range(4, 14))  # remove, make of every kind, and move between folders
_SHARED = (Path("/dev/shm"), Path("/dev/pts"))  # noqa: S108  (memory that processes share, terminals)
_FILE_RIGHTS = (1 << 1) | (1 << 14)  # write, truncate


def can_confine() -> bool:
    """Tell whether this kernel can confine processes."""
    return sys.platform == "linux" and _call(_CREATE_RULESET, None, 0, _VERSION) >= LEAST_ABI


def write_only_below(folders: Iterable[Path]) -> None:
    """Let this process and all that it starts write below these folders, and to devices, alone, for good.

    Devices can't be replaced then, and reading isn't limited. Raises OSError when the kernel can't; folders that aren't
    there don't count.
    """
    ruleset = _checked(_call(_CREATE_RULESET, struct.pack("=Q", _FOLDER_RIGHTS | _FILE_RIGHTS), 8, 0))
    try:
        _allow(ruleset, Path("/dev"), _FILE_RIGHTS)
        for folder in (*folders, *_SHARED):
            _allow(ruleset, folder, _FOLDER_RIGHTS | _FILE_RIGHTS)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _checked(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, folder: Path, rights: int) -> None:
    try:
        opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0))
    finally:
        os.close(opened)


def _call(number: int, *arguments: int | bytes | None) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
