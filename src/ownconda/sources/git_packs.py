"""A commit of a git repository as one file, for places that keep archives.

It is a pack with all files of the commit and none of its history, which git checks by the commit's name; submodules are
packs of their own.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ownconda.errors import OutsideError
from ownconda.sources.bare_repositories import BareRepository
from ownconda.sources.checksums import COMMIT, Checksum
from ownconda.sources.places import Offer, Place
from ownconda.sources.source import Source
from ownconda.wires.files import CHUNK, make_folder
from ownconda.wires.progress import Progress

_BEGINNING, _DIGEST = b"PACK", 20


def pack_source(commit: str) -> Source:
    """Tell how a commit's pack is called, wherever it is kept."""
    return Source(urls=(), checksum=Checksum(kind=COMMIT, digest=commit), file_name=f"{commit}.pack")


def is_whole_pack(path: Path) -> bool:
    """Tell whether a file is a pack that wasn't cut short (gitformat-pack(5)); what is in it isn't looked at."""
    size = path.stat().st_size - _DIGEST
    if size < len(_BEGINNING):
        return False
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as file:
        beginning = file.read(len(_BEGINNING))
        digest.update(beginning)
        while chunk := file.read(min(CHUNK, size - file.tell())):
            digest.update(chunk)
        return beginning == _BEGINNING and file.read() == digest.digest()


def pack(repository: BareRepository, commit: str, folder: Path) -> Path:
    """Write a commit that a repository has as a pack into a folder; gives that file."""
    objects = repository.told("rev-list", "--objects", "--no-walk", commit)
    name = repository.told("pack-objects", "--quiet", folder / "pack", given=objects).strip()
    return folder / f"pack-{name}.pack"


def fetch_pack(repository: BareRepository, commit: str, places: Iterable[Place], progress: Progress) -> bool:
    """Bring a commit into its repository from the first place that has its pack; tell whether one had."""
    for place in places:
        for offer in _offers(place, commit):
            if _take(offer, repository, commit):
                progress.note(f"{repository.source.label}: fetched from {offer.address}")
                return True
    return False


def _offers(place: Place, commit: str) -> Sequence[Offer]:
    try:
        return tuple(place.offers(pack_source(commit)))
    except OutsideError:
        return ()


def _take(offer: Offer, repository: BareRepository, commit: str) -> bool:
    make_folder(repository.folder / "objects" / "pack")
    with TemporaryDirectory(dir=repository.folder / "objects", prefix="pack-") as folder:
        arrived = Path(folder) / f"pack-{commit}.pack"
        try:
            with offer.open() as content, arrived.open("wb") as file:
                file.writelines(content.chunks)
        except OutsideError:
            return False
        if repository.ask("index-pack", arrived).code:
            return False
        kept = [path.rename(repository.folder / "objects" / "pack" / path.name) for path in _with_index(arrived)]
    if repository.ask("rev-list", "--objects", "--quiet", "--no-walk", commit).code:
        for path in kept:  # something else than what was asked for
            path.unlink()
        return False
    _without_history(repository, commit)
    return True


def _with_index(pack: Path) -> Iterable[Path]:
    """Give a pack and what git has written beside it; the index last, since it makes the pack count."""
    return sorted(pack.parent.iterdir(), key=lambda path: path.suffix == ".idx")


def _without_history(repository: BareRepository, commit: str) -> None:
    """Tell git that the commits before this one aren't there (gitrepository-layout(5), shallow)."""
    with (repository.folder / "shallow").open("a", encoding="ascii") as file:
        file.write(f"{commit}\n")
    repository.told("update-ref", f"refs/ownconda/{commit}", commit)
