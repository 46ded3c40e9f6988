"""How far a licence's copyleft reaches: a help to find what a lawyer has to look at, and no lawyer's word."""

import enum
import re
from collections.abc import Callable

from ownconda.policy.licences import holds


class Copyleft(enum.IntEnum):
    """What a licence asks of those who pass on works that are made with what is under it, the least first."""

    NONE = 0
    WEAK = 1
    STRONG = 2
    NETWORK = 3

    @property
    def word(self) -> str:
        """How it is called in reports."""
        return self.name.lower()


_NETWORK = re.compile(r"(?:AGPL|SSPL|EUPL|OSL|RPL|CPAL|Watcom)-", re.IGNORECASE)
_STRONG = re.compile(r"(?:GPL|CECILL-[12]|CC-BY-SA|Sleepycat|QPL|NGPL|IPL|CPL|SISSL|ODbL|copyleft-next)", re.IGNORECASE)
_WEAK = re.compile(
    r"(?:LGPL|MPL|EPL|CDDL|CECILL-C|APSL|Artistic-1|Ruby|MS-RL|NPL|SPL|ErlPL|LPPL|Nokia|OFL|gSOAP)", re.IGNORECASE
)
_LINKING = re.compile(
    r" WITH .*(?:GCC-exception|Classpath-exception|Linux-syscall|Autoconf|Bison|Libtool|linking|Universal-FOSS|Qt-GPL"
    r"|LLVM|OpenSSL|Font-exception|Bootloader|WxWindows|u-boot|OCaml|LGPL-3\.0-linking)",
    re.IGNORECASE,
)


def copyleft_of(expression: str) -> Copyleft:
    """Tell the reach of a canonical SPDX expression: of alternatives the least, of what holds together the most."""
    return next(level for level in Copyleft if holds(expression, _at_most(level)))


def _at_most(level: Copyleft) -> Callable[[str], bool]:
    return lambda name: _of_one(name) <= level


def _of_one(name: str) -> Copyleft:
    if _WEAK.match(name):
        return Copyleft.WEAK
    if _NETWORK.match(name):
        return Copyleft.NETWORK
    if _STRONG.match(name):
        return Copyleft.WEAK if _LINKING.search(name) else Copyleft.STRONG
    return Copyleft.NONE
