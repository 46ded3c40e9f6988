"""The functions that conda-build gives to templates: compilers, pins, data from files."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath
from types import MappingProxyType

from ownconda.recipes.sights import note_passing
from ownconda.recipes.v0.data_files import DataFolders, parsed_data
from ownconda.recipes.v0.namespaces import Surroundings
from ownconda.recipes.v0.patterns import Searches
from ownconda.recipes.v0.pins import EVERY_PART, Promise, Promises
from ownconda.recipes.v0.values import Function, TemplateError, Undefined, as_text

_CDT = MappingProxyType({"64": ("cos6", "x86_64"), "32": ("cos6", "i686")})
_UNSEEN = "isn't evaluated while a recipe is read"


def functions(around: Surroundings, promises: Promises, folders: DataFolders) -> Mapping[str, object]:
    """Give every function that a recipe's templates may call, by name."""
    found: dict[str, Callable[..., object]] = {
        "compiler": partial(_tool, around, "compiler"),
        "stdlib": partial(_tool, around, "stdlib"),
        "cdt": partial(_cdt, around),
        "ccache": lambda *_, **__: "ccache",
        "pin_subpackage": partial(_pin_subpackage, promises),
        "pin_compatible": _pin_compatible,
        "load_setup_py_data": partial(_setup_data, folders),
        "load_setuptools": partial(_setup_data, folders),
        "load_npm": lambda: folders.data("package.json", "json", beside_recipe=False),
        "load_file_data": partial(_file_data, folders),
        "load_str_data": lambda text, fmt, *_, **__: parsed_data(as_text(text), as_text(fmt)),
        "load_file_regex": partial(_file_regex, folders, Searches()),
        "resolved_packages": partial(_unseen, "resolved_packages"),
    }
    return {name: Function(call) for name, call in found.items()} | {
        "installed": {},
        "datetime": {"datetime": _CLOCK, "date": {"today": Function(lambda: _now().date())}},
        "time": {
            "strftime": Function(lambda pattern, *_: _now().strftime(as_text(pattern))),
            "time": Function(lambda: _now().timestamp()),
        },
    }


def _now() -> datetime:
    note_passing()
    return datetime.now(UTC)


_CLOCK = MappingProxyType(
    {
        "now": Function(lambda *_, **__: _now()),
        "utcnow": Function(_now),
        "today": Function(_now),
    }
)


def _tool(around: Surroundings, kind: str, language: object) -> str:
    """Give the package of a compiler or a C library for the platform: ``gcc_linux-64 13.*``."""
    key = f"{as_text(language)}_{kind}"
    package = f"{around.variant.get(key, as_text(language))}_{around.target_platform}"
    version = around.variant.get(f"{key}_version")
    return with_star(f"{package} {version}") if version else package


def with_star(spec: str) -> str:
    """Let a bare version stand for all that begin with it: ``python 3.12`` becomes ``python 3.12.*``."""
    parts = spec.split()
    if len(parts) != 2 or parts[1] == "x.x" or not parts[1].replace(".", "").replace("_", "").isalnum():  # noqa: PLR2004
        return spec
    return f"{parts[0]} {parts[1]}.*"


def _cdt(around: Surroundings, package: object) -> str:
    architecture = around.target_platform.partition("-")[2]
    release, machine = _CDT.get(architecture, ("cos7", architecture))
    release = around.variant.get("cdt_name") or release
    machine = around.variant.get("cdt_arch") or machine
    name, *rest = as_text(package).split(" ")
    return " ".join([f"{name}-{release}-{machine}", *rest])


def _pin_subpackage(
    promises: Promises,
    subpackage_name: object,
    min_pin: str | None = EVERY_PART,
    max_pin: str | None = "x",
    exact: object = False,  # noqa: FBT002
    **_: object,
) -> str:
    return promises.promise(
        Promise(
            name=as_text(subpackage_name),
            min_pin=_optional(min_pin),
            max_pin=_optional(max_pin),
            exact=bool(exact),
        )
    )


def _pin_compatible(package_name: object, lower_bound: object = None, upper_bound: object = None, **_: object) -> str:
    """Give the bounds that are written; those of what is installed are known when it is."""
    signs = ((">=", lower_bound), ("<", upper_bound))
    bounds = [f"{sign}{as_text(bound)}" for sign, bound in signs if bound]
    return f"{as_text(package_name)} {','.join(bounds)}".strip()


def _optional(mask: object) -> str | None:
    return as_text(mask) if mask else None


def _setup_data(folders: DataFolders, setup_file: object = "setup.py", *_: object, **named: object) -> object:
    return folders.setup_data(as_text(setup_file), beside_recipe=bool(named.get("from_recipe_dir")))


def _file_data(folders: DataFolders, filename: object, fmt: object = None, *_: object, **named: object) -> object:
    name = as_text(filename)
    ending = as_text(fmt) if fmt else PurePosixPath(name).suffix.removeprefix(".")
    if not ending:
        raise TemplateError(f"load_file_data can't tell the format of {name!r}")
    return folders.data(name, ending, beside_recipe=bool(named.get("from_recipe_dir")))


def _file_regex(
    folders: DataFolders,
    searches: Searches,
    load_file: object,
    regex_pattern: object,
    from_recipe_dir: object = False,  # noqa: FBT002  (conda-build's own signature)
    *_: object,
    **__: object,
) -> object:
    """Search a file for a pattern: the match's groups, as far as templates ask for them."""
    name = as_text(load_file)
    content = folders.text(name, beside_recipe=bool(from_recipe_dir))
    if isinstance(content, Undefined):
        return content
    found = searches.first(as_text(regex_pattern), content)
    if found is None:
        return Undefined("load_file_regex", f"nothing in {name} fits the pattern; it counts as empty")
    return {
        "group": Function(lambda *which: found.group(*(which or (0,)))),
        "groups": Function(lambda *_: found.groups()),
        "groupdict": Function(lambda *_: found.groupdict()),
    }


def _unseen(name: str, *_: object, **__: object) -> Undefined:
    return Undefined(name, f"{name}() {_UNSEEN}; it counts as empty")
