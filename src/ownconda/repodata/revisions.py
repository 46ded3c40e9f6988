"""Repodata revisions (CEP 48): which packages older clients couldn't understand, and where those are listed."""

import json
import re
from collections.abc import Iterable
from typing import Any

from rattler import MatchSpec
from rattler.exceptions import CanonicalMatchSpecError, InvalidMatchSpecError

from ownconda.conda.records import Record

V3 = "v3"
FIRST_SCHEMA = 3
"""The ``schema_version`` of an index.json from which on CEPs 43, 44 and 45 are in use."""

_TELLING = ('"extra_depends":', '"flags":', '"schema_version":', '"repodata_revision":')
_KEYWORD = re.compile(r"[\[,]\s*(when|extras|flags)\s*=")


def needs_v3(record: Record) -> bool:
    """Tell whether a package uses conditional or optional dependencies, or flags (CEPs 43, 44, 45).

    It is asked for every record of every index: what most of them hold none of is looked for as text first.
    """
    if any(_is_newer(spec) for spec in (*record.depends, *record.constrains) if "[" in spec):
        return True
    return any(text in record.json for text in _TELLING) and _says_so(json.loads(record.json))


def written_for_v3(fields: dict[str, Any]) -> dict[str, Any]:
    """Write the match specs of a record in the one form that CEP 48 allows there: ``name[version="…"]``."""
    groups = {group: _canonical(specs) for group, specs in (fields.get("extra_depends") or {}).items()}
    lists = {field: _canonical(fields[field]) for field in ("depends", "constrains") if fields.get(field)}
    return fields | lists | ({"extra_depends": groups} if groups else {})


def revisions_info(times: Iterable[int]) -> dict[str, dict[str, int]]:
    """Give ``info.repodata_revisions`` from the times since when packages are listed that need v3."""
    known = sorted(times)
    return {V3: {"n_packages": len(known), "newest": known[-1], "oldest": known[0]}} if known else {}


def _is_newer(spec: str) -> bool:
    return bool(_KEYWORD.search(spec))


def _says_so(fields: dict[str, Any]) -> bool:
    if fields.get("extra_depends") or fields.get("flags"):
        return True
    told = (fields.get("schema_version"), fields.get("repodata_revision"))  # the second one is rattler-build's
    return any(isinstance(version, int) and version >= FIRST_SCHEMA for version in told)


def _canonical(specs: Iterable[str]) -> list[str]:
    return [_canonical_spec(spec) for spec in specs]


def _canonical_spec(spec: str) -> str:
    try:
        return MatchSpec(spec, strict=False).to_canonical_string()
    except (CanonicalMatchSpecError, InvalidMatchSpecError):
        return spec  # it has no such form: clients get what the package says
