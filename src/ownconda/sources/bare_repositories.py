"""Bare git repositories of ours, each with the commits that were asked for, as shallow as the server allows."""

from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.sources.git_source import GitSource
from ownconda.wires.files import make_folder, write_atomically
from ownconda.wires.http import redacted
from ownconda.wires.processes import Finished, run

GIT_SECONDS = 3600.0

_SLOW = ("-c", "http.lowSpeedLimit=1024", "-c", "http.lowSpeedTime=60")
_PLAIN = (
    "-c", "protocol.ext.allow=never", "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "tar.umask=0022",
    "-c", "gc.auto=0",
)  # fmt: skip
_ALL_FILES = "* -export-ignore -export-subst -filter\n"
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class BareRepository:
    """A bare repository of ours, and what it holds of which."""

    folder: Path
    source: GitSource

    def ask(self, *words: str | Path, given: str = "") -> Finished:
        """Run git in it; nothing of the user's shell or the folder we are in takes part."""
        command = ("git", *_PLAIN, *_SLOW, f"--git-dir={self.folder}", *words)
        return run(command, env=_QUIET, timeout=GIT_SECONDS, given=given)

    def told(self, *words: str | Path, given: str = "") -> str:
        """Give what git says. Raises OutsideError when it fails."""
        done = self.ask(*words, given=given)
        if done.code:
            raise _failed(done, self.source)
        return done.out

    def has(self, commit: str) -> bool:
        """Tell whether it holds a commit."""
        return self.folder.is_dir() and not self.ask("cat-file", "-e", f"{commit}^{{tree}}").code

    def tagged(self) -> str | None:
        """Give the commit of the source's tag as it was when it was fetched."""
        if not (self.source.tag and self.folder.is_dir()):
            return None
        done = self.ask("rev-parse", "--verify", "--quiet", f"refs/tags/{self.source.tag}^{{commit}}")
        return done.out.strip() if done.code == 0 else None

    def set_up(self) -> None:
        """Make it, unless it is there."""
        make_folder(self.folder)
        self.told("init", "--bare", "--quiet", self.folder)
        write_atomically(self.folder / "info" / "attributes", _ALL_FILES.encode(), durable=False)


def tag_at_origin(source: GitSource) -> str | None:
    """Ask the repository's host which commit a tag is now; None when there is no such tag.

    Raises OutsideError when it can't be asked.
    """
    return _remote_refs(source).get(f"refs/tags/{source.tag}")


def fetch_commit(repository: BareRepository, commit: str) -> str:
    """Bring a commit into its repository, from its host; gives its name."""
    url = repository.source.url
    done = repository.ask("fetch", "--quiet", "--depth=1", "--no-tags", "--", url, f"+{commit}:refs/ownconda/{commit}")
    if done.code:  # some servers give only what a branch or a tag leads to
        everything = ("+refs/heads/*:refs/ownconda/heads/*", "+refs/tags/*:refs/ownconda/tags/*")
        repository.told("fetch", "--quiet", "--no-tags", "--", url, *everything)
    if not repository.has(commit):
        raise WrongInputError(f"{redacted(url)} has no commit {commit}", hint="is it pushed? was it rewritten?")
    return commit


def fetch_tag(repository: BareRepository) -> str:
    """Bring the source's tag into its repository, from its host; gives the commit that it is."""
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
    done = run(("git", *_PLAIN, *_SLOW, "ls-remote", "--", source.url, *names), env=_QUIET, timeout=GIT_SECONDS)
    if done.code:
        raise _failed(done, source)
    lines = (line.partition("\t") for line in done.out.splitlines())
    return {ref.removesuffix("^{}"): commit for commit, _, ref in lines}


def _failed(done: Finished, source: GitSource) -> OutsideError:
    said = [line for line in done.err.splitlines() if line.startswith(("fatal:", "error:"))]
    reason = said[0].partition(": ")[2] if said else str(done)
    return OutsideError(
        f"git couldn't fetch it: {redacted(reason)}",
        where=Where(file=source.label),
        hint="check the address, the network, and that git may read there without asking",
    )
