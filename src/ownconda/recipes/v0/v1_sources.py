"""The sources of a conda-build recipe in rattler-build's words."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ownconda.errors import WrongInputError
from ownconda.recipes.v0.sections import text, texts, truth

NO_HOIST = "no_hoist"
"""Stands among rattler-build's words where an archive's only folder is kept, which it would take away."""

RECIPE_DIR = "$RECIPE_DIR"
SRC_DIR = "$SRC_DIR/"

_SAME = ("sha256", "md5")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip", ".whl")
_REPOSITORIES = {"hg_url": "Mercurial", "svn_url": "Subversion"}


def v1_source(fields: Mapping[str, object]) -> dict[str, object]:
    """Give one source as rattler-build has it, and `NO_HOIST`; checksums that it doesn't know are left out.

    Raises WrongInputError for what it has no word for and without which the sources would be wrong.
    """
    for key, system in _REPOSITORIES.items():
        if text(fields.get(key)):
            raise WrongInputError(
                f"sources in {system} can't be fetched", hint="name an archive of that revision, with its sha256"
            )
    return {**_where_from(fields), **dict(_how(fields))}


def _where_from(fields: Mapping[str, object]) -> dict[str, object]:
    if texts(fields.get("url")):
        return {"url": list(texts(fields.get("url")))}
    if text(fields.get("git_url")):
        return _repository(fields)
    if text(fields.get("path")):
        return {"path": beside_recipe(text(fields["path"])), "use_gitignore": False}
    raise WrongInputError("a source needs url, git_url or path")


def _repository(fields: Mapping[str, object]) -> dict[str, object]:
    source: dict[str, object] = {"git": beside_recipe(text(fields["git_url"]))}
    for theirs, ours in (("git_rev", "rev"), ("git_tag", "tag"), ("git_branch", "branch")):
        if text(fields.get(theirs)) not in {"", "HEAD"}:
            return source | {ours: text(fields[theirs])}
    return source


def _how(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    yield from ((key, text(fields[key])) for key in _SAME if text(fields.get(key)))
    name = text(fields.get("fn"))
    if name and texts(fields.get("url")) and not name.lower().endswith(_ARCHIVES):
        yield "file_name", name  # an archive's name is that of the download alone
    if truth(fields.get("no_hoist")):
        yield NO_HOIST, True
    if text(fields.get("folder")):
        yield "target_directory", text(fields["folder"])
    patches = [_patch(patch) for patch in texts(fields.get("patches")) if not patch.startswith(SRC_DIR)]
    if patches:
        yield "patches", patches


def _patch(written: str) -> str:
    patch = beside_recipe(written)
    if patch.startswith("$") or PurePosixPath(patch).is_absolute():
        raise WrongInputError(
            f"the patch {written!r} isn't beside the recipe", hint="copy it there, or apply it in the build script"
        )
    return patch


def patches_inside(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Give the patches that lie in the sources themselves, each with the folder that it is for."""
    folder = text(fields.get("folder"))
    return [(patch, folder) for patch in texts(fields.get("patches")) if patch.startswith(SRC_DIR)]


def beside_recipe(path: str) -> str:
    """Give a path that a recipe has relative to its own folder."""
    return path.removeprefix(f"{RECIPE_DIR}/") if path != RECIPE_DIR else "."
