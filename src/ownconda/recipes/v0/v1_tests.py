"""The tests of a conda-build recipe as one test of rattler-build: a shell script with its requirements and files.

conda-build runs everything in one environment, in this order: Python, Perl, R, Lua, the shell.
"""

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ownconda.conda.match_specs import normal_form
from ownconda.errors import WrongInputError
from ownconda.recipes.v0.functions import with_star
from ownconda.recipes.v0.scripts import language_variables
from ownconda.recipes.v0.sections import text, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    """How a language's test files are called and run, and its imports are tried.

    Imports that don't say their language are in the one that the package's name begins with.
    """

    name: str
    ending: str
    prefix: str
    package: str
    run: str
    importing: str


_LANGUAGES = (
    _Language(name="python", ending=".py", prefix="", package="python", run="python -s", importing="import {}"),
    _Language(name="perl", ending=".pl", prefix="perl-", package="perl", run="perl", importing="use {};"),
    _Language(name="r", ending=".r", prefix="r-", package="r-base", run="Rscript", importing="library({})"),
    _Language(name="lua", ending=".lua", prefix="lua-", package="lua", run="lua", importing='require "{}"'),
)
_INLINE = {"python": "python -s -c", "perl": "perl -e", "r": "Rscript -e", "lua": "lua -e"}


def v1_tests(fields: Mapping[str, Any], beside: Collection[str]) -> list[dict[str, Any]]:
    """Give the tests of an output; ``beside`` are the files in the recipe's folder.

    Raises WrongInputError when a script that is named isn't there.
    """
    test = fields.get("test") or {}
    scripts = list(_scripts(fields, beside))
    missing = next((name for name in scripts if "/" not in name and name not in beside), None)
    if missing:
        raise WrongInputError(f"the test script {missing!r} isn't there", hint="it stands beside the recipe")
    lines, needed = _in_languages(fields, scripts)
    lines += [f"source ./{script}" for script in scripts if PurePosixPath(script).suffix == ".sh"]
    lines += texts(test.get("commands"))
    found: list[dict[str, Any]] = [{"downstream": name} for name in texts(test.get("downstreams"))]
    if not lines:
        return found
    files = {
        "recipe": [*scripts, *_patterns(test.get("files"))],
        "source": _patterns(test.get("source_files")),
    }
    required = [normal_form(with_star(spec)) for spec in (*texts(test.get("requires")), *needed)]
    return [
        {
            "script": {"interpreter": "bash", "content": _script(fields, lines, has_files=any(files.values()))},
            "requirements": {"run": required} if required else {},
            "files": {kind: patterns for kind, patterns in files.items() if patterns},
        },
        *found,
    ]


def needed_languages(fields: Mapping[str, Any], beside: Collection[str]) -> list[str]:
    """Give the packages that run the tests which aren't in the shell; nobody writes these requirements."""
    return _in_languages(fields, list(_scripts(fields, beside)))[1]


def _script(fields: Mapping[str, Any], lines: list[str], *, has_files: bool) -> str:
    start = ["{ set +x; } 2> /dev/null", "set -e", *([] if has_files else ["mkdir -p test_folder", "cd test_folder"])]
    variables = 'export CONDA_BUILD=1 SRC_DIR="$PWD"\n' + language_variables(fields)
    return "\n".join([*start, variables, "set -x", *lines, "exit 0"]) + "\n"


def _scripts(fields: Mapping[str, Any], beside: Collection[str]) -> Iterator[str]:
    """Give the test scripts beside the recipe; an output of a list has those alone that it names."""
    named = text((fields.get("test") or {}).get("script"))
    if named:
        yield named
    top = fields.get("top")
    if top is None or top["package"]["name"] == fields["package"]["name"]:
        endings = (*(language.ending for language in _LANGUAGES), ".sh")
        yield from (f"run_test{ending}" for ending in endings if f"run_test{ending}" in beside)


def _in_languages(fields: Mapping[str, Any], scripts: list[str]) -> tuple[list[str], list[str]]:
    lines, needed = [], []
    for language in _LANGUAGES:
        run = [f"{language.run} {shlex.quote(name)}" for name in scripts if name.lower().endswith(language.ending)]
        run += [
            f"{_INLINE[language.name]} {shlex.quote(language.importing.format(module))}"
            for module in _imports(fields, language)
        ]
        if run:
            needed.append(language.package)
        lines += run
    return lines, needed


def _imports(fields: Mapping[str, Any], language: _Language) -> Iterator[str]:
    written = (fields.get("test") or {}).get("imports") or []
    for entry in written if isinstance(written, list) else [written]:
        if isinstance(entry, Mapping):
            if text(entry.get("lang")) == language.name:
                yield from texts(entry.get("imports"))
        elif language is _language_of(fields["package"]["name"]):
            yield from texts(entry)


def _language_of(name: str) -> _Language:
    named = (language for language in _LANGUAGES if language.prefix and name.startswith(language.prefix))
    return next(named, _LANGUAGES[0])


def _patterns(written: object) -> list[str]:
    """Give the files that patterns mean, and what is in folders."""
    plain = [pattern.rstrip("/") for pattern in texts(written)]
    return [glob for pattern in plain for glob in (pattern, f"{pattern}/**")]
