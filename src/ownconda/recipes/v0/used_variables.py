"""Which variant keys a recipe, or one of its outputs, uses: only they make variants, and only they are hashed.

A key is used where a selector asks for it, a template does, a requirement is its bare name, or a script reads it.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ownconda.recipes.v0.lines import selectors

_TAG = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TOOL = re.compile(r"\b(compiler|stdlib)\(\s*['\"]([^'\"]+)['\"]")
_PINNED = re.compile(r"\bpin_\w+\(\s*['\"]([^'\"]+)['\"]")
_BARE = re.compile(r"^\s+-\s+([A-Za-z][\w.-]*)\s*(?:x\.x\s*)?(?:\s[\[#]|$)", re.MULTILINE)
_OUTPUTS = re.compile(r"^outputs\s*:", re.MULTILINE)
_NEXT_SECTION = re.compile(r"^\w", re.MULTILINE)
_DASH = re.compile(r"(\s*)-\s")
_IN_SHELL = re.compile(r"\$\{?\s*(\w+)")
_IN_BATCH = re.compile(r"%(\w+)%")
_WITH_A_SYSROOT = frozenset({"c_stdlib", "c_compiler", "cxx_compiler"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Variant keys that a text uses: those that selectors and templates ask for, and bare names of requirements."""

    asked: frozenset[str]
    bare: frozenset[str]

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.asked | self.bare


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputText:
    """The raw text of one output, by its place in the list, or of everything outside the outputs."""

    outside: str
    outputs: tuple[str, ...]


def used_keys(text: str, selected: str, keys: Collection[str]) -> Use:
    """Tell which of the variant's ``keys`` a text uses.

    Its selectors count everywhere (``text``); the rest counts where the selectors keep it (``selected``).
    """
    asked = {name for selector in selectors(text) for name in selector.names}
    asked.update(_asked_in_tags(selected))
    asked.intersection_update(keys)
    if asked & _WITH_A_SYSROOT and "CONDA_BUILD_SYSROOT" in keys:
        asked.add("CONDA_BUILD_SYSROOT")
    bare = {name.replace("-", "_") for name in _BARE.findall(selected)}
    return Use(asked=frozenset(asked), bare=frozenset(bare.intersection(keys)))


def used_in_script(script: str, keys: Collection[str], *, batch: bool = False) -> frozenset[str]:
    """Give those of the variant's ``keys`` that a build script reads."""
    return frozenset((_IN_BATCH if batch else _IN_SHELL).findall(script)).intersection(keys)


def split_outputs(text: str) -> OutputText:
    """Take the list of outputs out of a recipe's text, and apart."""
    head = _OUTPUTS.search(text)
    if head is None:
        return OutputText(outside=text, outputs=())
    end = _NEXT_SECTION.search(text, head.end())
    stop = end.start() if end else len(text)
    return OutputText(
        outside=text[: head.start()] + text[stop:], outputs=tuple(_items(text[head.end() : stop].splitlines()))
    )


def _items(lines: Iterable[str]) -> Iterator[str]:
    indent: str | None = None
    item: list[str] = []
    for line in lines:
        dash = _DASH.match(line)
        if dash and (indent is None or len(dash[1]) <= len(indent)):
            if item:
                yield "\n".join(item)
            indent, item = dash[1], []
        if indent is not None:
            item.append(line)
    if item:
        yield "\n".join(item)


def _asked_in_tags(text: str) -> Iterator[str]:
    for tag in _TAG.finditer(text):
        inside = tag[1] or tag[2] or ""
        yield from _NAME.findall(_STRING.sub("''", inside))
        yield from (name.replace("-", "_") for name in _PINNED.findall(inside))
        for kind, language in _TOOL.findall(inside):
            yield from (f"{language}_{kind}", f"{language}_{kind}_version")
        if "cdt(" in inside:
            yield from ("cdt_name", "cdt_arch")
