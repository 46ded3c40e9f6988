from dataclasses import fields, replace
from pathlib import Path

import pytest

from ownconda.errors import Problem, Where
from ownconda.recipes.builds import Build, Requirements, WrittenAlternative, WrittenSource
from ownconda.recipes.packing import pack, unpack
from ownconda.recipes.runners import Runner

BUILD = Build(
    recipe=Path("/recipes/\udcff/meta.yaml"),  # a name that isn't UTF-8
    name="tool",
    version="1.0",
    subdir="linux-64",
    build="py312_0",
    number=3,
    noarch="python",
    variant={"python": "3.12"},
    requirements=Requirements(
        build=("make",),
        host=("python 3.12.*", "pip"),
        run=("python",),
        run_constraints=("other <2",),
        test=("pytest",),
        common_build=("make",),
        common_host=("zlib",),
    ),
    sources=(WrittenSource(urls=("https://example.org/a",), fields={"url": ["https://example.org/a"], 3: None}),),  # type: ignore[dict-item]
    alternatives=(WrittenAlternative(instead_of="a", url="b", sha256="c", note="d"),),
    debian_source="tool",
    needs_no_compiler=True,
    format="v0",
    run_exports={"weak": ("tool >=1",)},
    ignored_run_exports=("a",),
    ignored_run_exports_from=("b",),
    runner=Runner(tags=("gpu",), memory=2048),
    minutes=90.0,
    problems=(
        Problem(what="a", where=Where(file=Path("a"), line=3)),
        Problem(what="b", where=Where(file="a"), hint="c"),
        Problem(what="c"),
    ),
)


def test_every_field_of_a_build_and_of_its_requirements_is_packed_here() -> None:
    for value in (BUILD, BUILD.requirements):
        assert [one.name for one in fields(value) if getattr(value, one.name) in (one.default, (), {})] == []


def test_what_is_packed_is_read_as_it_was() -> None:
    found = unpack(Build, pack(BUILD))
    assert found == BUILD
    assert [type(problem.where.file) for problem in found.problems if problem.where] == [type(Path()), str]


@pytest.mark.parametrize("value", [{"a"}, ("a",), 2**70, "\ud800"])
def test_what_would_be_read_as_something_else_is_refused(value: object) -> None:
    source = WrittenSource(fields={"url": value})
    with pytest.raises((TypeError, ValueError, OverflowError)):
        pack(replace(BUILD, sources=(source,)))


@pytest.mark.parametrize("packed", [b"", b"\x93", b"\x00", pack(Requirements()), pack(BUILD)[:-1]])
def test_what_is_something_else_is_not_read(packed: bytes) -> None:
    with pytest.raises((TypeError, ValueError)):
        unpack(Build, packed)
