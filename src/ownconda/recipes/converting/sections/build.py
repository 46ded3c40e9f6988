"""``build``: how a package is built; some of its fields are requirements in v1."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.conditions import conjuncts, simplified
from ownconda.recipes.converting.expression_text import written
from ownconda.recipes.converting.expressions import FALSE, TRUE, Expression, both, either, negated
from ownconda.recipes.converting.placing import Placed, one_list, one_text
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.sections.build_script import build_script
from ownconda.recipes.converting.sections.requirements import run_exports
from ownconda.recipes.converting.tree import Items, Part, Scalar, below, by_key, items_of, text

_TEXTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "string": ("build", "string"),
        "python_site_packages_path": ("build", "python", "site_packages_path"),
    }
)
LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "entry_points": ("build", "python", "entry_points"),
        "skip_compile_pyc": ("build", "python", "skip_pyc_compilation"),
        "always_include_files": ("build", "always_include_files"),
        "no_link": ("build", "always_copy_files"),
        "rpaths": ("build", "dynamic_linking", "rpaths"),
        "missing_dso_whitelist": ("build", "dynamic_linking", "missing_dso_allowlist"),
        "runpath_whitelist": ("build", "dynamic_linking", "rpath_allowlist"),
        "force_use_keys": ("build", "variant", "use_keys"),
        "force_ignore_keys": ("build", "variant", "ignore_keys"),
        "has_prefix_files": ("build", "prefix_detection", "force_file_type", "text"),
        "binary_has_prefix_files": ("build", "prefix_detection", "force_file_type", "binary"),
        "ignore_run_exports": ("requirements", "ignore_run_exports", "by_name"),
        "ignore_run_exports_from": ("requirements", "ignore_run_exports", "from_package"),
    }
)
FLAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "osx_is_app": ("build", "python", "use_python_app_entrypoint"),
        "python_version_independent": ("build", "python", "version_independent"),
        "merge_build_host": ("build", "merge_build_and_host_envs"),
    }
)
_EITHER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "binary_relocation": ("build", "dynamic_linking", "binary_relocation"),
        "ignore_prefix_files": ("build", "prefix_detection", "ignore"),
    }
)
"""Fields of v0 and their paths in v1: texts, lists, truth values, and those that are a truth value or a list."""

_NOT_NEEDED = frozenset({"disable_pip", "include_recipe", "script_env", "detect_binary_files_with_prefix"})
_TRUE, _FALSE = frozenset({"true", "yes", "on", "y", "1"}), frozenset({"false", "no", "off", "n", "0", ""})


def build(section: Sequence[Part], around: Surroundings, *, script: bool = True) -> Found:
    """Convert the section; ``script`` tells whether its script is this package's."""
    groups = by_key(section)
    for key, parts in groups.items():
        if key == "script" or (key == "script_env" and "script" not in groups):
            if script:
                yield from build_script(groups.get("script", ()), groups.get("script_env", ()), around)
        else:
            yield from _field(key, parts, around)


def truth(value: Scalar) -> bool | None:
    """Tell whether a text means yes; None where that isn't known."""
    said = value.plain
    if said is None:
        return None
    lowered = said.strip().lower()
    return True if lowered in _TRUE else False if lowered in _FALSE else None


def _field(key: str, parts: Sequence[Part], around: Surroundings) -> Found:
    way = _WAYS.get(key)
    if way is not None:
        yield from way(parts, around)
    elif all(part.is_empty for part in parts):
        return
    elif key == "string":
        yield from _string(parts, around)
    elif key in _TEXTS:
        yield Placed(_TEXTS[key], one_text(parts))
    elif key in LISTS:
        yield from _list(key, one_list([below(part, "PREFIX") for part in parts]), around)
    elif key in FLAGS:
        yield from _flag(FLAGS[key], parts)
    elif key in _EITHER:
        is_list = any(isinstance(part.value, Items) for part in parts)
        yield from [Placed(_EITHER[key], one_list(parts))] if is_list else _flag(_EITHER[key], parts)
    elif key not in _NOT_NEEDED:
        yield around.told(parts[0], f"build.{key} has no place in v1, and is left out")


def _list(key: str, part: Part, around: Surroundings) -> Found:
    """Place a list; where v1 takes packages' names only, a pattern is told."""
    kept = []
    for item in part.value.parts if isinstance(part.value, Items) else ():
        if key.startswith("ignore_run_exports") and isinstance(item.value, Scalar) and "*" in (item.value.plain or ""):
            yield around.told(item, f"build.{key} takes no patterns in v1; {item.value.plain!r} is left out")
        else:
            kept.append(item)
    if kept:
        yield Placed(LISTS[key], replace(part, value=Items(parts=tuple(kept))))


def _number(parts: Sequence[Part], around: Surroundings) -> Found:  # noqa: ARG001  (one signature for all)
    given = [part for part in parts if isinstance(part.value, Scalar) and not part.is_empty]
    if given:
        yield Placed(("build", "number"), one_text(given, is_number=True))


def _string(parts: Sequence[Part], around: Surroundings) -> Found:
    """Convert the build string; where it has one only under conditions, the last of them counts elsewhere, too."""
    part = one_text(parts)
    value = part.value.expression if isinstance(part.value, Scalar) else nodes.Const("")
    whole = _with_last(value)
    if whole != value:
        yield around.told(part, "v1 can't leave the build string open: the last alternative counts everywhere else")
        part = replace(part, value=text(whole))
    yield Placed(_TEXTS["string"], part)


def _with_last(value: Expression) -> Expression:
    if not isinstance(value, nodes.CondExpr):
        return value
    return value.expr1 if value.expr2 is None else nodes.CondExpr(value.test, value.expr1, _with_last(value.expr2))


def _skip(parts: Sequence[Part], around: Surroundings) -> Found:
    """Convert to a list of conditions; one alone is written without a list."""
    items: list[Part] = []
    for part in (one for several in parts for one in items_of(several)):
        if not isinstance(part.value, Scalar):
            yield around.told(part, "build.skip has to be true or false; it is left out")
            continue
        meant = truth(part.value)
        if meant is False:
            if items:
                yield around.told(
                    part, "build.skip is false again after it was true, which v1 can't say; it is left out"
                )
            continue
        condition = part.condition if meant else both(part.condition, part.value.expression)
        for at, one in enumerate(_alternatives(condition)):
            said = replace(part, key=None, value=text(written(one)), condition=TRUE)
            items.append(said if not at else replace(said, comments=(), remark="", is_spaced=False))
    if len(items) == 1 and not items[0].comments:
        yield Placed(("build", "skip"), items[0])
    elif items:
        yield Placed(("build", "skip"), Part(value=Items(parts=tuple(items)), line=items[0].line))


def _alternatives(condition: Expression) -> Iterator[Expression]:
    if isinstance(condition, nodes.Or):
        yield from _alternatives(condition.left)
        yield from _alternatives(condition.right)
    else:
        yield condition


def _noarch(parts: Sequence[Part], around: Surroundings) -> Found:
    found = []
    for part in parts:
        said = part.value.plain if isinstance(part.value, Scalar) else None
        if said is None:
            found.append(part)
        elif said.lower() in _TRUE:
            found.append(replace(part, value=text("generic")))
        elif said.lower() in _FALSE and part.condition == TRUE:
            continue
        elif said in {"python", "generic"}:
            found.append(part)
        else:
            yield around.told(part, f"build.noarch is {said!r}, which v1 doesn't have; it is left out")
    if found:
        yield Placed(("build", "noarch"), one_text(found))


def _noarch_python(parts: Sequence[Part], around: Surroundings) -> Found:
    yield from _noarch(
        [replace(part, value=text("python")) for part in parts if isinstance(part.value, Scalar) and truth(part.value)],
        around,
    )


def _flag(path: tuple[str, ...], parts: Sequence[Part]) -> Found:
    value = FALSE
    for part in parts:
        if not isinstance(part.value, Scalar):
            continue
        meant = truth(part.value)
        own = part.value.expression if meant is None else TRUE if meant else FALSE
        value = either(both(part.condition, own), both(negated(part.condition), value))
    value = simplified(value) if len(list(conjuncts(value))) == 1 else value
    said = text(str(value.value).lower()) if isinstance(value, nodes.Const) else text(value)
    yield Placed(path, replace(parts[0], value=said, condition=TRUE))


def _overlinking(name: str) -> Callable[[Sequence[Part], Surroundings], Found]:
    def convert(parts: Sequence[Part], around: Surroundings) -> Found:
        meant = truth(parts[0].value) if isinstance(parts[0].value, Scalar) else None
        if meant is None or len(parts) > 1 or parts[0].condition != TRUE:
            yield around.told(
                parts[0], f"build.{parts[0].key} depends on something, which v1 can't say; it is left out"
            )
            return
        yield Placed(("build", "dynamic_linking", name), replace(parts[0], value=text("error" if meant else "ignore")))

    return convert


def _binary_prefix(parts: Sequence[Part], around: Surroundings) -> Found:  # noqa: ARG001  (one signature for all)
    """Prefixes in binary files are looked for in v1, too, unless that is turned off."""
    turned = [
        replace(part, value=text("false" if truth(part.value) else "true"))
        for part in parts
        if isinstance(part.value, Scalar) and truth(part.value) is not None
    ]
    if any(isinstance(part.value, Scalar) and truth(part.value) for part in turned):
        yield from _flag(("build", "prefix_detection", "ignore_binary_files"), turned)


def _track_features(parts: Sequence[Part], around: Surroundings) -> Found:
    """Features make a variant be preferred less; v1 says just that, without names."""
    items = [item for part in parts for item in items_of(part)]
    if not items:
        return
    when = FALSE
    for item in items:
        when = either(when, item.condition)
    value = text("1") if simplified(when) == TRUE else text(nodes.CondExpr(when, nodes.Const(1), nodes.Const(0)))
    yield around.told(items[0], "track_features is written as down_prioritize_variant: its names aren't in v1")
    first = replace(items[0], key=None, value=value, condition=TRUE)
    yield Placed(("build", "variant", "down_prioritize_variant"), first)


_WAYS: Mapping[str, Callable[[Sequence[Part], Surroundings], Found]] = MappingProxyType(
    {
        "number": _number,
        "skip": _skip,
        "noarch": _noarch,
        "noarch_python": _noarch_python,
        "run_exports": run_exports,
        "error_overlinking": _overlinking("overlinking_behavior"),
        "error_overdepending": _overlinking("overdepending_behavior"),
        "detect_binary_files_with_prefix": _binary_prefix,
        "track_features": _track_features,
    }
)
