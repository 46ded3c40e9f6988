"""The options that there are: each with its dotted name, its kind and its environment variable."""

import difflib
import functools
from collections.abc import Sequence
from pathlib import Path

import cattrs
import typed_settings
from typed_settings.converters import get_default_cattrs_converter
from typed_settings.types import OptionList

from ownconda.settings.tree import Settings

PREFIX = "OWNCONDA_"


@functools.cache
def options() -> OptionList:
    """Give all options, in the order of their sections."""
    return typed_settings.SettingsState(Settings, [], [], converter(), Path()).options


def variable(option: str) -> str:
    """Give the environment variable that sets an option."""
    return f"{PREFIX}{option.upper().replace('.', '_')}"


def nearest(name: str, known: Sequence[str]) -> str:
    """Say which name may have been meant by one that there isn't."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else "`ownconda config` shows every setting"


def converter() -> cattrs.Converter:
    """Make what turns texts into values; lists in variables are divided at commas."""
    converter = get_default_cattrs_converter()
    typed_settings.register_strlist_hook(converter, sep=",")  # addresses hold colons
    return converter
