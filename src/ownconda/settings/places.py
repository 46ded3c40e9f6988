"""What one place sets, a file or the environment, as typed-settings takes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typed_settings.dict_utils
from typed_settings.types import LoadedSettings, LoaderMeta, OptionList, SettingsClass

from ownconda.settings.options import variable

PLACES = frozenset({"sources.mirrors", "build.render_cache"})
"""The settings whose texts are folders, or something else that no folder is meant by: an address, OFF."""

OFF = "off"
"""The word that stands for a folder where none is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one place sets: options by their dotted names. ``place`` is a file, or None for the environment."""

    place: Path | None
    values: Mapping[str, object]

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> LoadedSettings:  # noqa: ARG002  (its Protocol)
        """Hand them on as typed-settings has it; paths are relative to the file."""
        nested: dict[str, Any] = {}
        for name, value in self.values.items():
            typed_settings.dict_utils.set_path(nested, name, self._anchored(name, value))
        base = Path() if self.place is None else self.place.parent
        return LoadedSettings(nested, LoaderMeta(str(self.place or "environment"), base_dir=base))

    def _anchored(self, name: str, value: object) -> object:
        """Let folders among texts that may be something else, too, be relative to the file."""
        if self.place is None or name not in PLACES:
            return value
        return [self._beside(text) for text in value] if isinstance(value, list) else self._beside(str(value))

    def _beside(self, text: str) -> str:
        if self.place is None or "://" in text or text in {"", OFF}:
            return text
        return str(self.place.parent / Path(text).expanduser())

    def has(self, option: str) -> bool:
        """Tell whether an option is set here."""
        return option in self.values

    def name_of(self, option: str) -> str:
        """Tell where a person finds an option that is set here."""
        return variable(option) if self.place is None else str(self.place)
