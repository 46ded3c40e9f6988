"""Gathering what is known of where something comes from: on this machine, and from a forge."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.attestations.sidecars import LARGEST, SUFFIXES
from ownconda.attestations.statements import Subject
from ownconda.conda.match_specs import accepts, spec_name
from ownconda.conda.names import EXTENSIONS, parse_file_name
from ownconda.conda.package_files import read_info, read_package
from ownconda.conda.package_origins import OWN_RECORD
from ownconda.conda.versions import version_key
from ownconda.environments.installed import Package, installed_file, packages_in, prefix_of, project_of
from ownconda.errors import NoError, OutsideError, Where, WrongInputError
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.whence import ForgesWord, ask_whence
from ownconda.journeys.attesting import Checked, Trust, check, evidence_of, evidence_on_disk
from ownconda.journeys.whence import (
    ABOUT,
    RECIPE_FOLDER,
    Forge,
    Known,
    Link,
    asked,
    chain,
    installed,
    of_file,
    of_project,
    of_source,
)

NO_NAME = "no sha256 is known, by which a forge could be asked"
NOT_ASKED = "no forge was asked"
IN_THE_CACHE = "the package cache of the client that installed it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who is asked: a forge, or none, and whom one trusts with claims."""

    forge: ForgeClient | None
    trust: Trust


def trace_file(path: Path, asking: Asking) -> tuple[Link, ...]:
    """Lead from a package file, or a file in a prefix, as far as it goes.

    Raises NoError for a file that nobody is known to have installed.
    """
    if path.name.endswith(EXTENSIONS) and path.is_file():
        return _of_package_file(path, asking)
    prefix = prefix_of(path)
    found = installed_file(path, prefix) if prefix else None
    if found is not None and found.packages:
        return (of_file(found), *(link for one in found.packages for link in _of_installed(one, asking)))
    project = project_of(path)
    links = (*((of_file(found),) if found else ()), *((of_project(project),) if project else ()))
    if project is None:
        what = "no package has installed it" if found else "it isn't in an installed prefix, and isn't a package file"
        raise NoError(what, where=Where(file=path), hint="a prefix has a folder conda-meta")
    return links


def trace_in_prefix(spec: str, prefix: Path, asking: Asking) -> tuple[Link, ...]:
    """Lead from the packages in a prefix that a match spec or a file name means. Raises NoError when there are none."""
    found = [one for one in packages_in(prefix) if _means(spec, one)]
    if not found:
        raise NoError(f"nothing that {spec!r} means is installed", where=Where(file=prefix))
    return tuple(link for one in found for link in _of_installed(one, asking))


def trace_in_channel(spec: str, channel: str, forge: ForgeClient, trust: Trust) -> tuple[Link, ...]:
    """Lead from the newest package of a forge's channel that a match spec or a file name means.

    Raises NoError when there is none.
    """
    found = forge.packages(channel, [_as_spec(spec)])
    if not found:
        raise NoError(f"the channel {channel!r} has nothing that {spec!r} means")
    newest = max(found, key=lambda one: (version_key(one.version), one.build_number, one.indexed_at))
    return trace_digest(newest.sha256, Asking(forge=forge, trust=trust))


def trace_digest(sha256: str, asking: Asking) -> tuple[Link, ...]:
    """Lead from the checksum of a package or a source. Raises NoError when the forge knows nothing of it."""
    if asking.forge is None:
        raise NoError(f"a checksum alone tells nothing: {NOT_ASKED}", hint="leave --offline out")
    try:
        word = ask_whence(asking.forge, sha256)
    except WrongInputError as error:
        raise NoError.of(error.problems) from error
    forge = Forge(name=asking.forge.url, word=word)
    if not word.package:
        return of_source(sha256, forge)
    package = {key: value for key, value in word.package.items() if key != "path" and value}
    known = Known(package=package | {"file": word.package["path"]}, by=forge.name)
    return chain(_completed(known, forge, asking), forge)


def _of_installed(package: Package, asking: Asking) -> tuple[Link, ...]:
    info = _unpacked(package.unpacked)
    known = Known(
        package=installed(package),
        by=str(package.note),
        info=info,
        info_by=IN_THE_CACHE if info else "",
        lacks=f"a prefix doesn't keep it, and {IN_THE_CACHE} isn't there any more; give the package file",
    )
    forge = _forge(package.sha256, asking)
    return chain(_completed(known, forge, asking), forge)


def _of_package_file(path: Path, asking: Asking) -> tuple[Link, ...]:
    record = read_package(path)
    evidence = evidence_on_disk(path)
    facts = {"name": record.name, "version": record.version, "build": record.build, "file": record.path}
    known = Known(
        package={**facts, "sha256": record.sha256, "license": record.license or ""},
        by=str(path),
        info=read_info(path, _is_wanted),
        info_by=str(path),
        claims=check(evidence, asking.trust),
        claims_by=f"the files beside {path.name}",
    )
    forge = _forge(record.sha256, asking)
    return chain(_completed(known, forge, asking), forge)


def _forge(sha256: str, asking: Asking) -> Forge:
    client = asking.forge
    if client is None:
        return Forge(name="", silent=NOT_ASKED)
    if not sha256:
        return Forge(name=client.url, silent=NO_NAME)
    return asked(client.url, lambda: ask_whence(client, sha256))


def _completed(known: Known, forge: Forge, asking: Asking) -> Known:
    """Let a forge tell what isn't at hand."""
    if forge.word is None or asking.forge is None:
        return known
    if not known.info and forge.word.files:
        known = replace(known, info=forge.word.files, info_by=f"the package, as {forge.name} has it")
    if not known.info:
        known = replace(known, lacks=f"{forge.name} found no files in the package that tell it")
    if not known.claims:
        known = replace(known, claims=_claims(forge.word, asking.forge, asking.trust), claims_by=forge.name)
    return known


def _claims(word: ForgesWord, client: ForgeClient, trust: Trust) -> tuple[Checked, ...]:
    """Read what is claimed of a package from the sidecars that some channel shows."""
    subject = Subject(name=str(word.package["path"]).rpartition("/")[2], sha256=str(word.package["sha256"]))
    for places in word.sidecars.values():
        addresses = {SUFFIXES[kind]: place for kind, place in places.items() if kind in SUFFIXES}
        read = _reader(client, addresses)
        return check(evidence_of(str(word.package["path"]), subject, read), trust)
    return ()


def _reader(client: ForgeClient, addresses: Mapping[str, str]) -> Callable[[str], bytes]:
    def read(suffix: str) -> bytes:
        return client.read(addresses[suffix], largest=LARGEST) if suffix in addresses else b""

    return read


def _unpacked(folder: Path | None) -> Mapping[str, bytes]:
    """Read what an unpacked package tells of itself, as far as it is still there."""
    if folder is None or not (folder / "info" / "index.json").is_file():
        return {}
    found: dict[str, bytes] = {}
    for place, _, files in os.walk(folder / "info"):
        for file in files:
            path = Path(place, file)
            name = path.relative_to(folder).as_posix()
            if _is_wanted(name) and path.is_file():
                found[name] = _content(path)
    return found


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideError(f"can't be read: {error.strerror}", where=Where(file=path)) from error


def _is_wanted(name: str) -> bool:
    return name in {ABOUT, OWN_RECORD} or name.startswith(RECIPE_FOLDER)


def _means(text: str, package: Package) -> bool:
    if text.endswith(EXTENSIONS):
        return package.file_name == text
    return spec_name(text) == package.name and accepts(text, version=package.version, build=package.build)


def _as_spec(text: str) -> str:
    if not text.endswith(EXTENSIONS):
        return text
    named = parse_file_name(text.rpartition("/")[2])
    return f"{named.name}=={named.version}={named.build}"
