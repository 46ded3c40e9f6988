"""Small git repositories, whose commits are the same wherever and whenever they are made."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

WHEN = "2020-09-13T12:26:40Z"
WHEN_SECONDS = 1_600_000_000
PERSON = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": WHEN,
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": WHEN,
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(folder: Path, *words: str | Path) -> str:
    """Run git there, and give what it prints."""
    command = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *(str(word) for word in words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **PERSON})
    return done.stdout.strip()


def make_repository(folder: Path, files: Mapping[str, str], *, tag: str = "", branch: str = "main") -> str:
    """Make a repository with one commit, and give the commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", f"--initial-branch={branch}")
    return commit_files(folder, files, tag=tag)


def commit_files(folder: Path, files: Mapping[str, str], *, tag: str = "") -> str:
    """Commit files, with everything else that has changed, and give the commit."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a commit", "--allow-empty")
    if tag:
        git(folder, "tag", "--annotate", "--message", tag, tag)
    return git(folder, "rev-parse", "HEAD")
