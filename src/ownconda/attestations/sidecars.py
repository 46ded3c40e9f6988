"""Sidecars: the files beside a package that tell where it comes from, named after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from ownconda.attestations.bundles import read_bundles
from ownconda.attestations.statements import PROVENANCE, PUBLISH, Statement, Subject, read_object, read_statement

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "provenance": ".provenance.json",
        "sbom": ".spdx.json",
        "publish": ".publish.json",
        "signatures": ".sigs",
    }
)
"""How the names of a package's sidecars end, by kind: an in-toto Statement, an SPDX document, CEP 27, CEP 50."""

LARGEST = 16 << 20
"""Bytes of one sidecar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecars:
    """The sha256 of each sidecar that a package has; empty for those that it doesn't have."""

    provenance: str = ""
    sbom: str = ""
    publish: str = ""
    signatures: str = ""

    def __bool__(self) -> bool:
        return bool(self.digests)

    @property
    def digests(self) -> dict[str, str]:
        """Those that there are, by kind."""
        return {one.name: digest for one in fields(self) if (digest := str(getattr(self, one.name)))}


NONE = Sidecars()


def split(name: str) -> tuple[str, str] | None:
    """Take a sidecar's file name apart: the package's name, and the kind; None when it is no sidecar's."""
    return next(((name.removesuffix(suffix), kind) for kind, suffix in SUFFIXES.items() if name.endswith(suffix)), None)


def subjects(kind: str, content: bytes) -> tuple[Subject, ...]:
    """Tell which files a sidecar is about. Raises ValueError when it isn't what its name says."""
    return _READERS[kind](content)


def target_channels(kind: str, content: bytes) -> frozenset[str]:
    """Give the addresses of the channels that a sound sidecar names as target (CEP 27)."""
    statements = _statements(kind, content)
    return frozenset(one.target_channel for one in statements if one.predicate_type == PUBLISH and one.target_channel)


def sbom_subject(document: Mapping[str, object]) -> Subject:
    """Give the file that an SPDX 2 document describes: its first package, with its sha256. Raises ValueError."""
    packages = document.get("packages")
    first = packages[0] if isinstance(packages, list) and packages and isinstance(packages[0], dict) else {}
    name, listed = first.get("packageFileName"), first.get("checksums")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("algorithm") == "SHA256" and isinstance(name, str):
            return Subject(name=name, sha256=str(one.get("checksumValue")))
    raise ValueError("its first package has no packageFileName with a SHA256")


def _of_provenance(content: bytes) -> tuple[Subject, ...]:
    return (_of_type(content, PROVENANCE).subject,)


def _of_publish(content: bytes) -> tuple[Subject, ...]:
    return (_of_type(content, PUBLISH).subject,)


def _of_sbom(content: bytes) -> tuple[Subject, ...]:
    document = read_object(content)
    if not str(document.get("spdxVersion", "")).startswith("SPDX-2."):
        raise ValueError("it isn't an SPDX 2 document: its spdxVersion is another")
    return (sbom_subject(document),)


def _of_signatures(content: bytes) -> tuple[Subject, ...]:
    return tuple(bundle.statement.subject for bundle in read_bundles(content))


def _of_type(content: bytes, predicate_type: str) -> Statement:
    statement = read_statement(content)
    if statement.predicate_type != predicate_type:
        raise ValueError(f"its predicateType is {statement.predicate_type!r}, not {predicate_type}")
    return statement


def _statements(kind: str, content: bytes) -> tuple[Statement, ...]:
    if kind == "signatures":
        return tuple(bundle.statement for bundle in read_bundles(content))
    return (read_statement(content),) if kind == "publish" else ()


_READERS: Mapping[str, Callable[[bytes], tuple[Subject, ...]]] = MappingProxyType(
    {"provenance": _of_provenance, "sbom": _of_sbom, "publish": _of_publish, "signatures": _of_signatures}
)
