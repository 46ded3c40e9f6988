"""Actions: what somebody may want of a forge."""

import enum

from ownconda.errors import WrongInputError


class Action(enum.StrEnum):
    """What is asked for of a channel, or of the forge as a whole."""

    READ = "read"
    """Look at a channel and download its packages."""
    UPLOAD = "upload"
    """Bring packages, installers, sources, test results and reports."""
    PROMOTE = "promote"
    """Let packages of another channel enter this one."""
    MANAGE = "manage"
    """Yank, revert, roll back, hold, patch, tag, prune, adopt, mirror and announce."""
    WAIVE = "waive"
    """Let something pass that the gate refuses."""
    WATCH = "watch"
    """See the forge's figures, in which all channels are named."""
    FOLLOW = "follow"
    """Have the whole history with all bytes, as another forge that follows this one does."""
    PURGE = "purge"
    """Let a file be no more."""
    CREATE = "create"
    """Make a channel of one's own."""
    ADMINISTER = "administer"
    """All of this, and to say who may do it."""


OF_THE_FORGE = frozenset({Action.WATCH, Action.FOLLOW, Action.PURGE, Action.ADMINISTER})
"""What concerns no channel in particular, but all."""


def read_action(text: str) -> Action:
    """Read an action's name. Raises WrongInputError."""
    try:
        return Action(text)
    except ValueError:
        known = ", ".join(Action)
        raise WrongInputError(f"there is no action {text!r}", hint=f"actions are {known}") from None
