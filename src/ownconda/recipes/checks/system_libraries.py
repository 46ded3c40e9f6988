"""Rules about what a package takes from the system that it runs on."""

import re
from collections.abc import Iterator

from ownconda.policy.policy import Policy
from ownconda.policy.system_libraries import SystemLibraries
from ownconda.recipes.checked import CheckedRecipe, Known
from ownconda.recipes.checks import Example, Fault, Rule
from ownconda.recipes.common_words import WORDS

_LINUX = re.compile(r"linux-")
_OF_GLIBC = ("__glibc", "sysroot_linux")


def foreign_system_library(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a library that a package wants from the system, and that the organisation doesn't take from there."""
    kind = WORDS[recipe.written.form]["system libraries"]
    for output in recipe.outputs:
        for entry in output.system_libraries if _LINUX.match(output.build.subdir) else ():
            if not known.policy.system_libraries.allow(entry):
                yield Fault(
                    what=f"{entry!r} isn't one of the system's libraries",
                    where=recipe.where(kind, output=output, value=entry),
                    hint="require the package that has it, or add it to policy.system_libraries",
                )


def too_new_glibc(recipe: CheckedRecipe, known: Known) -> Iterator[Fault]:
    """Tell a package that needs a newer C library than the oldest system has."""
    glibc = known.policy.glibc
    for output in recipe.outputs:
        needs = output.build.requirements
        for section, specs in (("build", needs.build), ("run", needs.run), ("run constraints", needs.run_constraints)):
            for spec in specs:
                name, _, wanted = spec.partition(" ")
                if name.startswith(_OF_GLIBC) and not glibc.is_enough_for(wanted.partition(" ")[0]):
                    kind = WORDS[recipe.written.form].get(section, f"requirements.{section}")
                    yield Fault(
                        what=f"{spec!r} asks for a newer C library than {glibc.oldest}",
                        where=recipe.where(kind, output=output, value=spec),
                        hint="build against an older one, or raise policy.glibc for everybody",
                    )


_TEXT = """\
package:
  name: tool
  version: 1.0.0

build:
  dynamic_linking:
    missing_dso_allowlist:
      - libc.so.6
"""
_CUDA = Policy(system_libraries=SystemLibraries.of(["manylinux_2_28", "libcuda.so.1"]))

RULES = (
    Rule(
        name="foreign-system-library",
        summary="an entry of missing_dso_allowlist that isn't on the organisation's list",
        why="What is on that list has to be on every machine. By default these are the libraries that the policy "
        "manylinux_2_28 of PEP 600 counts on; policy.system_libraries says which others are.",
        check=foreign_system_library,
        bad=Example(text=f"{_TEXT}      - libcuda.so.1\n"),
        good=Example(
            text=f"{_TEXT}      - libcuda.so.1\n",
            note='policy.system_libraries = ["manylinux_2_28", "libcuda.so.1"]',
            policy=_CUDA,
        ),
    ),
    Rule(
        name="too-new-glibc",
        summary="a requirement of a newer C library than the oldest system has",
        why="Such a package can be built, and then not be installed where it is needed. policy.glibc is the version "
        "that every machine has.",
        check=too_new_glibc,
        bad=Example(text="package:\n  name: tool\n  version: 1.0.0\n\nrequirements:\n  run:\n    - __glibc >=2.34\n"),
        good=Example(text="package:\n  name: tool\n  version: 1.0.0\n\nrequirements:\n  run:\n    - __glibc >=2.28\n"),
    ),
)
