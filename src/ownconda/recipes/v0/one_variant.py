"""A recipe read in one variant: its selectors decided, its templates evaluated, its YAML parsed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.reading import described, is_folder, resolved
from ownconda.recipes.v0.data_files import DataFolders
from ownconda.recipes.v0.functions import functions
from ownconda.recipes.v0.lines import lost_lists, select_lines
from ownconda.recipes.v0.namespaces import Surroundings, build_variables, selector_names
from ownconda.recipes.v0.pins import HASH_MARK, Promises
from ownconda.recipes.v0.sections import sections, text, truth
from ownconda.recipes.v0.templates import evaluate
from ownconda.recipes.v0.yaml_reading import Document, read_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A recipe in one variant: its text as its selectors keep it, what it says, and the pins that it asks for."""

    around: Surroundings
    selected: str
    document: Document
    promises: Promises
    described: Mapping[str, str]

    @property
    def is_noarch(self) -> bool:
        """Tell whether the package at the top fits every platform."""
        build = self.document.content.get("build")
        return isinstance(build, Mapping) and (truth(build.get("noarch")) or truth(build.get("noarch_python")))


def read_variant(recipe: Path, written: str, around: Surroundings) -> Read:
    """Read a recipe's text as it is in these surroundings.

    Raises WrongInputError with file and line when it can't be read.
    """
    where = Where(file=recipe)
    selecting = selector_names(around)
    selected = select_lines(written, selecting, file=where)
    promises = Promises()
    variables = {**build_variables(around), "RECIPE_DIR": str(recipe.parent)}
    names = {**around.supplied, **selecting, **variables, **around.variant.values}
    names["PKG_HASH"] = HASH_MARK
    folders = DataFolders(recipe=recipe.parent)
    git: Mapping[str, str] = {}
    for _ in range(2 if _looks_back(selected) else 1):
        given = {**names, **functions(around, promises, folders), **_os_names(around, names)}
        evaluated = evaluate(selected, given, file=where)
        rendered = select_lines(evaluated.text, selecting, file=where) if "[" in evaluated.text else evaluated.text
        document = _document(rendered, where, moved=selected.count("\n") != rendered.count("\n"))
        source = _local_source(recipe, document) if _looks_back(selected) else None
        folders = DataFolders(recipe=recipe.parent, source=source)
        names |= _package_names(document)
        git = described(source or recipe.parent) if "GIT_" in selected else {}
        names |= git
    undefined = (
        Problem(what=reason, where=Where(file=recipe, line=line)) for reason, line in evaluated.undefined.items()
    )
    problems = (*undefined, *lost_lists(written, file=where))
    return Read(
        around=around,
        selected=selected,
        document=replace(document, problems=(*document.problems, *problems)),
        promises=promises,
        described=git,
    )


def _looks_back(selected: str) -> bool:
    """Tell whether the templates ask for what is known only after they were evaluated once."""
    return any(asked in selected for asked in ("PKG_", "GIT_", "load_"))


def _os_names(around: Surroundings, names: Mapping[str, object]) -> Mapping[str, object]:
    environ = {**{key: value for key, value in names.items() if isinstance(value, str)}, **around.environ}
    separators = {"sep": "\\", "pathsep": ";"} if around.is_windows else {"sep": "/", "pathsep": ":"}
    return {"environ": environ, "os": {"environ": environ, **separators}}


def _package_names(document: Document) -> Mapping[str, str]:
    package, build = document.content.get("package"), document.content.get("build")
    found: dict[str, str] = {}
    if isinstance(package, Mapping):
        found |= {"PKG_NAME": text(package.get("name")), "PKG_VERSION": text(package.get("version"))}
    if isinstance(build, Mapping):
        found["PKG_BUILDNUM"] = text(build.get("number")) or "0"
    return found


def _local_source(recipe: Path, document: Document) -> Path | None:
    """Find the folder of a source that is here already."""
    for source in sections(document.content, "source", where=Where(file=recipe)):
        written = text(source.get("path")) or text(source.get("git_url"))
        folder = recipe.parent / written if written and "://" not in written else None
        if folder is not None and is_folder(folder):
            return resolved(folder)
    return None


def local_repository(fields: Mapping[str, object], recipe: Path) -> str | None:
    """Give the folder of a repository that is here, and of which no certain commit is asked for."""
    url = text(fields.get("git_url"))
    if not url or "://" in url or any(text(fields.get(key)) for key in ("git_rev", "git_tag", "git_branch")):
        return None
    return url if is_folder(recipe.parent / url) else None


def _document(rendered: str, where: Where, *, moved: bool) -> Document:
    """Read the YAML; where templates have ``moved`` the lines, problems have none."""
    try:
        document = read_document(rendered, where)
    except WrongInputError as error:
        if not moved:
            raise
        raise WrongInputError.of(_without_line(problem) for problem in error.problems) from error
    problems = tuple(_without_line(problem) for problem in document.problems) if moved else document.problems
    return replace(document, problems=problems)


def _without_line(problem: Problem) -> Problem:
    return replace(problem, where=replace(problem.where, line=None) if problem.where else None)
