"""The exit code of each family of errors: what both doors, the command line and the forge's process, end with."""

from ownconda.errors import NoError, OutsideError, OwncondaError, WrongInputError

DONE, NO, USAGE, OUTSIDE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 130

_FAMILIES = ((WrongInputError, USAGE), (OutsideError, OUTSIDE), (NoError, NO))


def exit_code(error: OwncondaError) -> int:
    """Give the exit code of an error's family."""
    return next((code for family, code in _FAMILIES if isinstance(error, family)), BROKEN)
