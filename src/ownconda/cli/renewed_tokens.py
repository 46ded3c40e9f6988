"""Tokens that `ownconda login` got, renewed by whichever command needs one."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ownconda.cli.exits import show_warning
from ownconda.errors import OwncondaError
from ownconda.forge_client.logins import logins_file
from ownconda.settings.tree import Settings
from ownconda.wires.http import session

if TYPE_CHECKING:
    from ownconda.journeys.renewing import Keeping


def renew_token(url: str, chosen: Settings) -> None:
    """Renew the token for the host of an address if it nears its end and nobody is needed for that.

    As long as the token is good, what goes wrong is a warning. Raises NoError or OutsideError when it isn't any more.
    """
    if urlsplit(url).scheme not in {"http", "https"} or chosen.offline or not logins_file(os.environ).is_file():
        return
    from ownconda.journeys.renewing import has_ended, milliseconds, renewed  # noqa: PLC0415  (most have no login)

    where, now = keeping_here(chosen), milliseconds()
    try:
        renewed(where, url, now=now)
    except OwncondaError as error:
        if has_ended(where, url, now=now):
            raise
        for problem in error.problems:
            show_warning(problem)


def keeping_here(chosen: Settings) -> "Keeping":
    """Give the places of this user's tokens and logins."""
    from ownconda.journeys.renewing import keeping  # noqa: PLC0415  (as above)

    return keeping(os.environ, lambda: session(ca_file=chosen.ca_file), ca_file=chosen.ca_file)
