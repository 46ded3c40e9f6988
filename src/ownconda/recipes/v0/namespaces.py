"""What names mean in a recipe's selectors and templates: the platform, the languages' versions, the variant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from ownconda.conda.names import NOARCH, SUBDIRS
from ownconda.errors import WrongInputError
from ownconda.recipes.v0.selectors import OperatingSystem
from ownconda.recipes.v0.variants import Variant

_ARCHITECTURES = MappingProxyType({"32": "x86", "64": "x86_64"})
_KNOWN_PYTHONS = (26, 27, 33, 34, 35, 36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a recipe is rendered for and with: its variant, where it will run, and where it is built.

    ``supplied`` are the variables that ownconda gives to templates.
    """

    variant: Variant
    target_platform: str
    build_platform: str
    environ: Mapping[str, str] = field(default_factory=dict)
    supplied: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_windows(self) -> bool:
        """Tell whether the package is for Windows."""
        return self.target_platform.startswith("win-")


def selector_names(around: Surroundings) -> Mapping[str, object]:
    """Give the names that a selector may ask for.

    Raises WrongInputError when a version in the variant is none.
    """
    names: dict[str, object] = {
        **_platform_names(around.target_platform),
        **_language_names(around.variant),
        "build_platform": around.build_platform,
        "environ": around.environ,
        "os": OperatingSystem(around.environ, windows=around.is_windows),
        "nomkl": False,
    }
    for key, value in around.variant.values.items():
        names.setdefault(key, _typed(value))
    return names


def build_variables(around: Surroundings) -> Mapping[str, str]:
    """Give the variables that conda-build sets while it builds, as far as they are known before.

    Folders that only the build knows stand for themselves, such as ``$PREFIX``.
    """
    python, numpy, perl, lua, r_base = (
        _version(around.variant, key) for key in ("python", "numpy", "perl", "lua", "r_base")
    )
    short = ".".join(python[:2])
    return {
        "CONDA_BUILD": "1",
        "CONDA_BUILD_STATE": "RENDER",
        "ARCH": around.target_platform.partition("-")[2],
        "SUBDIR": around.target_platform,
        "build_platform": around.build_platform,
        "CONDA_PY": "".join(python[:2]),
        "PY3K": str(int(python[0] >= "3")),
        "PY_VER": short,
        "NPY_VER": ".".join(numpy[:2]),
        "CONDA_NPY": "".join(numpy[:2]),
        "PERL_VER": ".".join(perl[:2]),
        "CONDA_PERL": ".".join(perl[:2]),
        "LUA_VER": ".".join(lua[:2]),
        "CONDA_LUA": ".".join(lua[:2]),
        "R_VER": ".".join(r_base[:3]),
        "CONDA_R": ".".join(r_base[:3]),
        **{name: f"${name}" for name in ("PREFIX", "BUILD_PREFIX", "SRC_DIR", "RECIPE_DIR", "PYTHON", "PERL", "R")},
        **{name: f"${name}" for name in ("SP_DIR", "STDLIB_DIR", "CPU_COUNT", "LIBRARY_PREFIX", "LIBRARY_BIN")},
        **{name: f"${name}" for name in ("LIBRARY_INC", "LIBRARY_LIB", "SCRIPTS", "LUA")},
        "SHLIB_EXT": {"linux": ".so", "osx": ".dylib", "win": ".dll"}.get(
            around.target_platform.partition("-")[0], ".so"
        ),
    }


@cache
def _platform_names(subdir: str) -> Mapping[str, object]:
    known = {*SUBDIRS, subdir} - {NOARCH}
    system, _, architecture = subdir.partition("-")
    names: dict[str, object] = {}
    for one in known:
        other_system, _, other = one.partition("-")
        names[other_system] = other_system == system
        names[_ARCHITECTURES.get(other, other)] = other == architecture
    return names | {
        "x86": architecture in _ARCHITECTURES,
        "arm": subdir.startswith("linux-arm"),
        "unix": system in {"linux", "osx", "emscripten"},
        "linux32": subdir == "linux-32",
        "linux64": subdir == "linux-64",
        "win32": subdir == "win-32",
        "win64": subdir == "win-64",
    }


def _language_names(variant: Variant) -> Mapping[str, object]:
    major, minor = [*_version(variant, "python"), "0"][:2]
    python, lua = _number(f"{major}{minor}", "python"), variant.get("lua") or "5"
    return {
        "py": python,
        "py3k": major == "3",
        "py2k": major == "2",
        **{f"py{number}": python == number for number in _KNOWN_PYTHONS},
        "np": _number("".join(_version(variant, "numpy")[:2]), "numpy"),
        "pl": variant.get("perl"),
        "lua": lua,
        "luajit": lua.startswith("2"),
    }


def _version(variant: Variant, key: str) -> list[str]:
    return (variant.get(key) or "0").split(" ")[0].split(".")


def _number(text: str, key: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 9:  # noqa: PLR2004  (a version's first two numbers)
        raise WrongInputError(f"the variant's {key} is no version", hint="for example 3.12")
    return int(text)


def _typed(value: str) -> object:
    """Give numbers and truth values as such, so that ``[USE_OPENMP == 1]`` is what it seems."""
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    digits = value.removeprefix("-")
    return int(value) if digits.isdecimal() and digits.isascii() and len(digits) < 19 else value  # noqa: PLR2004
