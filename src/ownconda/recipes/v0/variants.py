"""Variants: the values that a recipe is built with, from ``conda_build_config.yaml`` files and from conda-build itself.

Only what a recipe uses makes variants of it; keys that are zipped change together.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ownconda.errors import WrongInputError

MOST_VARIANTS = 1_000
"""How many variants one recipe may have."""

_EXTENDED = ("pin_run_as_build", "ignore_version", "ignore_build_only_deps", "extend_keys")
_DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "python": "3.12",
        "numpy": "1.26",
        "perl": "5.26.2",
        "lua": "5",
        "r_base": "3.5",
        "cpu_optimization_target": "nocona",
        "cran_mirror": "https://cran.r-project.org",
    }
)
# What conda-build leaves open, and what recipes written for the large channels mean when nothing else is said. Without
# a C library's name, conda-build would ask for `c_linux-64`, which nobody makes.
_PRESUPPOSED: Mapping[str, str] = MappingProxyType(
    {"python_impl": "cpython", "python_min": "3.10", "cuda_compiler_version": "None", "mpi": "nompi"}
)
_DEFAULTS_OF_A_SYSTEM: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "linux": {"c_compiler": "gcc", "cxx_compiler": "gxx", "fortran_compiler": "gfortran", "c_stdlib": "sysroot"},
        "osx": {
            "c_compiler": "clang",
            "cxx_compiler": "clangxx",
            "fortran_compiler": "gfortran",
            "c_stdlib": "macosx_deployment_target",
        },
        "win": {
            "c_compiler": "vs2017",
            "cxx_compiler": "vs2017",
            "fortran_compiler": "gfortran",
            "vc": "14",
            "c_stdlib": "vs",
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One choice: a value for each key, and the settings that hold for all of them."""

    values: Mapping[str, str]
    pin_run_as_build: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignore_version: tuple[str, ...] = ()

    def get(self, key: str, default: str | None = None) -> str | None:
        """Give the value of a key."""
        return self.values.get(key, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantConfig:
    """All values of all keys, and which keys change together."""

    values: Mapping[str, tuple[str, ...]]
    zip_keys: tuple[tuple[str, ...], ...] = ()
    pin_run_as_build: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignore_version: tuple[str, ...] = ()


def defaults(target_platform: str) -> VariantConfig:
    """Give the values that hold where no file says anything."""
    system = target_platform.partition("-")[0]
    values = {**_DEFAULTS, **_PRESUPPOSED, **_DEFAULTS_OF_A_SYSTEM.get(system, {}), "target_platform": target_platform}
    return VariantConfig(
        values={key: (value,) for key, value in values.items()},
        pin_run_as_build={
            "python": {"min_pin": "x.x", "max_pin": "x.x"},
            "r-base": {"min_pin": "x.x", "max_pin": "x.x"},
        },
    )


def as_config(content: Mapping[str, object]) -> VariantConfig:
    """Take a variants file's content apart.

    Raises WrongInputError when it isn't one.
    """
    for key in content:
        if "-" in key:
            raise WrongInputError(f"the variant key {key!r} holds a '-'", hint=f"write {key.replace('-', '_')!r}")
    not_values = {"zip_keys", *_EXTENDED, *_texts(content.get("extend_keys"))}
    values = {key: _texts(value) for key, value in content.items() if key not in not_values and _texts(value)}
    zip_keys = _groups(content.get("zip_keys"))
    for group in zip_keys:
        lengths = {len(values[key]) for key in group if key in values}
        if len(lengths) > 1:
            raise WrongInputError(
                f"the zipped keys {', '.join(group)} have different numbers of values",
                hint="give each of them as many values",
            )
    return VariantConfig(
        values=values,
        zip_keys=zip_keys,
        pin_run_as_build=_pins(content.get("pin_run_as_build")),
        ignore_version=_texts(content.get("ignore_version")),
    )


def merged(configs: Sequence[VariantConfig]) -> VariantConfig:
    """Put configurations on top of each other; the later ones win.

    Raises WrongInputError when some of the keys that are zipped get values that don't fit the others.
    """
    groups = tuple(dict.fromkeys(group for config in configs for group in config.zip_keys))
    zipped = {key for group in groups for key in group}
    values: dict[str, tuple[str, ...]] = {}
    for config in configs:
        values |= {key: given for key, given in config.values.items() if key not in zipped}
        for group in groups:
            current = {key: values[key] for key in group if key in values}
            values |= _merged_group(current, {key: config.values[key] for key in group if key in config.values})
    return VariantConfig(
        values=values,
        zip_keys=groups,
        pin_run_as_build={name: pin for config in configs for name, pin in config.pin_run_as_build.items()},
        ignore_version=tuple(dict.fromkeys(name for config in configs for name in config.ignore_version)),
    )


def variants(config: VariantConfig, used: Iterable[str]) -> list[Variant]:
    """Give every choice that differs in what is used; of any other key, the first value.

    Raises WrongInputError when there are too many.
    """
    wanted = set(used)
    columns = [
        tuple(key for key in group if key in config.values) for group in config.zip_keys if wanted.intersection(group)
    ]
    zipped = {key for column in columns for key in column}
    columns += [(key,) for key in config.values if key in wanted - zipped]
    choices = [list(dict.fromkeys(zip(*(config.values[key] for key in keys), strict=True))) for keys in columns]
    count = math.prod(map(len, choices))
    if count > MOST_VARIANTS:
        raise WrongInputError(
            f"has {count} variants, {MOST_VARIANTS} are allowed", hint="are keys missing in zip_keys?"
        )
    first = {key: given[0] for key, given in config.values.items()}
    return [
        Variant(
            values=first
            | {
                key: value
                for keys, row in zip(columns, rows, strict=True)
                for key, value in zip(keys, row, strict=True)
            },
            pin_run_as_build=config.pin_run_as_build,
            ignore_version=config.ignore_version,
        )
        for rows in itertools.product(*choices)
    ]


def _merged_group(
    current: Mapping[str, tuple[str, ...]], given: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Replace the values of keys that are zipped, or choose among the rows that are there."""
    others = [key for key in current if key not in given]
    if not given or not others or all(len(values) == len(current[others[0]]) for values in given.values()):
        return given
    rows = list(range(len(current[others[0]])))
    for key, values in given.items():
        if key in current:
            rows = [row for row in rows if any(_chooses(value, current[key][row]) for value in values)]
    if not rows:
        asked = ", ".join(f"{key} {' or '.join(values)}" for key, values in given.items())
        raise WrongInputError(
            f"no variant has {asked}: it is zipped with {', '.join(others)}",
            hint="give a value that the variants file has, or give all keys that are zipped",
        )
    return {key: tuple(values[row] for row in rows) for key, values in current.items()}


def _chooses(asked: str, value: str) -> bool:
    """Tell whether a value is meant: itself, or a version of which only the beginning was given."""
    return value == asked or value.startswith((f"{asked}.", f"{asked} "))


def _texts(value: object) -> tuple[str, ...]:
    if value is None or isinstance(value, Mapping):
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else (str(value),)


def _groups(value: object) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        return ()
    groups = value if any(isinstance(group, list) for group in value) else [value]
    return tuple(_texts(group) for group in groups if group)


def _pins(value: object) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(value, Mapping):
        return {}
    return {
        str(name): {str(key): str(mask) for key, mask in pin.items()}
        if isinstance(pin, Mapping)
        else {"min_pin": str(pin), "max_pin": str(pin)}
        for name, pin in value.items()
    }
