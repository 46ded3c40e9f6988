"""``test``: one section in v0, a list of independent tests in v1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from jinja2 import nodes

from ownconda.recipes.converting.conditions import same, within
from ownconda.recipes.converting.expressions import TRUE, Expression, parse_expression
from ownconda.recipes.converting.naming import PLACES
from ownconda.recipes.converting.placing import Placed
from ownconda.recipes.converting.sections import Found, Surroundings
from ownconda.recipes.converting.sections.requirements import specs
from ownconda.recipes.converting.tree import Fields, Items, Part, Scalar, Value, fields_of, items_of, text

_KEYS = frozenset({"imports", "commands", "requires", "files", "source_files", "downstreams", "script"})
_PIP_CHECK = re.compile(r"(?:\S*python\S*\s+-m\s+)?pip\s+check")
_PIP = re.compile(r"\bpip\b")
_LANGUAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"python": ("python", "imports"), "perl": ("perl", "uses"), "r": ("r", "libraries")}
)
_PREFIXES: Mapping[str, str] = MappingProxyType({"perl-": "perl", "r-": "r", "lua-": "lua"})
_LOADS: Mapping[str, str] = MappingProxyType(
    {"python": 'python -c "import {}"', "perl": 'perl -e "use {}"', "r": "Rscript -e \"library('{}')\""}
)
_WINDOWS, _UNIX = parse_expression("win"), parse_expression("unix")
_TEST_FILES = (("run_test.py", TRUE), ("run_test.pl", TRUE), ("run_test.r", TRUE), ("run_test.R", TRUE))
_SHELL_FILES = (("run_test.sh", _UNIX), ("run_test.bat", _WINDOWS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What a v0 section says, each kind as a list."""

    imports: tuple[Part, ...] = ()
    commands: tuple[Part, ...] = ()
    requires: tuple[Part, ...] = ()
    files: tuple[Part, ...] = ()
    source_files: tuple[Part, ...] = ()
    downstreams: tuple[Part, ...] = ()
    scripts: tuple[Part, ...] = ()


def tests(section: Sequence[Part], around: Surroundings, *, name: str, is_output: bool) -> Found:
    """Convert the section of the package ``name``; test files beside the recipe become tests of their own."""
    fields = [field for part in section for field in fields_of(part)]
    for field in fields:
        if field.key not in _KEYS:
            yield around.told(field, f"test.{field.key} has no place in v1, and is left out")
    said = _read(fields, around, is_output=is_output)
    found = [*_imports_and_commands(said, name), *_downstream(said)]
    language = _language(name)
    if language == "lua" and said.imports:
        yield around.told(said.imports[0], "v1 has no tests that load Lua modules; they are left out")
    if not found and said.requires:
        yield around.told(said.requires[0], "test.requires has no test that would need it, and is left out")
    if found:
        yield Placed(("tests",), Part(value=Items(parts=tuple(found)), line=found[0].line))


def _read(fields: Sequence[Part], around: Surroundings, *, is_output: bool) -> _Written:
    def items(key: str) -> tuple[Part, ...]:
        found = tuple(item for field in fields if field.key == key for item in items_of(field))
        return tuple(item for item in found if not item.is_empty)

    requires = tuple(spec for field in fields if field.key == "requires" for spec in specs(field, around))
    commands = tuple(replace(item, value=_command(item.value, item.condition)) for item in items("commands"))
    return _Written(
        imports=items("imports"),
        commands=commands,
        requires=requires,
        files=items("files"),
        source_files=items("source_files"),
        downstreams=items("downstreams"),
        scripts=(*items("script"), *(() if is_output else _beside(around))),
    )


def _beside(around: Surroundings) -> Iterator[Part]:
    """Give the test files beside the recipe, which are the package's at the top."""
    for file, when in (*_TEST_FILES, *_SHELL_FILES):
        if file in around.files:
            yield Part(value=text(file), condition=when)


def _command(value: Value, condition: Expression) -> Value:
    """Say what only a running script knows in the shell's words."""
    if not isinstance(value, Scalar):
        return value
    on_windows = same(within(_WINDOWS, condition), TRUE)
    pieces = tuple(
        piece if isinstance(piece, str) else _in_shell(piece, on_windows=on_windows) for piece in value.pieces
    )
    return replace(value, pieces=pieces, style="" if value.style in {"'", '"'} else value.style)


def _in_shell(expression: Expression, *, on_windows: bool) -> str | Expression:
    if not isinstance(expression, nodes.Name) or expression.name not in PLACES:
        return expression
    if expression.name == "PYTHON":
        return "python"
    return f"%{expression.name}%" if on_windows else f"${expression.name}"


def _imports_and_commands(said: _Written, name: str) -> Iterator[Part]:
    language = _language(name)
    checks = [item for item in said.commands if _is_pip_check(item)]
    imports = list(_imports(said, language))
    moves = bool(imports) and language == "python" and all(item.condition == TRUE for item in checks)
    commands = tuple(item for item in said.commands if not (moves and _is_pip_check(item)))
    uses_pip = any(_PIP.search(_plain(item)) for item in commands)
    own = tuple(item for item in said.requires if not _is_for_python_test(item, drop_pip=moves and not uses_pip))
    if imports and own and not commands and not said.scripts and said.requires:
        extra = [item for item in own if not _is_python(item)]
        if extra:
            yield _script_test((*_loads(imports, language), *said.commands), said.requires, said)
            return
    for one_language, modules in _by_language(imports):
        yield _module_test(one_language, modules, said, check=moves and bool(checks))
    if commands:
        yield _script_test(commands, own, said)
    yield from (_file_test(script, own, said) for script in said.scripts)


def _language(name: str) -> str:
    return next((language for prefix, language in _PREFIXES.items() if name.startswith(prefix)), "python")


def _imports(said: _Written, language: str) -> Iterator[tuple[str, Part]]:
    for item in said.imports:
        if isinstance(item.value, Fields):
            named = item.value.named("lang")
            own = _plain(named[0]) if named else language
            yield from ((own, module) for part in item.value.named("imports") for module in items_of(part))
        elif language in _LANGUAGES:
            yield language, item


def _by_language(imports: Sequence[tuple[str, Part]]) -> list[tuple[str, tuple[Part, ...]]]:
    languages = dict.fromkeys(language for language, _ in imports if language in _LANGUAGES)
    return [(one, tuple(part for language, part in imports if language == one)) for one in languages]


def _module_test(language: str, modules: tuple[Part, ...], said: _Written, *, check: bool) -> Part:
    section, key = _LANGUAGES[language]
    shared = _shared_condition(modules)
    items = tuple(replace(one, key=None, condition=within(one.condition, shared)) for one in modules)
    fields = [Part(key=key, value=Items(parts=items))]
    if language == "python":
        version = next((item for item in said.requires if _is_python_version(item)), None)
        if not check:
            fields.append(Part(key="pip_check", value=text("false")))
        if version is not None and isinstance(version.value, Scalar):
            fields.append(Part(key="python_version", value=_without_name(version.value), condition=TRUE))
    return Part(
        value=Fields(parts=(Part(key=section, value=Fields(parts=tuple(fields))),)),
        condition=shared,
        line=modules[0].line,
    )


def _script_test(commands: tuple[Part, ...], requires: tuple[Part, ...], said: _Written) -> Part:
    shared = _shared_condition(commands)
    items = tuple(replace(item, key=None, condition=within(item.condition, shared)) for item in commands)
    return Part(
        value=Fields(parts=(Part(key="script", value=Items(parts=items)), *_needs(requires, said, shared))),
        condition=shared,
        line=commands[0].line,
    )


def _file_test(script: Part, requires: tuple[Part, ...], said: _Written) -> Part:
    fields = (Part(key="script", value=script.value), *_needs(requires, said, script.condition))
    return Part(value=Fields(parts=fields), condition=script.condition, line=script.line)


def _needs(requires: tuple[Part, ...], said: _Written, shared: Expression) -> Iterator[Part]:
    def listed(parts: Sequence[Part]) -> Items:
        return Items(parts=tuple(replace(one, key=None, condition=within(one.condition, shared)) for one in parts))

    if requires:
        yield Part(key="requirements", value=Fields(parts=(Part(key="run", value=listed(requires)),)))
    kinds = (("source", said.source_files), ("recipe", said.files))
    files = tuple(Part(key=key, value=listed(parts)) for key, parts in kinds if parts)
    if files:
        yield Part(key="files", value=Fields(parts=files))


def _loads(imports: Sequence[tuple[str, Part]], language: str) -> Iterator[Part]:
    for one, part in imports:
        before, _, after = _LOADS.get(one, _LOADS.get(language, "")).partition("{}")
        pieces = part.value.pieces if isinstance(part.value, Scalar) else ()
        yield replace(part, key=None, value=text(before, *pieces, after))


def _downstream(said: _Written) -> Iterator[Part]:
    for item in said.downstreams:
        field = replace(item, key="downstream", condition=TRUE, comments=(), remark="", is_spaced=False)
        yield replace(item, key=None, value=Fields(parts=(field,)), remark="")


def _shared_condition(parts: Sequence[Part]) -> Expression:
    """Give the condition that all parts have, if they have one together."""
    first = parts[0].condition
    return first if all(same(part.condition, first) for part in parts) else TRUE


def _is_pip_check(item: Part) -> bool:
    return _PIP_CHECK.fullmatch(_plain(item)) is not None


def _is_python(item: Part) -> bool:
    return _plain(item).split(" ")[0] == "python"


def _is_python_version(item: Part) -> bool:
    """Tell whether a requirement chooses the Python of the test."""
    return _is_python(item) and item.condition == TRUE and isinstance(item.value, Scalar) and " " in _plain(item)


def _is_for_python_test(item: Part, *, drop_pip: bool) -> bool:
    return drop_pip and _plain(item).split(" ")[0] == "pip"


def _without_name(value: Scalar) -> Scalar:
    first, *rest = value.pieces
    return replace(value, pieces=tuple(one for one in (str(first).partition(" ")[2], *rest) if one != ""))


def _plain(part: Part) -> str:
    """Give the text of a part, with something in the place of expressions."""
    if not isinstance(part.value, Scalar):
        return ""
    return "".join(piece if isinstance(piece, str) else "\ue040" for piece in part.value.pieces).strip()
