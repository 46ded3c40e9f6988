"""What a recipe says of a git repository: its address, and the commit or the tag that is meant. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import Where, WrongInputError
from ownconda.wires.http import redacted

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_TAG = re.compile(r"[\w+-][\w.+/@-]*")
_OVER_SSH = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//)")
_SCHEMES = ("https://", "http://", "ssh://", "git://", "file://")
_COMMIT_HINT = "name the commit, so that the same recipe means the same source"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """A repository at one commit, or at a tag, which is resolved to one when it is fetched."""

    url: str
    commit: str | None = None
    tag: str | None = None

    @property
    def label(self) -> str:
        """How it is told: the address without passwords, and what is meant there."""
        return f"{redacted(self.url)}@{self.commit or self.tag}"

    @property
    def name(self) -> str:
        """What the repository is called."""
        last = re.split(r"[/:]", self.url.rstrip("/"))[-1].removesuffix(".git")
        return re.sub(r"[^\w.+-]", "-", last).lstrip(".-") or "repository"

    @property
    def is_local(self) -> bool:
        """Tell whether no host has to be asked for it."""
        return self.url.startswith(("file://", "/"))


def parse_git_source(fields: Mapping[str, object], *, folder: Path, where: Where | None = None) -> GitSource:
    """Make a GitSource of a recipe's fields, in the words of either format; ``folder`` is the recipe's own.

    Raises WrongInputError at ``where`` for what doesn't name one commit, and for what git alone can't give.
    """
    url, rev, tag, branch = (_text(fields, name) for name in ("url", "rev", "tag", "branch"))
    if str(fields.get("lfs") or "").lower() == "true":
        hint = "take an archive that upstream has released instead"
        raise WrongInputError(f"{redacted(url)} is wanted with Git LFS, which isn't supported", where=where, hint=hint)
    address = _address(url, folder, where)
    if branch or rev.startswith("refs/heads/"):
        name = branch or rev.removeprefix("refs/heads/")
        raise WrongInputError(f"{redacted(url)}: {name!r} is a branch, which moves", where=where, hint=_COMMIT_HINT)
    if _COMMIT.fullmatch(rev.lower()):
        return GitSource(url=address, commit=rev.lower())
    named = tag or rev.removeprefix("refs/tags/")
    if not named or named == "HEAD":
        raise WrongInputError(f"{redacted(url)} has neither rev nor tag", where=where, hint=_COMMIT_HINT)
    if not _TAG.fullmatch(named) or ".." in named:
        raise WrongInputError(f"{named!r} is no tag", where=where, hint=_COMMIT_HINT)
    return GitSource(url=address, tag=named)


def submodule_address(url: str, parent: str) -> str:
    """Give a submodule's address, which may be relative to its parent's (gitmodules(5))."""
    base = parent.rstrip("/")
    if not url.startswith(("./", "../")):
        return url
    for step in url.split("/"):
        if step == "..":
            base = base[: max(base.rfind("/"), base.rfind(":"))]
        elif step != ".":
            base = f"{base}/{step}"
    return base


def _text(fields: Mapping[str, object], name: str) -> str:
    """Take a field by its name in rattler-build's format or in conda-build's."""
    words = ("git", "git_url") if name == "url" else (name, f"git_{name}")
    return next((str(fields[word]).strip() for word in words if fields.get(word)), "")


def _address(url: str, folder: Path, where: Where | None) -> str:
    if url.startswith(_SCHEMES):
        return url
    if url.startswith("-") or "::" in url or "://" in url:
        raise WrongInputError(f"{redacted(url)!r} is no address of a repository", where=where)
    if _OVER_SSH.match(url):
        return url
    return str((folder / Path(url).expanduser()).resolve())
