"""Variants files found and read: ``conda_build_config.yaml``, and ``variants.yaml`` with its conditions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.recipes.reading import is_file, read_text
from ownconda.recipes.rendering import CONDA_BUILD_VARIANTS, VARIANTS_FILE, folders_of_variants
from ownconda.recipes.v0.lines import select_lines
from ownconda.recipes.v0.namespaces import Surroundings, selector_names
from ownconda.recipes.v0.selectors import parse_selector
from ownconda.recipes.v0.variants import VariantConfig, as_config, defaults, merged, variants
from ownconda.recipes.v0.yaml_reading import read_texts

FILES = (CONDA_BUILD_VARIANTS, VARIANTS_FILE)
"""What a variants file may be called; the first one in a folder counts."""


def variant_config(
    recipe: Path,
    *,
    files: Iterable[Path],
    given: Mapping[str, Sequence[str]],
    target_platform: str,
    build_platform: str,
) -> VariantConfig:
    """Read the variants that hold for a recipe: the root's, those beside it, then ``files`` and what is ``given``.

    Raises WrongInputError with file and line when one of them can't be read.
    """
    beside = (
        next((folder / name for name in FILES if is_file(folder / name)), None)
        for folder in folders_of_variants(recipe)
    )
    found = dict.fromkeys([*(file for file in beside if file), *files])
    return _merged(
        tuple((file, read_text(file)) for file in found),
        tuple((key, tuple(values)) for key, values in given.items()),
        target_platform,
        build_platform,
    )


@lru_cache(maxsize=256)
def _merged(
    texts: tuple[tuple[Path, str], ...],
    given: tuple[tuple[str, tuple[str, ...]], ...],
    target_platform: str,
    build_platform: str,
) -> VariantConfig:
    base = defaults(target_platform)
    around = Surroundings(variant=variants(base, ())[0], target_platform=target_platform, build_platform=build_platform)
    configs = [base, *(_read(file, text, around) for file, text in texts)]
    return merged([*configs, VariantConfig(values=dict(given))] if given else configs)


def _read(file: Path, text: str, around: Surroundings) -> VariantConfig:
    where = Where(file=file)
    names = selector_names(around)
    content = read_texts(select_lines(text, names, file=where, lists=True), where)
    try:
        return as_config({key: _resolved(value, names) for key, value in content.items()})
    except WrongInputError as error:
        raise WrongInputError.of(
            Problem(what=problem.what, where=where, hint=problem.hint) for problem in error.problems
        ) from error


def _resolved(value: object, names: Mapping[str, object]) -> object:
    return list(_chosen(value, names)) if isinstance(value, list) else value


def _chosen(entries: Iterable[object], names: Mapping[str, object]) -> Iterator[object]:
    """Go through a list in which some entries depend on a condition (``if``, ``then``, ``else``)."""
    for entry in entries:
        if isinstance(entry, Mapping) and "if" in entry:
            branch = entry.get("then" if parse_selector(str(entry["if"])).holds(names) else "else")
            yield from _chosen(branch if isinstance(branch, list) else [] if branch is None else [branch], names)
        else:
            yield entry
