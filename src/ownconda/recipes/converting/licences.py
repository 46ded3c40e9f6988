"""Licences as recipes name them, as SPDX expressions, which v1 asks for."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

_GNU = re.compile(
    r"^(?:gnu\s+)?(?P<kind>agpl|lgpl|gpl|(?:affero |lesser |library )?(?:gnu )?general public licen[cs]e)"
    r"[\s,-]*(?P<or>\(?\s*>=\s*)?(?:version|v)?[\s.]*(?P<version>\d(?:\.\d)?)?\)?(?P<later>\s*\+|[\s-]*or[\s-]*later)?"
    r"(?:\s*\((?:a|l)?gpl\s*v?\d(?:\.\d)?(?P<plus>\+)?\))?$"
)
_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        "apache": "Apache-2.0",
        "apache 2": "Apache-2.0",
        "apache 2.0": "Apache-2.0",
        "apache-2": "Apache-2.0",
        "apache license": "Apache-2.0",
        "apache license 2.0": "Apache-2.0",
        "apache license, version 2.0": "Apache-2.0",
        "apache license version 2.0": "Apache-2.0",
        "apache software": "Apache-2.0",
        "apache software license": "Apache-2.0",
        "artistic license 2.0": "Artistic-2.0",
        "artistic-2": "Artistic-2.0",
        "bsd 2-clause": "BSD-2-Clause",
        "bsd 3-clause": "BSD-3-Clause",
        "bsd-2": "BSD-2-Clause",
        "bsd-3": "BSD-3-Clause",
        "bsd_2_clause": "BSD-2-Clause",
        "bsd_3_clause": "BSD-3-Clause",
        "2-clause bsd": "BSD-2-Clause",
        "3-clause bsd": "BSD-3-Clause",
        "new bsd": "BSD-3-Clause",
        "simplified bsd": "BSD-2-Clause",
        "cc0": "CC0-1.0",
        "isc license": "ISC",
        "isc license (iscl)": "ISC",
        "mit license": "MIT",
        "mit licence": "MIT",
        "the mit license": "MIT",
        "mpl 2.0": "MPL-2.0",
        "mpl-2": "MPL-2.0",
        "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
        "psf": "PSF-2.0",
        "public domain": "LicenseRef-Public-Domain",
        "public-domain": "LicenseRef-Public-Domain",
        "unlicense": "Unlicense",
        "zlib/libpng": "Zlib",
    }
)
_KINDS = MappingProxyType({"affero": "AGPL", "lesser": "LGPL", "library": "LGPL"})
_FILE = re.compile(r"\s*\+\s*file\s+\S+", re.IGNORECASE)  # CRAN's way to name a file with the text


def spdx_licence(text: str, *, is_listed: Callable[[str], bool]) -> str:
    """Give the SPDX expression of a licence; one that nobody knows becomes a reference of its own.

    ``is_listed`` tells whether a text is such an expression already.
    """
    if is_listed(text):
        return text
    alternatives = re.split(r"\s*\|\s*", _FILE.sub("", text))
    return " OR ".join(_one(one, is_listed) for one in alternatives if one.strip())


def _one(text: str, is_listed: Callable[[str], bool]) -> str:
    lowered = " ".join(text.lower().split())
    if lowered in _KNOWN:
        return _KNOWN[lowered]
    gnu = _GNU.match(lowered)
    if gnu and gnu["version"]:
        return _gnu_licence(gnu)
    return text if is_listed(text) else f"LicenseRef-{re.sub('[^A-Za-z0-9.]+', '-', text).strip('-')}"


def _gnu_licence(found: re.Match[str]) -> str:
    kind = next((short for word, short in _KINDS.items() if word in found["kind"]), "")
    kind = kind or ("GPL" if "general" in found["kind"] else found["kind"].upper())
    version = found["version"] if "." in found["version"] else f"{found['version']}.0"
    return f"{kind}-{version}-{'or-later' if found['or'] or found['later'] or found['plus'] else 'only'}"
