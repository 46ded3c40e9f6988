"""Patch documents: conditions and edits, as conda-forge writes its repodata patches (``if`` and ``then``)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Template

from ownconda.conda.versions import is_version
from ownconda.errors import Problem, Where, WrongInputError

Place = Callable[[str], Where]
"""Tells where a field of a document stands, such as ``if.version_lt`` or ``then[0].add_depends``."""

LISTS = ("depends", "constrains")
FEATURES = "track_features"
NUMBERS = frozenset({"build_number", "legacy_bz2_size", "size", "timestamp"})
TEXTS = frozenset(
    {
        *("arch", "artifact", "build", "legacy_bz2_md5", "license", "license_family", "md5", "name", "noarch"),
        *("platform", "sha256", "subdir", "version"),
    }
)
COMPARED = frozenset({"lt", "le", "gt", "ge"})
VARIABLES = frozenset(
    {
        *("name", "version", "build", "build_number", "subdir"),
        *("next_version", "major_version", "minor_version", "patch_version"),
    }
)
"""What a template may name of the package that is patched; a replacement also ``old``, the text that it replaces."""

_CONDITION = re.compile(r"(?P<negated>not_)?(?P<has>has_)?(?P<field>[a-z0-9_]+?)(?:_(?P<test>lt|le|gt|ge|eq|ne|in))?")
_MAX_PIN = re.compile(r"x(\.x)*")
_PINS = ("relax_exact_depends", "tighten_depends", "loosen_depends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What has to hold of a package: one of ``values`` (with ``has``: all) is what its field is, as ``test`` says.

    ``test`` is ``eq``, ``ne``, ``lt``, ``le``, ``gt`` or ``ge``; ``in`` and ``has`` take patterns, as does ``like``.
    """

    field: str
    test: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEdit:
    """Texts that are added to a field (``add``), removed by patterns (``remove``), or take its place (``reset``)."""

    verb: str
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """``new`` in place of what ``old`` means: a whole requirement, by a pattern, or with ``name_only`` its name."""

    field: str
    old: str
    new: str
    name_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEdit:
    """Another upper bound of what is required of a package: ``relax``, ``tighten`` or ``loosen``.

    It is ``upper_bound`` or, without one, what ``max_pin`` (``x.x``) makes of the lower one.
    """

    verb: str
    name: str
    max_pin: str = ""
    upper_bound: str = ""


Edit = ListEdit | Swap | PinEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Edits of all packages of which every condition holds."""

    conditions: tuple[Condition, ...]
    edits: tuple[Edit, ...]
    where: Where


def parse_document(said: object, place: Place) -> Document:
    """Read a document whose YAML or JSON was read; scalars are text. Raises WrongInputError that tells all faults."""
    problems = list(_shape_problems(said, place))
    if problems or not isinstance(said, Mapping):
        raise WrongInputError.of(problems)
    conditions = [_condition(key, value, place(f"if.{key}"), problems) for key, value in said["if"].items()]
    edits = [
        _edit(key, value, place(f"then[{number}].{key}"), problems)
        for number, one in enumerate(said["then"])
        for key, value in one.items()
    ]
    if problems:
        raise WrongInputError.of(problems)
    return Document(conditions=tuple(filter(None, conditions)), edits=tuple(filter(None, edits)), where=place(""))


def _shape_problems(said: object, place: Place) -> Iterator[Problem]:
    if not isinstance(said, Mapping):
        yield Problem(what="a patch has to have `if` and `then`", where=place(""))
        return
    for key in sorted(said.keys() - {"if", "then"}, key=str):
        yield Problem(what="there is no such key", where=place(str(key)), hint="there are if and then")
    if not isinstance(said.get("if"), Mapping) or not said["if"]:
        hint = "for example name: zlib; name: '*' means all"
        yield Problem(what="it has to say which packages it is about", where=place("if"), hint=hint)
    then = said.get("then")
    if not isinstance(then, list) or not then or not all(isinstance(one, Mapping) and one for one in then):
        yield Problem(what="it has to be a list of edits", where=place("then"), hint="- add_depends: zlib >=1.3")


def _condition(key: str, value: object, where: Where, problems: list[Problem]) -> Condition | None:
    named = _CONDITION.fullmatch(key)
    kind = _kind(named) if named else ""
    if not named or not kind:
        problems.append(Problem(what="there is no such condition", where=where, hint=_near(key)))
        return None
    values = _texts(value) if kind in {"in", "has"} else _texts(value, several=False)
    wrong = _wrong_values(named["field"], kind, values)
    if wrong:
        problems.append(Problem(what=wrong, where=where))
        return None
    return Condition(field=named["field"], test=kind, values=values, negated=bool(named["negated"]))


def _kind(named: re.Match[str]) -> str:
    """Tell how a condition asks; nothing for one that there isn't."""
    field, test = named["field"], named["test"]
    if named["has"]:
        return "has" if field in {*LISTS, FEATURES} and not test else ""
    if field == "artifact":
        return "in" if test == "in" else ""
    if field not in TEXTS | NUMBERS or (test in COMPARED and field not in {*NUMBERS, "version"}):
        return ""
    return test or "like"


def _wrong_values(field: str, kind: str, values: tuple[str, ...]) -> str:
    if not values:
        return "it has to be a text, or a list of texts" if kind in {"in", "has"} else "it has to be a text"
    if kind in {"in", "has", "like"}:
        return ""
    if field in NUMBERS and not (values[0].isascii() and values[0].isdecimal()):
        return f"{values[0]!r} is no whole number"
    return f"{values[0]!r} is no version" if field == "version" and not is_version(values[0]) else ""


def _edit(key: str, value: object, where: Where, problems: list[Problem]) -> Edit | None:
    verb, _, field = key.partition("_")
    if key in _PINS:
        return _pin(verb, value, where, problems)
    if verb in {"replace", "rename"} and field in LISTS:
        return _swap(verb, field, value, where, problems)
    if (verb in {"add", "remove", "reset"} and field in LISTS) or key in {f"add_{FEATURES}", f"remove_{FEATURES}"}:
        values = _texts(value)
        what = _wrong_templates(values, VARIABLES) if values else "it has to be a text, or a list of texts"
        if what:
            problems.append(Problem(what=what, where=where))
        return ListEdit(verb=verb, field=field, values=values)
    problems.append(Problem(what="there is no such edit", where=where, hint=_near(key)))
    return None


def _swap(verb: str, field: str, value: object, where: Where, problems: list[Problem]) -> Swap | None:
    said = _fields(value, ("old", "new"))
    if said is None or not said.get("old") or not said.get("new"):
        problems.append(Problem(what="it has to have old and new, and nothing else", where=where))
        return None
    name_only = verb == "rename"
    may = VARIABLES if name_only else VARIABLES | {"old"}
    what = _wrong_templates([said["old"]], VARIABLES) or _wrong_templates([said["new"]], may)
    if what:
        problems.append(Problem(what=what, where=where))
    return Swap(field=field, old=said["old"], new=said["new"], name_only=name_only)


def _pin(verb: str, value: object, where: Where, problems: list[Problem]) -> PinEdit | None:
    said = _fields(value, ("name", "max_pin", "upper_bound"))
    if said is None or not said.get("name"):
        problems.append(Problem(what="it has to have a name, and max_pin or upper_bound", where=where))
        return None
    max_pin, upper_bound = said.get("max_pin", ""), said.get("upper_bound", "")
    upper_bound = "" if upper_bound == "None" else upper_bound
    what = _wrong_pin(verb, max_pin, upper_bound) or _wrong_templates([said["name"], upper_bound], VARIABLES)
    if what:
        problems.append(Problem(what=what, where=where))
    return PinEdit(verb=verb, name=said["name"], max_pin=max_pin, upper_bound=upper_bound)


def _wrong_pin(verb: str, max_pin: str, upper_bound: str) -> str:
    if max_pin and not _MAX_PIN.fullmatch(max_pin):
        return f"max_pin is x, x.x and so on, not {max_pin!r}"
    if verb == "tighten" and not max_pin and not upper_bound:
        return "it has to have max_pin or upper_bound"
    return "an exact version is relaxed by max_pin, not by upper_bound" if verb == "relax" and upper_bound else ""


def _wrong_templates(texts: Iterable[str], variables: frozenset[str]) -> str:
    for text in texts:
        template = Template(text)
        if not template.is_valid():
            return f"{text!r} has a $ that is no variable's"
        unknown = sorted(set(template.get_identifiers()) - variables)
        if unknown:
            return f"there is no variable ${{{unknown[0]}}}; there are {', '.join(sorted(variables))}"
    return ""


def _texts(value: object, *, several: bool = True) -> tuple[str, ...]:
    values = value if isinstance(value, list) and several else [value]
    texts = tuple(str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool) and one != "")
    return texts if len(texts) == len(values) else ()


def _fields(value: object, names: tuple[str, ...]) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or not set(value) <= set(names):
        return None
    given = {key: _texts(one, several=False) for key, one in value.items() if one is not None}
    return {key: one[0] for key, one in given.items()} if all(given.values()) else None


def _near(key: str) -> str | None:
    import difflib  # noqa: PLC0415  (only for a misspelt key)

    fields = sorted(TEXTS | NUMBERS - {"artifact"})
    known = [f"{field}{test}" for field in fields for test in ("", "_in", "_lt", "_le", "_gt", "_ge", "_eq", "_ne")]
    known += [f"has_{field}" for field in (*LISTS, FEATURES)] + ["artifact_in", *_PINS]
    known += [f"{verb}_{field}" for verb in ("add", "remove", "reset", "replace", "rename") for field in LISTS]
    known += [f"add_{FEATURES}", f"remove_{FEATURES}"]
    near = difflib.get_close_matches(key.removeprefix("not_"), known, n=1)
    return f"did you mean {near[0]!r}?" if near else None
