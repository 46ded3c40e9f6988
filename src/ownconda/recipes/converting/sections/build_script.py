"""The script of a build: one text, a list of commands or a file, with its environment beside it."""

from collections.abc import Sequence
from dataclasses import replace

from jinja2 import nodes

from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import TRUE, free_names
from ownconda.recipes.converting.naming import PLACES
from ownconda.recipes.converting.placing import Placed, one_list
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.tree import Part, Scalar, items_of, text


def build_script(scripts: Sequence[Part], variables: Sequence[Part], around: Surroundings) -> Found:
    """Convert a script: one text, a list of commands, or with its environment beside it."""
    given = [part for part in scripts if not part.is_empty]
    part = _one_script(given) if given else None
    if not variables:
        if part is not None:
            yield Placed(("build", "script"), part)
        return
    if part is None:
        yield Placed(("build", "script", "file"), Part(value=text("build")))
    else:
        is_file = _is_file_name(part, around) or _stems(given) is not None
        yield Placed(("build", "script", "file" if is_file else "content"), part)
    for item in (one for several in variables for one in items_of(several)):
        yield from _variable(item, around)


def _one_script(parts: Sequence[Part]) -> Part:
    """Give a script as one value: a text that stands alone stays one."""
    if len(parts) == 1 and parts[0].condition == TRUE:
        return parts[0]
    stems = _stems(parts)
    if stems is not None:
        return replace(parts[0], value=text(stems), condition=TRUE)
    return one_list(parts)


def _is_file_name(part: Part, around: Surroundings) -> bool:
    """Tell whether a script is the name of a file."""
    said = part.value.plain if isinstance(part.value, Scalar) else None
    return said is not None and (said in around.files or (" " not in said and said.endswith((".sh", ".bat", ".py"))))


def _stems(parts: Sequence[Part]) -> str | None:
    """Give ``install`` for ``install.sh`` on Unix and ``install.bat`` on Windows: v1 adds the ending itself."""
    names = [part.value.plain if isinstance(part.value, Scalar) else None for part in parts]
    wanted = {"unix": ".sh", "not win": ".sh", "win": ".bat", "not unix": ".bat"}
    stems = set()
    for name, part in zip(names, parts, strict=True):
        ending = wanted.get(written(part.condition))
        if name is None or ending is None or not name.endswith(ending) or " " in name:
            return None
        stems.add(name.removesuffix(ending))
    return stems.pop() if len(stems) == 1 and len(parts) > 1 else None


def _variable(item: Part, around: Surroundings) -> Found:
    if not isinstance(item.value, Scalar):
        yield around.told(item, "an entry of script_env has to be NAME or NAME=value; it is left out")
        return
    pieces = item.value.pieces
    first = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    name, sign, value = first.partition("=")
    if any(PLACES & set(free_names(piece)) for piece in pieces if not isinstance(piece, str)):
        yield around.told(
            item, f"{name} can't be set before the script runs, and is left out", hint="set it in the script"
        )
        return
    if sign:
        scalar: Scalar = text(value, *pieces[1:]) if value or pieces[1:] else Scalar(style='"')
    else:
        get = nodes.Getattr(nodes.Name("env", "load"), "get", "load")
        default = [nodes.Keyword("default", nodes.Const(""))]
        scalar = text(nodes.Call(get, [nodes.Const(name)], default, None, None))
    yield Placed(("build", "script", "env", name.strip()), replace(item, key=name.strip(), value=scalar))
