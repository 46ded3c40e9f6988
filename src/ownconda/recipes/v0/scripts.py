"""What is run to build an output of a conda-build recipe: a shell script with the variables that such ones expect.

conda-build runs the script at the top once. Each output of a list then takes up what that left, in the work folder
and in the prefix: it packages ``files`` of it, or runs a script of its own. So there are two scripts here, one that
stows away what the build at the top made, and one for an output, which brings it back.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from ownconda.errors import WrongInputError
from ownconda.recipes.v0.sections import text, texts
from ownconda.recipes.v0.v1_sources import patches_inside

LANGUAGE_VARIABLES = (
    "PY_VER",
    "NPY_VER",
    "CONDA_NPY",
    "PERL_VER",
    "CONDA_PERL",
    "LUA_VER",
    "CONDA_LUA",
    "R_VER",
    "CONDA_R",
)
"""Variables that are always there, whether a recipe uses the language or not."""

TOP = "OWNCONDA_TOP"
"""The variable that names the folder in which the build at the top stows away what it made."""

INLINE = ".ownconda/script.sh"
SCRIPT = ".ownconda/build.sh"
"""The files that are written beside a recipe: a script that stood in it, and what is run. They aren't packaged."""

_BUILD_SCRIPT = "build.sh"
_LINK_SCRIPTS = ("pre-link", "post-link", "pre-unlink")
_INTERPRETERS: Mapping[str, str] = MappingProxyType({".sh": "bash -e", ".bash": "bash -e", ".py": "python"})

_QUIETLY, _LOUDLY = "{ set +x; } 2> /dev/null\n", "set -x\n"

_VARIABLES = """\
export STDLIB_DIR="${STDLIB_DIR:-$PREFIX/lib/python$PY_VER}"
export SP_DIR="${SP_DIR:-$STDLIB_DIR/site-packages}"
export CONDA_PY="${PY_VER//./}"
case "$PY_VER" in 2*) export PY3K=0 ;; *) export PY3K=1 ;; esac
[ ! -x "$PREFIX/bin/perl" ] || export PERL="$PREFIX/bin/perl"
[ ! -x "$PREFIX/bin/lua" ] || export LUA="$PREFIX/bin/lua" LUA_INCLUDE_DIR="$PREFIX/include"
[ ! -x "$PREFIX/bin/R" ] || export R="$PREFIX/bin/R" R_USER="$PREFIX/Libs/R"
"""

_GIT = """\
if [ -e "$SRC_DIR/{folder}.git" ] && command -v git > /dev/null; then
  cd "$SRC_DIR/{folder}"
  export GIT_FULL_HASH="$(git rev-parse HEAD)"
  if described="$(git describe --tags --long HEAD 2> /dev/null)"; then
    export GIT_DESCRIBE_HASH="${{described##*-}}"
    described="${{described%-*}}"
    export GIT_DESCRIBE_NUMBER="${{described##*-}}" GIT_DESCRIBE_TAG="${{described%-*}}"
    export GIT_BUILD_STR="${{GIT_DESCRIBE_NUMBER}}_$GIT_DESCRIBE_HASH"
  fi
  cd "$SRC_DIR"
fi
"""

_LIST = """(cd "$PREFIX" && find . -path ./conda-meta -prune -o ! -type d -print | LC_ALL=C sort) > "{file}"
"""

_STOW = """\
LC_ALL=C comm -13 "$OWNCONDA_TOP/before" "$OWNCONDA_TOP/after" > "$OWNCONDA_TOP/files"
mkdir -p "$OWNCONDA_TOP/prefix" "$OWNCONDA_TOP/work"
tar -C "$PREFIX" -cf - -T "$OWNCONDA_TOP/files" | tar -C "$OWNCONDA_TOP/prefix" -xf -
(cd "$PREFIX" && tr '\\n' '\\0' < "$OWNCONDA_TOP/files" | xargs -0 rm -f)
find "$SRC_DIR" -mindepth 1 -maxdepth 1 ! -name conda_build.sh ! -name build_env.sh \\
  -exec mv {} "$OWNCONDA_TOP/work" ';'
"""

# What is there is unlinked by tar, not written into: it may be a hard link to a file of the package cache.
_TAKE_UP = """\
tar -C "$OWNCONDA_TOP/work" -cf - . | tar -C "$SRC_DIR" -xf -
tar -C "$OWNCONDA_TOP/prefix" -cf - . | tar -C "$PREFIX" -xf -
"""

_LEAVE_OUT = """(cd "$PREFIX" && tr '\\n' '\\0' < "$OWNCONDA_TOP/files" | xargs -0 rm -f)
"""


def takes_up(output: Mapping[str, Any], top: Mapping[str, Any], beside: Collection[str]) -> bool:
    """Tell whether an output needs what the build at the top leaves; ``beside`` is what the recipe's folder holds."""
    if not (texts(top["build"].get("script")) or _BUILD_SCRIPT in beside):
        return False
    return bool(output.get("files") or _own_script(output, top) or _is_top(output, top))


def output_script(fields: Mapping[str, Any], beside: Collection[str]) -> Mapping[str, str]:
    """Give the files that have to be written beside the recipe to build an output; nothing when nothing is run.

    Raises WrongInputError when it can't be told what is to be run.
    """
    top = fields.get("top")
    files: dict[str, str] = {}
    took_up = top is not None and takes_up(fields, top, beside)
    lines = [_TAKE_UP] if took_up else list(_patches(fields))
    if top is None:
        lines += _main_script(fields, beside, files)
    else:
        lines += _script_of_output(fields, top, beside, files)
        if took_up and not fields.get("files") and not _is_packaged_whole(fields, top):
            lines.append(_LEAVE_OUT)
    lines += _link_scripts(fields, beside)
    return files | {SCRIPT: _variables(fields) + "".join(lines)} if lines else {}


def top_script(top: Mapping[str, Any], beside: Collection[str]) -> Mapping[str, str]:
    """Give the files that have to be written beside the recipe to build what its outputs have in common."""
    files: dict[str, str] = {}
    script = "".join((*_patches(top), *_main_script(top, beside, files)))
    before, after = (_LIST.format(file=f"$OWNCONDA_TOP/{when}") for when in ("before", "after"))
    return files | {SCRIPT: _variables(top) + before + script + after + _STOW}


def language_variables(fields: Mapping[str, Any]) -> str:
    """Give the lines that set what conda-build says of languages, wherever the builder hasn't said it."""
    known = fields["environment"]
    defaults = (f'export {key}="${{{key}:-{known[key]}}}"\n' for key in LANGUAGE_VARIABLES if known.get(key))
    return "".join(defaults) + _VARIABLES


def script_variables(fields: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Give what ``script_env`` sets, and the names of variables that it takes from the caller's environment."""
    given = texts(fields["build"].get("script_env"))
    pairs = [entry.partition("=") for entry in given]
    return {name: value for name, sign, value in pairs if sign}, [name for name, sign, _ in pairs if not sign]


def _patches(fields: Mapping[str, Any]) -> Iterator[str]:
    """Apply the patches that the builder can't, since they come with the sources."""
    for source in fields.get("source") or ():
        for patch, folder in patches_inside(source):
            yield f'patch -p1 -d "$SRC_DIR/{folder}" -i "{patch}"\n'


def _main_script(fields: Mapping[str, Any], beside: Collection[str], files: dict[str, str]) -> Iterator[str]:
    inline = texts(fields["build"].get("script"))
    if inline and _BUILD_SCRIPT in beside:
        raise WrongInputError(
            "there is a build.sh, and build/script as well", hint="remove one of them; conda-build refuses both, too"
        )
    if inline:
        yield _inline(inline, files)
    elif _BUILD_SCRIPT in beside:
        yield f'( source "$RECIPE_DIR/{_BUILD_SCRIPT}" )\n'


def _inline(script: tuple[str, ...], files: dict[str, str]) -> str:
    files[INLINE] = "\n".join(script) + "\n"
    return f'( source "$RECIPE_DIR/{INLINE}" )\n'


def _script_of_output(
    fields: Mapping[str, Any], top: Mapping[str, Any], beside: Collection[str], files: dict[str, str]
) -> Iterator[str]:
    script = _own_script(fields, top)
    if isinstance(script, str):
        if "/" not in script and script not in beside:
            raise WrongInputError(f"the script {script!r} isn't there", hint="it stands beside the recipe")
        folder = PurePosixPath(script).parent
        yield f'mkdir -p "$SRC_DIR/{folder}"\n' if str(folder) != "." else ""
        yield f'cp "$RECIPE_DIR/{script}" "$SRC_DIR/{script}"\n'
        yield f'{_interpreter(script, text(fields.get("script_interpreter")))} "$SRC_DIR/{script}"\n'
    elif script:
        yield _inline(script, files)


def _interpreter(script: str, named: str) -> str:
    found = named or _INTERPRETERS.get(PurePosixPath(script).suffix.lower())
    if not found:
        raise WrongInputError(
            f"what runs {script!r} can't be told from its name", hint="name its script_interpreter, for example perl"
        )
    return found


def _own_script(output: Mapping[str, Any], top: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    """Give the file that an output runs, or the lines of its own ``build/script``."""
    if text(output.get("script")):
        return text(output["script"])
    if _is_top(output, top) and texts(top["build"].get("script")):
        return None  # which is run at the top
    return texts(output["build"].get("script")) or None


def _is_top(output: Mapping[str, Any], top: Mapping[str, Any]) -> bool:
    return bool(output["package"]["name"] == top["package"]["name"])


def _is_packaged_whole(output: Mapping[str, Any], top: Mapping[str, Any]) -> bool:
    """Tell whether an output gets all that the build at the top made."""
    return _is_top(output, top) and not text(output.get("script"))


def _link_scripts(fields: Mapping[str, Any], beside: Collection[str]) -> Iterator[str]:
    """Put the scripts that clients run at installation where they look for them."""
    name, top = fields["package"]["name"], fields.get("top")
    is_output = top is not None and not _is_top(fields, top)
    for kind in _LINK_SCRIPTS:
        script = f"{text(fields['build'].get(kind)) or f'{name}-{kind}'}.sh" if is_output else f"{kind}.sh"
        if script in beside:
            yield f'mkdir -p "$PREFIX/bin"\ninstall -m 775 "$RECIPE_DIR/{script}" "$PREFIX/bin/.{name}-{kind}.sh"\n'


def _variables(fields: Mapping[str, Any]) -> str:
    merged = 'export BUILD_PREFIX="$PREFIX"\n' if fields["merged"] else ""
    gits = "".join(_GIT.format(folder=folder) for folder in _repositories(fields))
    return _QUIETLY + language_variables(fields) + merged + gits + _LOUDLY


def _repositories(fields: Mapping[str, Any]) -> list[str]:
    """Give the folder of the first source, if that is a repository: conda-build tells of no other."""
    first: Mapping[str, Any] = next(iter(fields.get("source") or ()), {})
    folder = text(first.get("folder"))
    return [f"{folder}/" if folder else ""] if text(first.get("git_url")) else []
