"""The sources that a package was made from, with addresses and patches, as the files in it tell.

Recipes are read as data: no template is evaluated.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ownconda.conda.package_origins import CONDA_BUILDS, OWN_RECORD, RENDERED, recorded_sources
from ownconda.errors import Where, WrongInputError
from ownconda.recipes.v0.yaml_reading import read_document

_NAMES = {
    "git_url": "git",
    "git_rev": "rev",
    "git_tag": "tag",
}
_TOLD = ("url", "git", "commit", "rev", "tag", "path", "sha256", "sha512", "sha1", "md5", "note")


def packaged_sources(files: Mapping[str, bytes]) -> tuple[tuple[Mapping[str, object], ...], str]:
    """Give the sources, each with what is told of it, and the file that tells it.

    ``patches`` are the names of the files. Raises WrongInputError when nothing tells them, or it can't be read.
    """
    recorded = recorded_sources(files.get(OWN_RECORD))
    if recorded is not None:
        return _told(recorded), OWN_RECORD
    if RENDERED in files:
        rendered = _document(files[RENDERED], RENDERED)
        recipe = rendered.get("recipe")
        written = rendered.get("finalized_sources") or (recipe.get("source") if isinstance(recipe, Mapping) else None)
        return _told(_listed(written)), RENDERED
    if CONDA_BUILDS in files:
        return _told(_listed(_document(files[CONDA_BUILDS], CONDA_BUILDS).get("source"))), CONDA_BUILDS
    raise WrongInputError("the package holds no rendered recipe")


def _document(content: bytes, file: str) -> Mapping[str, object]:
    try:
        return read_document(content.decode(), Where(file=file)).content
    except UnicodeDecodeError as error:
        raise WrongInputError(f"its {file} isn't UTF-8") from error
    except WrongInputError as error:
        raise WrongInputError(f"its {file} can't be read: {error.problems[0].what}") from error


def _listed(value: object) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            yield {_NAMES.get(str(key), str(key)): told for key, told in one.items()}


def _told(sources: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, object], ...]:
    return tuple(_one(source) for source in sources)


def _one(source: Mapping[str, Any]) -> Mapping[str, object]:
    told: dict[str, object] = {key: _text(source[key]) for key in _TOLD if source.get(key)}
    patches = source.get("patches")
    names = [str(one.get("path", one)) if isinstance(one, Mapping) else str(one) for one in _list(patches)]
    return told | ({"patches": names} if names else {})


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
