"""Packages uploaded with what tells where they come from: what a build left beside them, and CEP 27's statement.

With something to sign with, each of these is signed as well; the signatures travel as CEP 50 has them.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ownconda.attestations.bundles import Sign, bundle_array, joined
from ownconda.attestations.sidecars import SUFFIXES, subjects
from ownconda.attestations.statements import SPDX, Statement, Subject, publish_statement, read_object
from ownconda.errors import Problem, Where, WrongInputError
from ownconda.forge_client.answers import UploadedFile
from ownconda.forge_client.client import ForgeClient
from ownconda.journeys.fetching_sources import several_at_once
from ownconda.wires.files import sha256_of, write_atomically
from ownconda.wires.progress import Progress


def upload(  # noqa: PLR0913  (each is a fact of the upload)
    client: ForgeClient,
    channel: str,
    packages: Sequence[Path],
    *,
    installers: Sequence[Path] = (),
    sign: Sign | None,
    progress: Progress,
) -> tuple[UploadedFile, ...]:
    """Upload packages and, where the forge takes them, their sidecars; ``sign``, if there is one, signs those.

    Installers go as they are.

    What the channel has signed already isn't signed again, and nothing is sent before all is signed. Raises as
    ``sign`` and `ForgeClient.upload`, and WrongInputError for a sidecar that isn't about the package that it lies
    beside.
    """
    if not client.sidecars(channel):
        return client.upload(channel, [*packages, *installers], progress=progress)
    signed = _signed_there(client, channel) if sign else frozenset()
    url = client.channel_url(channel)
    with tempfile.TemporaryDirectory(prefix="ownconda-") as root:

        def collect(numbered: tuple[int, Path]) -> Sequence[Path]:
            number, package = numbered
            subject = Subject(name=package.name, sha256=sha256_of(package))
            contents = _contents(package, subject, url, None if subject.sha256 in signed else sign)
            return tuple(_written(Path(root) / str(number), package, contents))

        beside: dict[Path, Sequence[Path]] = {}
        with progress.bar("signing" if sign else "collecting", len(packages)) as bar:
            for index, sidecars in several_at_once(collect, enumerate(packages)):
                beside[packages[index]] = sidecars
                bar.advance(1)
        return client.upload(channel, [*packages, *installers], sidecars=beside, progress=progress)


def _contents(package: Path, subject: Subject, channel: str, sign: Sign | None) -> dict[str, bytes]:
    """Give a package's sidecars by kind as they are to be sent to the channel of this address."""
    contents = {kind: content for kind in SUFFIXES if (content := _beside(package, kind, subject))}
    contents["publish"] = publish_statement(subject, channel).json
    if sign:
        fresh = bundle_array([sign(payload) for payload in _payloads(contents, subject)])
        contents["signatures"] = _signatures(package, contents.get("signatures", b""), fresh)
    return contents


def _signatures(package: Path, previous: bytes, fresh: bytes) -> bytes:
    try:
        return joined(previous, fresh)
    except ValueError as error:
        raise WrongInputError(str(error), where=Where(file=f"{package}{SUFFIXES['signatures']}")) from error


def _payloads(contents: Mapping[str, bytes], subject: Subject) -> Iterator[bytes]:
    """Give the statements that are signed; an SPDX document becomes what one says."""
    yield contents["publish"]
    if "provenance" in contents:
        yield contents["provenance"]
    if "sbom" in contents:
        yield Statement(subject=subject, predicate_type=SPDX, predicate=read_object(contents["sbom"])).json


def _written(folder: Path, package: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    for kind, content in contents.items():
        path = folder / f"{package.name}{SUFFIXES[kind]}"
        write_atomically(path, content, durable=False)
        yield path


def _beside(package: Path, kind: str, subject: Subject) -> bytes:
    file = package.with_name(package.name + SUFFIXES[kind])
    if not file.is_file():
        return b""
    content = file.read_bytes()
    try:
        about = subjects(kind, content)
    except ValueError as error:
        raise WrongInputError(f"can't be read: {error}", where=Where(file=file)) from error
    if any(one != subject for one in about):
        raise WrongInputError.of([_stray(file, package)])
    return content


def _stray(file: Path, package: Path) -> Problem:
    return Problem(
        what=f"isn't about {package.name} as it is",
        where=Where(file=file),
        hint="the package was changed after it was built, or this belongs to another: build it again",
    )


def _signed_there(client: ForgeClient, channel: str) -> frozenset[str]:
    listed = client.packages(channel)
    return frozenset(one.sha256 for one in listed if SUFFIXES["signatures"] in one.sidecars)
