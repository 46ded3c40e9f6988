"""What this Python and its libraries are, as they say themselves."""

import platform
import sqlite3
import ssl
import sys
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pyexpat import EXPAT_VERSION

import markupsafe


def ingredients() -> Iterator[tuple[str, str]]:
    """Name and version of each, Python first."""
    yield "Python", f"{platform.python_version()} in {sys.prefix}"
    yield "OpenSSL", ssl.OPENSSL_VERSION.split()[1]
    yield "SQLite", sqlite3.sqlite_version
    yield "zlib", zlib.ZLIB_RUNTIME_VERSION
    yield "Expat", EXPAT_VERSION.removeprefix("expat_")
    yield "idna", version("idna")
    yield "MarkupSafe", f"{version('markupsafe')}, {'compiled' if is_compiled() else 'pure Python'}"


def is_compiled() -> bool:
    """Whether markupsafe escapes with its C extension."""
    return f"{markupsafe.__name__}._speedups" in sys.modules
