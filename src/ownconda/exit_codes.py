"""The exit code of each family of errors: what both doors, the command line and the forge's process, end with."""

from collections.abc import Iterable

from ownconda.errors import NoError, OutsideError, OwncondaError, WrongInputError

DONE, NO, USAGE, OUTSIDE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

_FAMILIES = ((WrongInputError, USAGE), (OutsideError, OUTSIDE), (NoError, NO))


def exit_code(error: OwncondaError) -> int:
    """Give the exit code of an error's family."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), BROKEN)


def joint_exit_code(codes: Iterable[int]) -> int:
    """Give one exit code for several things that went wrong: theirs where they agree, else NO; DONE without any."""
    several = set(codes)
    if not several:
        return DONE
    return several.pop() if len(several) == 1 else NO
