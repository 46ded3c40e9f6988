"""What Builds want to be built from: archives, commits of repositories, folders, and the patches on them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.builds import Build, WrittenSource
from ownconda.recipes.faults import where_in
from ownconda.recipes.v0.v1_sources import beside_recipe, v1_source
from ownconda.sources.checksums import best_checksum
from ownconda.sources.git_source import GitSource, parse_git_source
from ownconda.sources.source import Alternative, Source, parse_source
from ownconda.wires.files import sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file by its checksum, and what may stand for it; ``unpacked`` when the builder unpacks it."""

    source: Source
    alternatives: tuple[Alternative, ...] = ()
    unpacked: bool = True

    @property
    def label(self) -> str:
        """What it is called."""
        return self.source.file_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A git repository at a commit."""

    git: GitSource
    unpacked: bool = True

    @property
    def label(self) -> str:
        """What it is called."""
        return self.git.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A file or a folder that is here: a project's own."""

    path: Path

    @property
    def label(self) -> str:
        """What it is called."""
        return str(self.path)


Wanted = Archive | Repository | Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A patch that the builder applies: its name in the recipe, and its sha256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A source with the packages (name and version) that are built from it, its patches, and where it is written."""

    wanted: Wanted
    where: Where
    packages: tuple[str, ...]
    patches: tuple[Patch, ...] = ()


def list_sources(builds: Iterable[Build]) -> tuple[list[Listed], list[Problem]]:
    """List every source of the Builds once, and all that is wrong with any of them."""
    found: dict[object, Listed] = {}
    problems: dict[Problem, None] = {}
    for build in builds:
        for written in build.sources:
            try:
                listed = _listed(build, in_v1_words(build, written))
            except WrongInputError as error:
                problems.update(dict.fromkeys(error.problems))
            else:
                key = (_identity(listed.wanted), listed.patches)
                found[key] = _joined(found.get(key), listed)
    return list(found.values()), list(problems)


def in_v1_words(build: Build, written: WrittenSource) -> WrittenSource:
    """Give a source as rattler-build would have it, whatever the recipe's format.

    Raises WrongInputError naming the recipe for what has no word there.
    """
    if build.format == "v1":
        return written
    fields = dict(written.fields)
    if written.path:  # which may be that of a repository that is here
        fields = {key: value for key, value in fields.items() if not key.startswith("git_")} | {"path": written.path}
    try:
        return replace(written, path=beside_recipe(written.path or "") or None, fields=v1_source(fields))
    except WrongInputError as error:
        first = error.problems[0]
        raise WrongInputError(first.what, where=where_in(build.recipe, "source"), hint=first.hint) from error


def wanted(build: Build, written: WrittenSource) -> Wanted:
    """Tell what a recipe's source is.

    Raises WrongInputError naming the recipe for one that doesn't say exactly which bytes it means.
    """
    if written.urls:
        return _archive(build, written)
    if written.path:
        return Folder(path=(build.recipe.parent / written.path).resolve())
    where = where_in(build.recipe, "source.git" if build.format == "v1" else "source.git_url")
    if not (written.fields.get("git") or written.fields.get("git_url")):
        raise WrongInputError("is neither an archive, a git repository nor a folder", where=where)
    return Repository(git=parse_git_source(written.fields, folder=build.recipe.parent, where=where))


def patches(build: Build, written: WrittenSource) -> tuple[Patch, ...]:
    """Give the patches of a source.

    Raises WrongInputError for those that aren't in the recipe's folder.
    """
    given = written.fields.get("patches") or ()
    names = [given] if isinstance(given, str) else [str(one) for one in given] if isinstance(given, list) else []
    folder = build.recipe.parent.resolve()
    missing = [name for name in names if not _inside(folder, name).is_file()]
    if missing:
        where = where_in(build.recipe, "source.patches")
        raise WrongInputError.of(
            Problem(what=f"there is no patch {name!r} in the recipe's folder", where=where) for name in missing
        )
    return tuple(Patch(name=name, sha256=sha256_of(_inside(folder, name))) for name in names)


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder) else folder


def _archive(build: Build, written: WrittenSource) -> Archive:
    where = where_in(build.recipe, "source.sha256")
    try:
        checksum = best_checksum(written.checksums)
    except WrongInputError as error:
        raise WrongInputError(error.problems[0].what, where=where, hint=error.problems[0].hint) from None
    if checksum is None:
        raise WrongInputError(f"{written.urls[0]} has no checksum", where=where, hint="add the archive's sha256")
    return Archive(
        source=parse_source(written.urls, checksum, package=build.name, debian_source=build.debian_source, where=where),
        alternatives=tuple(
            Alternative(url=one.url, sha256=one.sha256, note=one.note)
            for one in build.alternatives
            if one.instead_of in written.checksums.values()
        ),
        unpacked=build.format == "v0" or not written.file_name,
    )


def _listed(build: Build, written: WrittenSource) -> Listed:
    what = wanted(build, written)
    field = (
        "source.git" if isinstance(what, Repository) else "source.path" if isinstance(what, Folder) else "source.url"
    )
    return Listed(
        wanted=what,
        where=where_in(build.recipe, field),
        packages=(build.label,),
        patches=patches(build, written),
    )


def _identity(what: Wanted) -> object:
    """Tell what makes a source the same: outputs of one recipe share theirs, whoever is named in them."""
    return replace(what, source=replace(what.source, package=None)) if isinstance(what, Archive) else what


def _joined(first: Listed | None, second: Listed) -> Listed:
    if first is None:
        return second
    return replace(first, packages=tuple(dict.fromkeys((*first.packages, *second.packages))))
