"""SLSA provenance of a package that was built here: an in-toto Statement, as pure facts of it.

https://slsa.dev/spec/v1.1/provenance; what the fields of our build type mean stands in docs/reference/provenance.md.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ownconda import __version__
from ownconda.attestations.statements import PROVENANCE, Statement, Subject
from ownconda.building.built import Built, Repository
from ownconda.building.invocation import moment
from ownconda.building.locks import LOCK
from ownconda.conda.package_urls import package_url

BUILD_TYPE = "https://ownconda.invalid/build-types/conda-package/v1"
BUILDERS_LIBRARY = "py-rattler-build"


def provenance(built: Built) -> Statement:
    """Say how a package was made."""
    return Statement(
        subject=Subject(name=built.file_name, sha256=built.sha256),
        predicate_type=PROVENANCE,
        predicate={"buildDefinition": _definition(built), "runDetails": _run(built)},
    )


def source_uri(source: Mapping[str, Any]) -> str:
    """Give a source's address as provenance and SPDX have it; a repository's with its commit."""
    if "git" in source:
        return f"git+{source['git'].removeprefix('git+')}@{source['commit']}"
    return str(source.get("url") or source.get("path") or "")


def public_channel(channel: str) -> str:
    """Give a channel's address without user, password, token and folders of this machine."""
    parts = urlsplit(channel)
    if parts.scheme == "file":
        return f"file:{parts.path.rstrip('/').rpartition('/')[2]}"
    folders = parts.path.split("/")
    if len(folders) > 2 and folders[1] == "t":  # noqa: PLR2004  (/t/<token>/<channel>, as conda writes tokens)
        del folders[1:3]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/".join(folders), "", ""))


def _definition(built: Built) -> dict[str, Any]:
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {
            "recipe": built.repository.recipe,
            "output": built.index["name"],
            "variant": dict(sorted(built.variant.items())),
            "targetPlatform": built.subdir,
            "channels": [public_channel(channel) for channel in built.channels],
        },
        "internalParameters": {"recipeDigest": {"sha256": built.record["recipe_sha256"]}},
        "resolvedDependencies": [
            *_repository(built.repository),
            *(_source(source) for source in built.sources),
            *_image(built.record.get("builder", {})),
            {"name": "lock", "digest": {"sha256": built.lock}, "annotations": {"path": LOCK}},
            *(_package(path, sha256) for path, sha256 in sorted(built.environment.items())),
        ],
    }


def _run(built: Built) -> dict[str, Any]:
    run = built.run
    return {
        "builder": {
            "id": run.invocation.builder,
            "version": {"ownconda": __version__, BUILDERS_LIBRARY: version(BUILDERS_LIBRARY)},
        },
        "metadata": {
            "invocationId": run.invocation.id,
            "startedOn": moment(run.started),
            "finishedOn": moment(run.finished),
        },
    }


def _repository(repository: Repository) -> list[dict[str, Any]]:
    if not repository.commit:
        return []
    told: dict[str, Any] = {"name": "recipe", "digest": {"gitCommit": repository.commit}}
    if repository.address:
        told["uri"] = f"git+{repository.address}@{repository.commit}"
    return [told | {"annotations": {"path": repository.recipe, "modified": repository.modified}}]


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    digest = {"gitCommit": source["commit"]} if "git" in source else {"sha256": source.get("sha256", "")}
    annotations = {key: source[key] for key in ("tag", "note", "patches") if key in source}
    told = {"name": "source", "uri": source_uri(source), "digest": {k: v for k, v in digest.items() if v}}
    return {key: value for key, value in (told | {"annotations": annotations}).items() if value}


def _image(machine: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the container image in which it was built, by the digest of its configuration."""
    kind, _, digest = machine.get("id", "").partition(":")
    return [{"name": "image", "digest": {kind: digest}, "annotations": {"image": machine["image"]}}] if digest else []


def _package(path: str, sha256: str) -> dict[str, Any]:
    return {"name": path, "uri": package_url(path), "digest": {"sha256": sha256}}
