"""What two formats say in two ways, written in one form, so that it can be compared."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownconda.conda.match_specs import normal_form
from ownconda.errors import WrongInputError
from ownconda.recipes.v0.functions import with_star
from ownconda.recipes.v0.pins import bounds
from ownconda.recipes.v0.sections import texts

IN_SHELL = re.compile(r"\$\{\{\s*(\w+)\s*\}\}")
"""A variable of the script as v1 writes it; in v0 it is the shell's own, ``$PREFIX``."""

_HASH = re.compile(r"h?[0-9a-f]{7}")
_PIP_CHECK = re.compile(r"(?:\S*python\S*\s+-m\s+)?pip\s+check")
_LOAD = re.compile(r"(?:python -c \"import |perl -e \"use |Rscript -e \"library\(')([\w.:]+)(?:'\))?\"")
_FILE_NAME = re.compile(r"(\S+?)(?:\.sh|\.bat)?")
_EXPORTING = frozenset({"python", "r-base"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What belongs to the recipe itself: the names of its packages; and the values of its variants' keys."""

    names: frozenset[str]
    variants: Mapping[str, Sequence[str]]


class SourceForm(dict[str, object]):
    """What a source is, which is told in words."""

    def __str__(self) -> str:
        return "; ".join(f"{key} {value}" for key, value in self.items() if value)


def spec_forms(specs: Iterable[str], own: Own) -> tuple[str, ...]:
    """Write match specs in one form each, in order."""
    return tuple(sorted({_spec(spec, own) for spec in specs if spec.strip()}))


def _spec(spec: str, own: Own) -> str:
    """Write a spec in one form."""
    plain = " ".join(spec.split())
    parts = plain.split(" ")
    if parts[0] in own.names and "*" not in plain and (len(parts) == 3 or "==" in plain):  # noqa: PLR2004  (name, version, build string)
        return f"{parts[0]} {parts[1].removeprefix('==')} exactly" if len(parts) > 1 else plain
    starred = with_star(plain)
    try:
        return normal_form(starred)
    except WrongInputError:
        return starred


def without_variants(specs: Iterable[str], own: Own) -> Iterator[str]:
    """Leave out the version that a bare name has from the variant: only one of the two may write it."""
    for spec in specs:
        name, _, version = spec.partition(" ")
        values = {value.removesuffix(".*") for value in own.variants.get(name.replace("-", "_"), ())}
        yield name if version.removeprefix("=").removesuffix(".*") in {*values, name} else spec


def without_exported_bounds(specs: Iterable[str], built_with: Sequence[str]) -> Iterator[str]:
    """Leave out the bounds that conda-build gives to languages: with v1 the languages' run exports say the same."""
    given = ((name, rest.split(" ")[0]) for name, _, rest in (spec.partition(" ") for spec in built_with))
    versions = {name: version.removesuffix(".*") for name, version in given if version[:1].isdecimal()}
    for spec in specs:
        name = spec.split()[0]
        yield name if name in _EXPORTING and name in versions and spec == _pinned(name, versions[name]) else spec


def _pinned(name: str, version: str) -> str:
    try:
        return f"{name} {bounds(version, min_pin='x.x', max_pin='x.x')}"
    except WrongInputError:
        return name


def export_forms(exports: Mapping[str, Iterable[str]], own: Own) -> tuple[str, ...]:
    """Write run exports in one form each, with their kind."""
    return tuple(sorted(f"{kind}: {spec}" for kind, specs in exports.items() for spec in spec_forms(specs, own)))


def test_spec_forms(specs: Iterable[str], own: Own) -> tuple[str, ...]:
    """Leave out pip and Python: v1's Python tests bring them."""
    return tuple(spec for spec in spec_forms(specs, own) if spec.split(" ")[0] not in {"pip", "python"})


def script_lines(commands: Sequence[str]) -> tuple[str, ...]:
    """Give the lines of a script; v1 finds the ending of a file's name itself."""
    if len(commands) == 1 and _FILE_NAME.fullmatch(commands[0]):
        return (_FILE_NAME.sub(r"\1", commands[0]),)
    return command_lines(commands)


def command_lines(commands: Iterable[str]) -> tuple[str, ...]:
    """Give the lines of commands; blanks between words count once."""
    lines = (line for command in commands for line in IN_SHELL.sub(r"$\1", command).split("\n"))
    return tuple(" ".join(line.split()) for line in lines if line.strip())


def test_command_lines(commands: Iterable[str]) -> tuple[str, ...]:
    """Leave out what v1 has kinds of tests for: loading modules, and `pip check`."""
    kept = (line.replace("$PYTHON", "python") for line in command_lines(commands))
    return tuple(line for line in kept if not _PIP_CHECK.fullmatch(line) and not _LOAD.fullmatch(line))


def loaded_modules(commands: Iterable[str]) -> Iterator[str]:
    """Give the modules that commands do nothing but load."""
    for command in commands:
        found = _LOAD.fullmatch(command.strip())
        if found:
            yield found[1]


def listed_modules(imports: Any) -> Iterator[str]:  # noqa: ANN401  (texts, or mappings with a language)
    """Give the modules that a test lists, of whatever language."""
    for entry in imports if isinstance(imports, list) else [imports]:
        if isinstance(entry, Mapping):
            yield from texts(entry.get("imports"))
        else:
            yield from texts(entry)


def without_hash(build: str) -> str:
    """Leave out the hash of a build string."""
    return _HASH.sub("", build)


def sorted_forms(values: Iterable[str]) -> tuple[str, ...]:
    """Write entries such as ``name = module:function`` in one form each, in order."""
    return tuple(sorted(re.sub(r"\s*([=:])\s*", r"\1", value) for value in values))


def address_form(written: str) -> str:
    """Write an address in one form: hosts are the same in any case, and end with a slash or not."""
    scheme, sign, rest = written.partition(":")
    host, slash, path = rest.lstrip("/").partition("/")
    return f"{scheme.lower()}{sign}{host.lower()}{slash}{path}".rstrip("/") if sign else written
