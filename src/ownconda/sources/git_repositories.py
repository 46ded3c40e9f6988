"""Git repositories in the cache: fetched once, exported at a commit as an archive that is the same everywhere.

Below ``<cache>/git/<digest of the address>`` stand a bare repository with the commits that were asked for, each as
shallow as the server allows, and a note for each commit that was exported: which archive of the cache it is.
"""

import copy
import hashlib
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.sources.bare_repositories import BareRepository, fetch_commit, fetch_tag
from ownconda.sources.cache import cache_path, cached
from ownconda.sources.checksums import Checksum
from ownconda.sources.git_packs import fetch_pack, pack
from ownconda.sources.git_source import GitSource, submodule_address
from ownconda.sources.places import Place
from ownconda.sources.source import Source
from ownconda.wires.files import exclusive_lock, make_folder, place, sha256_of, write_atomically
from ownconda.wires.http import redacted
from ownconda.wires.progress import Progress

DEEPEST = 8
"""How deep submodules may have submodules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A commit as an archive in the cache."""

    commit: str
    sha256: str
    file_name: str

    def path(self, cache: Path) -> Path:
        """Tell where the archive is."""
        return cache_path(cache, self.archive)

    @property
    def archive(self) -> Source:
        """The archive as a source of its own."""
        return Source(urls=(self.file_name,), checksum=Checksum(digest=self.sha256), file_name=self.file_name)


def export(
    source: GitSource,
    cache: Path,
    progress: Progress,
    *,
    places: Callable[[], Sequence[Place]] = tuple,
    offline: bool = False,
) -> Exported:
    """Give a commit as an archive, fetched if it has to be; submodules are in it.

    It holds every file of the commit, and no repository. A commit is looked for in ``places`` before its host is asked.
    Raises WrongInputError for a tag that isn't there, OutsideError when the repository can't be had, at once when
    ``offline`` and another host would have to be asked.
    """
    return _export(source, _Errand(cache=cache, progress=progress, places=places, offline=offline))


def exported(source: GitSource, cache: Path) -> Exported | None:
    """Tell what a commit was exported to, without asking anybody; its archive may be gone or damaged."""
    folder = repository_folder(cache, source)
    commit = source.commit or BareRepository(folder / "bare", source).tagged()
    try:
        return Exported(**json.loads((folder / "exported" / f"{commit}.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def packs(source: GitSource, cache: Path, folder: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    """Go through the commits of an exported source, its own and its submodules', with what writes each as a pack."""
    repository = BareRepository(repository_folder(cache, source) / "bare", source)
    commit = source.commit or repository.tagged()
    if commit:
        yield commit, partial(pack, repository, commit, folder)
        for _, submodule in _submodules(repository, commit):
            yield from packs(submodule, cache, folder)


def repository_folder(cache: Path, source: GitSource) -> Path:
    """Tell where a repository is kept."""
    return cache / "git" / hashlib.sha256(redacted(source.url).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What an export is made with; ``depth`` counts the repositories around a submodule."""

    cache: Path
    progress: Progress
    places: Callable[[], Sequence[Place]]
    offline: bool
    depth: int = 0


def _export(source: GitSource, errand: _Errand) -> Exported:
    folder = repository_folder(errand.cache, source)
    found = exported(source, errand.cache)
    if found is not None and cached(errand.cache, found.archive, errand.progress):
        return found
    repository = BareRepository(folder / "bare", source)
    with exclusive_lock(folder / "lock"):
        commit = _fetched(repository, errand)
    made = _archive(repository, commit, errand)  # a repository may be a submodule of itself
    write_atomically(folder / "exported" / f"{commit}.json", json.dumps(asdict(made)).encode(), durable=False)
    return made


def _fetched(repository: BareRepository, errand: _Errand) -> str:
    """Have a source's commit in its repository."""
    source = repository.source
    commit = source.commit or repository.tagged()
    if commit and repository.has(commit):
        return commit
    repository.set_up()
    if commit and fetch_pack(repository, commit, errand.places(), errand.progress):
        return commit
    if errand.offline and not source.is_local:
        raise OutsideError("isn't in the cache, and its host mayn't be asked", where=Where(file=source.label))
    errand.progress.note(f"{source.label}: fetching")
    return fetch_commit(repository, commit) if commit else fetch_tag(repository)


def _archive(repository: BareRepository, commit: str, errand: _Errand) -> Exported:
    name = f"{repository.source.name}-{commit[:12]}"
    with _temporary_file(errand.cache) as made:
        repository.told("archive", "--format=tar", f"--prefix={name}/", f"--output={made}", commit)
        for path, submodule in _submodules(repository, commit):
            if errand.depth >= DEEPEST:
                raise WrongInputError(f"{repository.source.label} has submodules deeper than {DEEPEST}")
            inner = _export(submodule, replace(errand, depth=errand.depth + 1))
            _add(inner.path(errand.cache), made, f"{name}/{path}")
        found = Exported(commit=commit, sha256=sha256_of(made), file_name=f"{name}.tar")
        place(made, found.path(errand.cache))
    return found


def _submodules(repository: BareRepository, commit: str) -> Iterator[tuple[str, GitSource]]:
    entries = repository.told("ls-tree", "-r", "-z", commit).split("\0")
    pinned = {path: meta.split()[2] for meta, _, path in (one.partition("\t") for one in entries) if "160000" in meta}
    if not pinned:
        return
    addresses = _submodule_addresses(repository, commit)
    for path, at in sorted(pinned.items()):
        if path not in addresses:
            raise WrongInputError(f"{repository.source.label}: .gitmodules says nothing of {path!r}")
        submodule = GitSource(url=submodule_address(addresses[path], repository.source.url), commit=at)
        if submodule.is_local and not repository.source.is_local:
            raise WrongInputError(f"{repository.source.label}: its submodule {path!r} is a folder of this machine")
        yield path, submodule


def _submodule_addresses(repository: BareRepository, commit: str) -> dict[str, str]:
    listed = repository.ask("config", "--blob", f"{commit}:.gitmodules", "-z", "--list").out.split("\0")
    values = dict(one.partition("\n")[::2] for one in listed)
    names = [key.removesuffix(".path") for key in values if key.startswith("submodule.") and key.endswith(".path")]
    return {values[f"{name}.path"]: values.get(f"{name}.url", "") for name in names}


def _add(inner: Path, archive: Path, folder: str) -> None:
    """Add what is in one tar, below its first folder, to another one, below ``folder``."""
    with tarfile.open(inner, "r:") as source, tarfile.open(archive, "a:") as target:
        for member in source:
            path = member.name.partition("/")[2]
            if path:
                content = source.extractfile(member) if member.isfile() else None
                moved = copy.copy(member)  # TarInfo.replace came with 3.11.4
                moved.name = f"{folder}/{path}"
                target.addfile(moved, content)


@contextmanager
def _temporary_file(cache: Path) -> Iterator[Path]:
    make_folder(cache / ".partial")
    with tempfile.TemporaryDirectory(dir=cache / ".partial", prefix="git-") as folder:
        yield Path(folder) / "export.tar"
