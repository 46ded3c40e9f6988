"""Git repositories in the cache: fetched once, exported at a commit as an archive that is the same everywhere.

Below ``<cache>/git/<digest of the address>`` stand a bare repository with the commits that were asked for, each as
shallow as the server allows, and a note for each commit that was exported: which archive of the cache it is.
"""

import copy
import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.sources.cache import cache_path, cached
from ownconda.sources.checksums import Checksum
from ownconda.sources.git_source import GitSource, submodule_address
from ownconda.sources.source import Source
from ownconda.wires.files import exclusive_lock, make_folder, place, sha256_of, write_atomically
from ownconda.wires.http import redacted
from ownconda.wires.processes import Finished, run
from ownconda.wires.progress import Progress

FETCH_SECONDS = 3600.0
DEEPEST = 8
"""How deep submodules may have submodules."""

_SLOW = ("-c", "http.lowSpeedLimit=1024", "-c", "http.lowSpeedTime=60")
_PLAIN = (
    "-c", "protocol.ext.allow=never", "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "tar.umask=0022",
    "-c", "gc.auto=0",
)  # fmt: skip
_ALL_FILES = "* -export-ignore -export-subst -filter\n"
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}


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


def export(source: GitSource, cache: Path, progress: Progress, *, offline: bool = False) -> Exported:
    """Give a commit as an archive, fetched if it has to be; submodules are in it.

    It holds every file of the commit, and no repository. Raises WrongInputError for a tag that isn't there,
    OutsideError when the repository can't be had, at once when ``offline`` and another host would have to be asked.
    """
    return _export(source, _Errand(cache=cache, progress=progress, offline=offline))


def exported(source: GitSource, cache: Path) -> Exported | None:
    """Tell what a commit was exported to, without asking anybody; its archive may be gone or damaged."""
    folder = repository_folder(cache, source)
    commit = source.commit or _Repository(folder / "bare", source).tagged()
    try:
        return Exported(**json.loads((folder / "exported" / f"{commit}.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def tag_at_origin(source: GitSource) -> str | None:
    """Ask the repository's host which commit a tag is now; None when there is no such tag.

    Raises OutsideError when it can't be asked.
    """
    return _remote_refs(source).get(f"refs/tags/{source.tag}")


def repository_folder(cache: Path, source: GitSource) -> Path:
    """Tell where a repository is kept."""
    return cache / "git" / hashlib.sha256(redacted(source.url).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """What an export is made with; ``depth`` counts the repositories around a submodule."""

    cache: Path
    progress: Progress
    offline: bool
    depth: int = 0


def _export(source: GitSource, errand: _Errand) -> Exported:
    folder = repository_folder(errand.cache, source)
    found = exported(source, errand.cache)
    if found is not None and cached(errand.cache, found.archive, errand.progress):
        return found
    repository = _Repository(folder / "bare", source)
    with exclusive_lock(folder / "lock"):
        commit = _fetched(repository, errand)
    made = _archive(repository, commit, errand)  # a repository may be a submodule of itself
    write_atomically(folder / "exported" / f"{commit}.json", json.dumps(asdict(made)).encode(), durable=False)
    return made


@dataclass(frozen=True, slots=True)
class _Repository:
    """A bare repository of ours, and what it holds of which."""

    folder: Path
    source: GitSource

    def ask(self, *words: str | Path) -> Finished:
        """Run git in it; nothing of the user's shell or the folder we are in takes part."""
        return run(("git", *_PLAIN, *_SLOW, f"--git-dir={self.folder}", *words), env=_QUIET, timeout=FETCH_SECONDS)

    def told(self, *words: str | Path) -> str:
        done = self.ask(*words)
        if done.code:
            raise _failed(done, self.source)
        return done.out

    def has(self, commit: str) -> bool:
        return self.folder.is_dir() and not self.ask("cat-file", "-e", f"{commit}^{{tree}}").code

    def tagged(self) -> str | None:
        """Give the commit of the source's tag as it was when it was fetched."""
        if not (self.source.tag and self.folder.is_dir()):
            return None
        done = self.ask("rev-parse", "--verify", "--quiet", f"refs/tags/{self.source.tag}^{{commit}}")
        return done.out.strip() if done.code == 0 else None


def _fetched(repository: _Repository, errand: _Errand) -> str:
    """Have a source's commit in its repository."""
    source = repository.source
    commit = source.commit or repository.tagged()
    if commit and repository.has(commit):
        return commit
    if errand.offline and not source.is_local:
        raise OutsideError("isn't in the cache, and its host mayn't be asked", where=Where(file=source.label))
    errand.progress.note(f"{source.label}: fetching")
    make_folder(repository.folder)
    repository.told("init", "--bare", "--quiet", repository.folder)
    write_atomically(repository.folder / "info" / "attributes", _ALL_FILES.encode(), durable=False)
    return _fetch_commit(repository, commit) if commit else _fetch_tag(repository)


def _fetch_commit(repository: _Repository, commit: str) -> str:
    url = repository.source.url
    done = repository.ask("fetch", "--quiet", "--depth=1", "--no-tags", "--", url, f"+{commit}:refs/ownconda/{commit}")
    if done.code:  # some servers give only what a branch or a tag leads to
        everything = ("+refs/heads/*:refs/ownconda/heads/*", "+refs/tags/*:refs/ownconda/tags/*")
        repository.told("fetch", "--quiet", "--no-tags", "--", url, *everything)
    if not repository.has(commit):
        raise WrongInputError(f"{redacted(url)} has no commit {commit}", hint="is it pushed? was it rewritten?")
    return commit


def _fetch_tag(repository: _Repository) -> str:
    source = repository.source
    tag = f"refs/tags/{source.tag}"
    done = repository.ask("fetch", "--quiet", "--depth=1", "--no-tags", "--", source.url, f"{tag}:{tag}")
    commit = repository.tagged()
    if done.code == 0 and commit:
        return commit
    refs = _remote_refs(source)
    if tag in refs:
        raise _failed(done, source)
    branch = refs.get(f"refs/heads/{source.tag}")
    if branch:
        hint = f"name the commit, so that the same recipe means the same source; now it is {branch}"
        raise WrongInputError(f"{redacted(source.url)}: {source.tag!r} is a branch, which moves", hint=hint)
    hint = "write a commit in full: all of its 40 digits"
    raise WrongInputError(f"{redacted(source.url)} has no tag {source.tag!r}", hint=hint)


def _remote_refs(source: GitSource) -> dict[str, str]:
    """Give the commits of the tag and the branch that are called so; of an annotated tag, what it tags."""
    names = (f"refs/tags/{source.tag}", f"refs/tags/{source.tag}^{{}}", f"refs/heads/{source.tag}")
    done = run(("git", *_PLAIN, *_SLOW, "ls-remote", "--", source.url, *names), env=_QUIET, timeout=FETCH_SECONDS)
    if done.code:
        raise _failed(done, source)
    lines = (line.partition("\t") for line in done.out.splitlines())
    return {ref.removesuffix("^{}"): commit for commit, _, ref in lines}


def _archive(repository: _Repository, commit: str, errand: _Errand) -> Exported:
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


def _submodules(repository: _Repository, commit: str) -> Iterator[tuple[str, GitSource]]:
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


def _submodule_addresses(repository: _Repository, commit: str) -> dict[str, str]:
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


def _failed(done: Finished, source: GitSource) -> OutsideError:
    said = [line for line in done.err.splitlines() if line.startswith(("fatal:", "error:"))]
    reason = said[0].partition(": ")[2] if said else str(done)
    return OutsideError(
        f"git couldn't fetch it: {redacted(reason)}",
        where=Where(file=source.label),
        hint="check the address, the network, and that git may read there without asking",
    )
