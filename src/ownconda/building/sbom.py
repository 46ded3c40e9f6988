"""A package's bill of materials as an SPDX 2.3 document, as pure facts of what was built.

https://spdx.github.io/spdx-spec/v2.3/. The files in the package aren't listed: its own info/paths.json does that.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ownconda import __version__
from ownconda.building.built import Built
from ownconda.building.invocation import moment
from ownconda.building.provenance import source_uri
from ownconda.conda.names import parse_file_name
from ownconda.conda.package_urls import package_url
from ownconda.policy.licences import canonical, names

UNKNOWN = "NOASSERTION"
DOCUMENT, PACKAGE = "SPDXRef-DOCUMENT", "SPDXRef-Package"
NAMESPACES = "https://ownconda.invalid/spdx"
OWN_LICENCE = "LicenseRef-"


def sbom(built: Built) -> dict[str, Any]:
    """Say what a package is made of."""
    created = moment(built.run.finished)
    sources = [_source(number, source) for number, source in enumerate(built.sources, 1) if source_uri(source)]
    environment = [_built_with(number, *one) for number, one in enumerate(sorted(built.environment.items()), 1)]
    required = [_required(*one) for one in enumerate(dict.fromkeys(built.index.get("depends", ())), 1)]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": built.file_name,
        "documentNamespace": f"{NAMESPACES}/{built.file_name}-{built.sha256}-{int(built.run.finished)}",
        "creationInfo": {"created": created, "creators": [f"Tool: ownconda-{__version__}"]},
        "packages": [_package(built), *sources, *environment, *required],
        "relationships": [
            _related(DOCUMENT, "DESCRIBES", PACKAGE),
            *(_related(PACKAGE, "GENERATED_FROM", one["SPDXID"]) for one in sources),
            *(_related(one["SPDXID"], "BUILD_DEPENDENCY_OF", PACKAGE) for one in environment),
            *(_related(PACKAGE, "DEPENDS_ON", one["SPDXID"]) for one in required),
        ],
    }
    texts = list(_own_licences(built))
    return document | ({"hasExtractedLicensingInfos": texts} if texts else {})


def _package(built: Built) -> dict[str, Any]:
    licence = _licence(built)
    told = {
        "SPDXID": PACKAGE,
        "name": built.index["name"],
        "versionInfo": built.index["version"],
        "packageFileName": built.file_name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "checksums": [_checksum(built.sha256)],
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": licence or UNKNOWN,
        "copyrightText": UNKNOWN,
        "externalRefs": [_purl(f"{built.subdir}/{built.file_name}")],
    }
    if not licence and built.index.get("license"):
        told["licenseComments"] = f"The recipe says {built.index['license']!r}, which is no SPDX expression."
    home, summary = built.about.get("home"), built.about.get("summary")
    return told | {k: v for k, v in (("homepage", home), ("summary", summary)) if isinstance(v, str) and v}


def _source(number: int, source: Mapping[str, Any]) -> dict[str, Any]:
    uri = source_uri(source)
    place = str(source.get("git", uri)).rstrip("/")
    told = _other(f"SPDXRef-Source-{number}", place.rpartition("/")[2] or place)
    told["downloadLocation"] = uri if "://" in uri else UNKNOWN
    if "sha256" in source:
        told["checksums"] = [_checksum(source["sha256"])]
    patches = [f"{patch['name']} (SHA256: {patch['sha256']})" for patch in source.get("patches", ())]
    comments = [source.get("note"), f"Patched with {', '.join(patches)}." if patches else ""]
    comment = " ".join(str(one) for one in comments if one)
    return told | ({"comment": comment} if comment else {})


def _built_with(number: int, path: str, sha256: str) -> dict[str, Any]:
    name = path.rpartition("/")[2]
    parsed = parse_file_name(name)
    return _other(f"SPDXRef-Environment-{number}", parsed.name) | {
        "versionInfo": parsed.version,
        "packageFileName": name,
        "checksums": [_checksum(sha256)],
        "externalRefs": [_purl(path)],
    }


def _required(number: int, spec: str) -> dict[str, Any]:
    name = spec.split(maxsplit=1)[0]
    comment = f"Any package that fits the match spec {spec!r}."
    return _other(f"SPDXRef-Requirement-{number}", name) | {"comment": comment}


def _other(identifier: str, name: str) -> dict[str, Any]:
    return {
        "SPDXID": identifier,
        "name": name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
    }


def _licence(built: Built) -> str:
    return canonical(str(built.index.get("license") or "")) or ""


def _own_licences(built: Built) -> Iterator[dict[str, str]]:
    """Give the texts of licences that aren't on SPDX's list, as far as the package brings them along."""
    text = "\n\n".join(built.licence_texts.values()) or "The package brings no text of it."
    for name in names(_licence(built)):
        if name.startswith(OWN_LICENCE):
            yield {"licenseId": name, "extractedText": text, "name": name.removeprefix(OWN_LICENCE)}


def _checksum(sha256: str) -> dict[str, str]:
    return {"algorithm": "SHA256", "checksumValue": sha256}


def _purl(path: str) -> dict[str, str]:
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": package_url(path),
    }


def _related(first: str, kind: str, second: str) -> dict[str, str]:
    return {"spdxElementId": first, "relationshipType": kind, "relatedSpdxElement": second}
