"""Memory given back to the system by a process that runs for long."""

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENAS = -1, -3, -8
"""Names of mallopt(3)."""

LARGE = 8 << 20
MOST_ARENAS = 2


def give_back_what_is_large() -> None:
    """Have glibc give blocks of some megabytes back as soon as they are free; with other C libraries do nothing.

    By default it learns from the first such block to keep the next ones, in a heap for each thread, where what is small
    and stays keeps them from ever being given back.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for name, value in ((_TRIM_THRESHOLD, LARGE), (_MMAP_THRESHOLD, LARGE), (_ARENAS, MOST_ARENAS)):
            library.mallopt(name, value)
