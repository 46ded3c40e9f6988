"""Real recipes of others, and what conda-build itself makes of them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from ownconda.errors import WrongInputError
from ownconda.recipes.rendering import Rendering
from ownconda.recipes.v0.rendering import render_v0

CHECKOUT = Path(__file__).resolve().parents[2]
CORPUS = CHECKOUT.parent / "shared" / "corpora" / "v0"
AT_LEAST = 0.97
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "python": ("3.12",),
    "numpy": ("2.0",),
    "perl": ("5.32",),
    "r_base": ("4.4",),
    "python_min": ("3.10",),
}
OWN_VARIANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "conda-build": {"python_min": ("3.10", "3.11")},
    "cryptography": {"python": ("3.10", "3.12")},
    "hdf5": {"mpi": ("nompi", "mpich", "openmpi")},
    "pip": {"with_setuptools_wheel": ("True", "")},
    "python": {"freethreading": ("yes", "no")},
    "sqlite": {"with_icu": ("True", "")},
    "tk": {"tk_variant": ("xft", "noxft")},
    "zlib": {"c_compiler": ("gcc_bootstrap",)},
}
"""Values from files beside these recipes, which the corpus hasn't got, as far as conda-build's answer shows them."""


class Package(NamedTuple):
    name: str
    version: str
    build: frozenset[str]
    host: frozenset[str]
    run: frozenset[str]


def names(specs: Iterable[str]) -> frozenset[str]:
    return frozenset(spec.split()[0] for spec in specs)


def expected(entries: Iterable[Mapping[str, object]]) -> set[Package]:
    return {
        Package(str(one["name"]), str(one["version"]), *(names(one[kind]) for kind in ("build", "host", "run")))  # type: ignore[arg-type]
        for one in entries
    }


def rendering(folder: Path) -> Rendering:
    own = OWN_VARIANTS.get(folder.name.removeprefix("feedstocks-").removesuffix("-feedstock"), {})
    return Rendering(target_platform="linux-64", variants={**VARIANTS, **own})


def rendered(folder: Path) -> set[Package]:
    return {
        Package(build.name, build.version, names(needs.build), names(needs.host), names(needs.run))
        for build in (one.build for one in render_v0(folder / "meta.yaml", rendering(folder)))
        for needs in [build.requirements]
    }


def difference(folder: Path, wanted: set[Package]) -> str:
    """Say how a recipe differs from what conda-build makes of it; nothing where it doesn't."""
    try:
        found = rendered(folder)
    except WrongInputError as error:
        return str(error)
    if found == wanted:
        return ""
    lines = [
        *(f"  only conda-build: {one}" for one in wanted - found),
        *(f"  only we: {one}" for one in found - wanted),
    ]
    return "\n".join([folder.name, *lines])


def test_recipes_render_to_what_conda_build_makes_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    if not CORPUS.is_dir():
        pytest.fail("the corpora aren't there: they have to stand beside the checkout, in ../shared/corpora")
    wanted = json.loads((CORPUS / "expected.json").read_text())
    differences = [told for name in sorted(wanted) if (told := difference(CORPUS / name, expected(wanted[name])))]
    equal = 1 - len(differences) / len(wanted)
    with capsys.disabled():
        print(f"\n{equal:.1%} of {len(wanted)} recipes are equal\n" + "\n".join(differences))  # noqa: T201  (the report)
    assert equal >= AT_LEAST
