"""All that a recipe says about an output, in conda-build's words, for whoever builds or checks it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ownconda.errors import Where
from ownconda.recipes.builds import Build
from ownconda.recipes.v0.build_strings import with_hash
from ownconda.recipes.v0.drafts import Draft, Whole
from ownconda.recipes.v0.namespaces import build_variables
from ownconda.recipes.v0.outputs import Output
from ownconda.recipes.v0.scripts import LANGUAGE_VARIABLES
from ownconda.recipes.v0.sections import sections, truth

_COMPILER = re.compile(r"\{\{\s*compiler\(")


def output_fields(build: Build, draft: Draft, whole: Whole) -> dict[str, object]:
    """Give the sections of an output in conda-build's words, and what its build has to know beside them.

    ``top`` is what stands above a list of outputs; ``merged`` tells that conda-build builds in one environment, and
    ``environment`` are variables that its scripts find.
    """
    needs = build.requirements
    kinds = {"build": needs.build, "host": needs.host, "run": needs.run, "run_constrained": needs.run_constraints}
    told = {
        "source": sections(whole.read.document.content, "source", where=Where(file=build.recipe)),
        **sections_of(draft.output),
    }
    fields: dict[str, object] = _settled(told, _settling(draft, whole))
    return fields | {
        "package": {"name": build.name, "version": build.version},
        "requirements": {kind: list(specs) for kind, specs in kinds.items() if specs},
        "merged": _is_merged(draft, whole),
        "environment": _environment(draft, whole),
        **({"top": _top_fields(whole.top, whole)} if whole.top else {}),
    }


def sections_of(output: Output) -> dict[str, object]:
    """Give the sections of an output before anything in them is settled."""
    return {"package": {"name": output.name}, "build": dict(output.build), **output.others}


def _top_fields(top: Draft, whole: Whole) -> dict[str, object]:
    kept = whole.kept(top.output.requirements)
    fields: dict[str, object] = _settled(sections_of(top.output), _settling(top, whole))
    return fields | {
        "package": {"name": top.output.name, "version": top.output.version},
        "requirements": {kind: list(kept[kind]) for kind in ("build", "host") if kind in kept},
        "merged": _is_merged(top, whole),
        "environment": _environment(top, whole),
        "variant": dict(top.used),
        "source": sections(whole.read.document.content, "source", where=Where(file=whole.recipe)),
    }


def _settling(draft: Draft, whole: Whole) -> Callable[[str], str]:
    """Make the function that puts what is known at the end into a text: pins, the hash, the recipe's folder."""
    folder, digest = str(whole.recipe.parent), draft.digest()

    def settle(text: str) -> str:
        return with_hash(whole.read.promises.kept(text, whole.facts), digest).replace(folder, "$RECIPE_DIR")

    return settle


def _settled(value: object, settle: Callable[[str], str]) -> Any:  # noqa: ANN401  (as deep as the recipe)
    if isinstance(value, str):
        return settle(value)
    if isinstance(value, Mapping):
        return {str(key): _settled(one, settle) for key, one in value.items()}
    return [_settled(one, settle) for one in value] if isinstance(value, list | tuple) else value


def _is_merged(draft: Draft, whole: Whole) -> bool:
    """Tell whether the requirements of build and host share one environment: conda-build's ``build_is_host``."""
    around, written = whole.read.around, draft.output.build.get("merge_build_host")
    if written is not None:
        return truth(written)
    return (
        around.target_platform == around.build_platform
        and "host" not in draft.output.requirements
        and not _COMPILER.search(whole.read.selected)
    )


def _environment(draft: Draft, whole: Whole) -> dict[str, str]:
    variables = {
        key: value for key, value in build_variables(whole.read.around).items() if key in LANGUAGE_VARIABLES and value
    }
    subdir = {"target_platform": whole.read.around.target_platform}
    return variables | subdir | dict(whole.read.described) | {"PKG_HASH": draft.digest()}
