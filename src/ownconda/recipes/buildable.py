"""The text that the builder gets: the recipe with its sources at hand and its time fixed, for the same package.

A variable that a recipe uses anywhere takes part in its build string. So the variables of the ``source`` that is
replaced stay in use, in an expression that comes to nothing.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ownconda.recipes.text import load

DEFAULT_SCRIPT = "build.sh"
TIME_ZONE = "UTC"
"""What scripts find, wherever the machine stands."""

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


def buildable_text(
    text: str, *, folder: Path, sources: Sequence[Mapping[str, object]], variables: Collection[str], epoch: int
) -> str:
    """Rewrite a recipe's text for the builder.

    Its sources become ``sources`` (as rattler-build has them), and every script gets ``SOURCE_DATE_EPOCH``
    (seconds since 1970) and a time zone. ``folder`` is the recipe's own, ``variables`` are the names that have a
    value while it is rendered.
    """
    recipe = load(text)
    if not isinstance(recipe, dict):
        raise TypeError("a recipe that was rendered is a mapping")
    outputs = [output for output in recipe.get("outputs") or () if isinstance(output, dict)]
    for section in (recipe, *outputs):
        if "source" in section:
            section["source"] = _replaced(section["source"], sources, variables)
    inherited = bool(outputs) and _own_script(recipe) is not None
    for section in (recipe, *outputs) if inherited else outputs or [recipe]:
        default = None if inherited else _default_script(folder)
        _fix_time(section, folder=folder, epoch=epoch, default=default)
    return json.dumps(recipe, indent=1, ensure_ascii=False)


def _replaced(
    written: object, sources: Sequence[Mapping[str, object]], variables: Collection[str]
) -> list[dict[str, object]]:
    replaced = [dict(source) for source in sources]
    used = sorted(_names(written) & set(variables))
    if used and replaced:
        first = replaced[0]
        field = "sha256" if "sha256" in first else next(key for key in ("path", "url", "git") if key in first)
        first[field] = f"${{{{ '' if [{', '.join(used)}] else '' }}}}{first[field]}"
    return replaced


def _names(written: object) -> set[str]:
    if isinstance(written, dict):
        condition = set(_NAME.findall(str(written.get("if", ""))))
        return condition.union(*(_names(value) for value in written.values()))
    if isinstance(written, list):
        return set().union(*(_names(value) for value in written))
    return {name for expression in _EXPRESSION.findall(str(written)) for name in _NAME.findall(expression)}


def _own_script(section: Mapping[str, Any]) -> object:
    build = section.get("build")
    return build.get("script") if isinstance(build, dict) else None


def _default_script(folder: Path) -> dict[str, Any] | None:
    return {"file": DEFAULT_SCRIPT} if (folder / DEFAULT_SCRIPT).is_file() else None


def _fix_time(section: dict[str, Any], *, folder: Path, epoch: int, default: dict[str, Any] | None) -> None:
    written = _own_script(section)
    script = default if written is None else _script(written, folder)
    if script is not None:
        script["env"] = {"TZ": TIME_ZONE, **(script.get("env") or {}), "SOURCE_DATE_EPOCH": str(epoch)}
        section["build"] = dict(section.get("build") or {}) | {"script": script}


def _script(script: Any, folder: Path) -> dict[str, Any]:  # noqa: ANN401  (all the forms that a script may have)
    """Bring a script into the one form that has room for variables."""
    if isinstance(script, dict) and "if" not in script:
        return dict(script)
    if isinstance(script, str) and "\n" not in script:
        for name in (script, f"{script}.sh"):
            if (folder / name).is_file():
                return {"file": name}
    return {"content": script if isinstance(script, list) else [script]}
