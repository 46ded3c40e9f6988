"""Licences as SPDX expressions, and which of them an organisation takes.

The grammar is that of SPDX 2.3, annex D: names joined by ``AND``, ``OR`` and ``WITH``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_TOKEN = re.compile(r"[()]|[^\s()]+")
_JOINTS = frozenset({"AND", "OR", "WITH", "(", ")"})

# Names that people use, where only one SPDX expression can be meant; without the word "license".
_ALSO_CALLED = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software": "Apache-2.0",
    "apache software 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "artistic 2.0": "Artistic-2.0",
    "boost": "BSL-1.0",
    "boost-1.0": "BSL-1.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "isc (iscl)": "ISC",
    "mit": "MIT",
    "mpl 2.0": "MPL-2.0",
    "mpl2": "MPL-2.0",
    "perl_5": "GPL-1.0-or-later OR Artistic-1.0-Perl",
    "psf": "PSF-2.0",
    "zlib/libpng": "Zlib",
}
_GNU = re.compile(
    r"""
    (?:gnu\ )?(?P<kind>[al]?)gpl[ ]?-?
    (?P<least>\(?>=\ ?)?v?(?P<version>\d)(?P<minor>\.\d)?(?:\.0)?\)?
    (?P<later>\+|\ or\ later)?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """Patterns such as ``MIT`` or ``GPL-*``: what is denied never goes; where something is allowed, only that goes."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def refused(self, expression: str) -> tuple[str, ...]:
        """Give the licences of a canonical expression that keep it from being taken; nothing when it is taken.

        Of alternatives (``OR``) one is enough.
        """
        if holds(expression, self._takes):
            return ()
        return tuple(name for name in names(expression) if not self._takes(name))

    def _takes(self, name: str) -> bool:
        if _matches(name, self.denied):
            return False
        return not self.allowed or _matches(name, self.allowed)


@lru_cache(maxsize=1024)
def canonical(text: str) -> str | None:
    """Give an expression in SPDX's own spelling; None when it is none."""
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return None


def proposal(text: str) -> str | None:
    """Give the SPDX expression that is meant by what isn't one, where only one can be meant."""
    plain = " ".join(re.sub(r"\b(?:the|licen[cs]e)\b,?", "", text.lower()).split())
    gnu = _GNU.fullmatch(plain)
    if gnu:
        later = "or-later" if gnu["least"] or gnu["later"] else "only"
        return canonical(f"{gnu['kind']}gpl-{gnu['version']}{gnu['minor'] or '.0'}-{later}")
    return _ALSO_CALLED.get(plain)


def names(expression: str) -> tuple[str, ...]:
    """Give the licences of a canonical expression, one that has an exception together with it."""
    tokens = _TOKEN.findall(expression)
    found: list[str] = []
    for position, token in enumerate(tokens):
        if position and tokens[position - 1] == "WITH":
            found[-1] = f"{found[-1]} WITH {token}"
        elif token not in _JOINTS:
            found.append(token)
    return tuple(dict.fromkeys(found))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a licence is meant; a licence without its exception means it with any, too."""
    bare = name.partition(" WITH ")[0]
    return any(fnmatchcase(one.lower(), pattern.lower()) for one in {name, bare} for pattern in patterns)


def objection(said: object, licences: Licences) -> str | None:
    """Tell why a package isn't taken that says this of its licence; None when it is."""
    if licences == Licences():
        return None
    if not isinstance(said, str) or not said:
        return "it doesn't say its licence"
    expression = canonical(said) or proposal(said)
    if expression is None:
        return f"its licence {said!r} is no SPDX expression, so that the policy can't be asked"
    refused = licences.refused(expression)
    return f"its licence isn't taken: {', '.join(refused)}" if refused else None


def holds(expression: str, takes: Callable[[str], bool]) -> bool:
    """Evaluate a canonical expression: each licence counts as whether it is taken."""
    tokens = _TOKEN.findall(expression)

    def either() -> bool:
        found = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found = both() or found
        return found

    def both() -> bool:
        found = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found = one() and found
        return found

    def one() -> bool:
        name = tokens.pop(0)
        if name == "(":
            found = either()
            tokens.pop(0)
            return found
        if tokens and tokens[0] == "WITH":
            name = f"{name} WITH {tokens[1]}"
            del tokens[:2]
        return takes(name)

    return either()
