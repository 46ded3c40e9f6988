"""What is noted of a package beside its metadata: what channeldata.json tells of it (CEP 38), libraries, sources."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ownconda.conda.package_libraries import carried_libraries, own_libraries
from ownconda.conda.package_metadata import json_value
from ownconda.conda.package_origins import source_checksums
from ownconda.conda.records import compact_json

ABOUT = "info/about.json"
TEXTS = ("dev_url", "doc_url", "home", "license", "source_url", "summary")
FLAGS = ("activate.d", "binary_prefix", "deactivate.d", "post_link", "pre_link", "pre_unlink", "text_prefix")
LIBRARIES, CARRIED = "libraries", "carried"
"""Shared libraries that it has for others, and copies that it carries for itself: for ``where-used`` to tell."""

SOURCES = "sources"
"""Checksums of what it was made from; absent where that isn't known."""

LONGEST = 2000
"""Characters of one text: it is shown in a list."""

NO_FILES: Mapping[str, bytes] = MappingProxyType({})
_SCRIPTS = {flag: flag.replace("_", "-") for flag in ("post_link", "pre_link", "pre_unlink")}


def about_of(
    name: str, about: bytes, files: Iterable[str], paths: object, origins: Mapping[str, bytes] = NO_FILES
) -> str:
    """Give the facts of a package as compact JSON: texts, and of the flags those that hold.

    ``about`` is its info/about.json, ``paths`` the value of its info/paths.json, ``origins`` are the files that tell
    what it was made from. What can't be read there is left out: nobody installs by it.
    """
    there = frozenset(files)
    modes = set(_prefix_modes(paths))
    holds = {
        "binary_prefix": "binary" in modes,
        "text_prefix": "text" in modes,
        "activate.d": any(file.startswith("etc/conda/activate.d/") for file in there),
        "deactivate.d": any(file.startswith("etc/conda/deactivate.d/") for file in there),
    } | {flag: not there.isdisjoint(_scripts(name, script)) for flag, script in _SCRIPTS.items()}
    facts = _texts(about) | {flag: True for flag in FLAGS if holds[flag]}
    libraries = {LIBRARIES: own_libraries(there), CARRIED: carried_libraries(there)}
    facts |= {key: list(found) for key, found in libraries.items() if found}
    sources = source_checksums(origins)
    facts |= {} if sources is None else {SOURCES: list(sources)}
    return compact_json(facts) if facts else ""


def _texts(about: bytes) -> dict[str, object]:
    try:
        said = json_value(about)
    except ValueError:
        return {}
    fields = said if isinstance(said, Mapping) else {}
    return {key: value for key in TEXTS if (value := _text(fields.get(key)))}


def _text(value: object) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def _prefix_modes(paths: object) -> Iterable[object]:
    listed = paths.get("paths") if isinstance(paths, Mapping) else None
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    return [str(entry.get("file_mode", "text")) for entry in entries if entry.get("prefix_placeholder")]


def _scripts(name: str, script: str) -> tuple[str, str]:
    return f"bin/.{name}-{script}.sh", f"Scripts/.{name}-{script}.bat"
