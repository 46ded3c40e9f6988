"""What changed in a repository since a revision, the working tree's uncommitted changes included."""

from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import Where, WrongInputError
from ownconda.wires import processes


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The files of a repository that differ from a revision, as absolute paths; of a renamed one both names."""

    root: Path
    revision: str
    paths: frozenset[Path]

    def content_before(self, path: Path) -> str | None:
        """Give a file's text as it was; None when it wasn't there."""
        told = processes.run(
            ["git", "-C", self.root, "show", f"{self.revision}:{path.relative_to(self.root).as_posix()}"]
        )
        return told.out if told.code == 0 else None


def changes_since(folder: Path, revision: str | None) -> Changes:
    """Compare the working tree around ``folder`` with ``revision``.

    Without one it is where the current branch left the remote's default branch, or HEAD when there is no remote. Raises
    WrongInputError outside a repository and for a revision that isn't there, OutsideError without git.
    """
    root = Path(_told(folder, "rev-parse", "--show-toplevel").strip())
    commit = _commit(folder, revision or _default(folder))
    differing = _told(root, "diff", "--name-only", "--no-renames", "-z", commit, "--")
    untracked = _told(root, "ls-files", "-z", "--others", "--exclude-standard")
    names = (name for listed in (differing, untracked) for name in listed.split("\0") if name)
    return Changes(root=root, revision=commit, paths=frozenset(root / name for name in names))


def _default(folder: Path) -> str:
    branch = processes.run(["git", "-C", folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD"])
    if branch.code:
        return "HEAD"
    base = processes.run(["git", "-C", folder, "merge-base", "HEAD", branch.out.strip()])
    return base.out.strip() if base.code == 0 else "HEAD"


def _commit(folder: Path, revision: str) -> str:
    done = processes.run(["git", "-C", folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"])
    if done.code:
        hint = "a branch, a tag or a commit; a shallow clone has few of them: git fetch --unshallow"
        raise WrongInputError(f"git knows no revision {revision!r}", where=Where(file=folder), hint=hint)
    return done.out.strip()


def _told(folder: Path, *words: str) -> str:
    done = processes.run(["git", "-C", folder, *words])
    if done.code:
        reason = done.err.strip().removeprefix("fatal: ").splitlines()
        raise WrongInputError(f"git {words[0]}: {reason[0] if reason else done}", where=Where(file=folder))
    return done.out
