"""What a Build is, in one form: the fields that conda-build's rules and rattler-build's say alike."""

from collections.abc import Iterable, Mapping, Sequence

from ownconda.recipes.builds import Build
from ownconda.recipes.converting.normal_forms import (
    IN_SHELL,
    Own,
    address_form,
    sorted_forms,
    spec_forms,
    without_variants,
)
from ownconda.recipes.v0.sections import texts

NEEDS, TESTED, STAGED = "tests' requirements", "has tests", "script of the stage"
"""Fields that are compared in a way of their own."""

Facts = Mapping[str, object]


def identity(build: Build) -> Facts:
    """Give what tells a Build from others of its recipe, but for the variant."""
    return {"version": build.version, "subdir": build.subdir, "number": build.number, "noarch": build.noarch}


def needed(build: Build, own: Own, *, run: Iterable[str]) -> Facts:
    """Give what a Build requires; ``run`` is what it requires at run time."""
    return {
        "build requirements": spec_forms(without_variants(build.requirements.build, own), own),
        "host requirements": spec_forms(without_variants(build.requirements.host, own), own),
        "run requirements": spec_forms(run, own),
        "run constraints": spec_forms(build.requirements.run_constraints, own),
    }


def file_patterns(written: object) -> tuple[str, ...]:
    """Give the patterns of the files that an output has: a list, or what is included and excluded."""
    if not isinstance(written, Mapping):
        return sorted_forms(texts(written))
    excluded = sorted_forms(texts(written.get("exclude")))
    return (*sorted_forms(texts(written.get("include"))), *(f"not {one}" for one in excluded))


def label(path: tuple[str, ...]) -> str:
    """Name a field by its path in v1."""
    return ".".join(path)


def about_value(key: str, values: Sequence[str]) -> object:
    """Give what ``about`` says under a key of v0."""
    if key == "license_file":
        return tuple(sorted(IN_SHELL.sub(r"$\1", value) for value in values))
    first = values[0] if values else ""
    if key in {"summary", "description", "license_family"}:
        return " ".join(first.split())
    return address_form(first) if ":" in first and " " not in first else ""
