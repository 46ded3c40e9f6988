"""What may be called how: packages, channels, subdirs and package files (CEP 26)."""

import re
from dataclasses import dataclass

from ownconda.errors import WrongInputError

SUBDIRS = frozenset(
    {
        "noarch", "linux-32", "linux-64", "linux-aarch64", "linux-armv6l", "linux-armv7l", "linux-ppc64",
        "linux-ppc64le", "linux-riscv32", "linux-riscv64", "linux-s390x", "linux-loongarch64", "osx-64",
        "osx-arm64", "win-32", "win-64", "win-arm64", "emscripten-wasm32", "wasi-wasm32", "freebsd-64",
        "zos-z",
    }
)  # fmt: skip

NOARCH = "noarch"

VIRTUAL = "__"
"""How the names of virtual packages begin, which stand for what a machine has (``__glibc``)."""
EXTENSIONS = (".conda", ".tar.bz2")
LONGEST_FILE_NAME = 211

_PACKAGE = re.compile(r"^(([a-z0-9])|([a-z0-9_](?!_)))[._-]?([a-z0-9]+(\.|-|_|$))*$")
_VERSION = re.compile(r"^[A-Za-z0-9_.!+]+$")
_BUILD = re.compile(r"^[A-Za-z0-9_.+]+$")
_CHANNEL = re.compile(r"^[a-z0-9]+((-|_|\.)[a-z0-9]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileName:
    """A package file's name, taken apart: ``<name>-<version>-<build><extension>``."""

    name: str
    version: str
    build: str
    extension: str

    def __str__(self) -> str:
        return f"{self.name}-{self.version}-{self.build}{self.extension}"


def names_compiler(name: str) -> bool:
    """Tell whether a package is called like what ``compiler()`` and ``stdlib()`` give: ``gcc_linux-64``."""
    return name.rpartition("_")[2] in SUBDIRS


def parse_file_name(text: str) -> FileName:
    """Take a package file's name apart.

    Raises WrongInputError when it breaks CEP 26: at most 211 characters, three parts, conda's characters.
    """
    extension = next((ending for ending in EXTENSIONS if text.endswith(ending)), None)
    if extension is None:
        raise WrongInputError(f"{text!r} isn't a package's file name: it has to end in .conda or .tar.bz2")
    parts = text.removesuffix(extension).rsplit("-", 2)
    if len(parts) != 3:  # noqa: PLR2004  (name, version, build)
        raise WrongInputError(f"{text!r} isn't a package's file name: it has to be <name>-<version>-<build>{extension}")
    if len(text) > LONGEST_FILE_NAME:
        raise WrongInputError(f"{text[:40]!r}… is {len(text)} characters long, {LONGEST_FILE_NAME} are allowed")
    name, version, build = parts
    for what, value, pattern in (
        ("name", name, _PACKAGE),
        ("version", version, _VERSION),
        ("build string", build, _BUILD),
    ):
        if not pattern.fullmatch(value):
            raise WrongInputError(f"{text!r} isn't a package's file name: {value!r} can't be a {what}")
    return FileName(name=name, version=version, build=build, extension=extension)


def check_channel_name(text: str) -> str:
    """Give the name back when a channel may be called so (CEP 26, lower case)."""
    if len(text) <= 128 and _CHANNEL.fullmatch(text) and text not in SUBDIRS:  # noqa: PLR2004  (CEP 26's limit)
        return text
    raise WrongInputError(
        f"{text[:140]!r} can't be a channel's name",
        hint="use lower-case letters and digits, joined by single '-', '_' or '.'",
    )


def check_subdir(text: str) -> str:
    """Give the subdir back when conda knows it."""
    if text in SUBDIRS:
        return text
    raise WrongInputError(f"{text!r} isn't a subdir", hint="for example linux-64, osx-arm64, win-64 or noarch")
