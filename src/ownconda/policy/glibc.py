"""The oldest GNU C library that an organisation's packages have to run with."""

import re
from dataclasses import dataclass

DEFAULT = "2.28"

_VERSION = re.compile(r"\d+(?:\.\d+)*")
_LOWER_BOUND = re.compile(r"(?:>=|==?|~=|>)?\s*(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glibc:
    """A version such as 2.28; packages may ask for that or less."""

    oldest: str = DEFAULT

    def is_enough_for(self, wanted: str) -> bool:
        """Tell whether the library is as new as a version constraint such as ``>=2.34,<3`` asks for."""
        bounds = [_key(found[1]) for part in re.split(r"[,|]", wanted) if (found := _LOWER_BOUND.match(part.strip()))]
        return all(bound <= _key(self.oldest) for bound in bounds)


def is_version(text: str) -> bool:
    """Tell whether a text can be the library's version."""
    return _VERSION.fullmatch(text) is not None


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
