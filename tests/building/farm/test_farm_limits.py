import base64
import gzip
import random
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines_at_home import Job, load_yaml, read_jobs

from ownconda.building.farm.farm import Call, Farm
from ownconda.building.farm.jobs import LONGEST_NAME, Limits
from ownconda.building.farm.pipeline import pipeline_text
from ownconda.building.farm.runners import tag_rules
from ownconda.building.farm.weight import weight
from ownconda.recipes.builds import Build, Requirements
from ownconda.recipes.environments import environment_needs
from ownconda.recipes.requirements_graph import requirements_graph

CALL = Call(paths=("recipes",), output="out")


def made(name: str, *, host: Sequence[str] = (), run: Sequence[str] = (), test: Sequence[str] = ()) -> Build:
    return Build(
        recipe=Path("recipes") / name / "recipe.yaml",
        name=name,
        version="1.0",
        subdir="linux-64",
        build="h0_0",
        number=0,
        requirements=Requirements(host=tuple(host), run=tuple(run), test=tuple(test)),
    )


def written(builds: Sequence[Build], farm: Farm) -> str:
    graph = requirements_graph(builds)
    return pipeline_text(graph, graph.nodes, farm, CALL)


def parts_of(text: str) -> list[str]:
    """Give the pipelines that do the work: itself, or those that it holds packed."""
    packed = load_yaml(text).get("parts", {}).get("script", [])
    found = [
        re.fullmatch(r"base64 -d <<'END' \| gzip -d > part-\d+.yml\n(.*)\nEND\n", one, re.DOTALL) for one in packed
    ]
    return [gzip.decompress(base64.b64decode(one[1])).decode() for one in found if one] or [text]


def random_builds(size: int, density: float, seed: int) -> list[Build]:
    """Make Builds that need some of those before them, mostly near ones; a few have tests that need later ones."""
    choose = random.Random(seed)  # noqa: S311  (nothing is secret here)

    def some(number: int, most: int) -> list[str]:
        count = min(number, choose.randint(0, most))
        return [f"p{max(0, number - 1 - int(choose.expovariate(1 / 40)))}" for _ in range(count)]

    return [
        made(
            f"p{number}",
            host=some(number, round(6 * density)),
            run=some(number, round(6 * density)),
            test=[f"p{min(number + choose.randint(1, 3), size - 1)}"] if choose.random() < 0.02 else (),
        )
        for number in range(size)
    ]


def carried(name: str, jobs: Mapping[str, Job]) -> set[str]:
    return {path.removeprefix("out/").removesuffix("*") for path in jobs[name].artifacts}


def check_work(text: str, builds: Sequence[Build], limits: Limits) -> None:
    """Check that every package is made once, by a job that has at hand all that it needs, within GitLab's limits."""
    needs = environment_needs(requirements_graph(builds))
    at_hand = {build.path: {needs.builds[one].path for one in needs.at_hand(n)} for n, build in enumerate(needs.builds)}
    before: set[str] = set()
    for part in parts_of(text):
        jobs = {job.name: job for job in read_jobs(part)}
        assert len(jobs) <= limits.jobs
        assert weight(load_yaml(part)) <= limits.weight
        here: set[str] = set()
        for job in jobs.values():
            if job.name == "upload":
                continue
            assert job.needs is not None
            assert len(set(job.needs)) == len(job.needs) <= limits.needs
            assert len(job.name) <= LONGEST_NAME
            handed_on = set[str]().union(*(carried(name, jobs) for name in job.needs))
            makes = set(job.fields["variables"].get("FARM_PACKAGES", "").split())
            assert carried(job.name, jobs) == makes or (not makes and carried(job.name, jobs) <= handed_on)
            for package in makes:
                assert at_hand[package] - makes <= handed_on | before
            assert not makes & (before | here)
            here |= makes
        before |= here
    assert before == {build.path for build in builds}


@settings(max_examples=8, deadline=None)
@given(
    st.integers(1, 2_000),
    st.floats(0, 0.6),
    st.integers(0, 2**32),
    st.sampled_from([Limits(), Limits(jobs=100, needs=10), Limits(jobs=40, needs=2), Limits(needs=5, weight=150_000)]),
    st.integers(1, 7),
)
def test_every_job_has_at_hand_what_it_needs_within_the_limits(
    size: int, density: float, seed: int, limits: Limits, group_size: int
) -> None:
    builds = random_builds(size, density, seed)
    check_work(written(builds, Farm(limits=limits, group_size=group_size, handover="between")), builds, limits)


def test_what_needs_more_packages_than_a_job_may_name_gets_them_from_jobs_that_gather() -> None:
    builds = [made(f"p{number:03}") for number in range(120)]
    builds.append(made("all", run=[build.name for build in builds]))
    text = written(builds, Farm())
    check_work(text, builds, Limits())
    assert sum(job.name.startswith("gather ") for job in read_jobs(text)) == 3


def test_users_of_one_large_package_share_the_job_that_gathers_it_with_what_it_needs_to_run() -> None:
    chain = [made(f"p{number:03}", run=[f"p{number - 1:03}"] if number else []) for number in range(80)]
    builds = [*chain, *(made(f"user{number}", host=["p079"]) for number in range(20))]
    text = written(builds, Farm())
    check_work(text, builds, Limits())
    assert sum(job.name.startswith("gather ") for job in read_jobs(text)) < 3


def test_builds_that_need_each_other_for_their_tests_are_one_job() -> None:
    builds = [made("first", test=["second"]), made("second", host=["first"])]
    [job] = [job for job in read_jobs(written(builds, Farm())) if job.name != "upload"]
    assert job.fields["variables"]["FARM_PACKAGES"].split() == [build.path for build in builds]


def test_what_is_needed_only_while_something_else_is_built_is_not_handed_on() -> None:
    builds = [made("compiler"), made("library", host=["compiler"]), made("app", host=["library"])]
    jobs = {job.name: job for job in read_jobs(written(builds, Farm()))}
    assert jobs["build app 1.0 h0_0"].needs == ("build library 1.0 h0_0",)


def test_what_run_exports_bring_is_handed_on() -> None:
    zlib = made("zlib")
    exporting = Build(**{name: getattr(zlib, name) for name in zlib.__slots__} | {"run_exports": {"weak": ("zlib",)}})
    builds = [exporting, made("library", host=["zlib"]), made("app", host=["library"])]
    jobs = {job.name: job for job in read_jobs(written(builds, Farm()))}
    assert jobs["build app 1.0 h0_0"].needs == ("build zlib 1.0 h0_0", "build library 1.0 h0_0")


@pytest.mark.parametrize(
    ("size", "names"),
    [
        (0, ["nothing to build"]),
        (1, ["build p0 1.0 h0_0", "upload"]),
        (30, ["parts", "part 1", "part 2", "upload"]),
    ],
)
def test_pipelines_are_valid_by_gitlabs_schema(size: int, names: Sequence[str], tmp_path: Path) -> None:
    farm = Farm(
        handover="between",
        image="python:3.13",
        setup=("pip install ownconda",),
        tags=tag_rules(["*: docker", "linux-64: x86"]),
        environment="conda",
        id_token=True,
        timeout="3h",
        limits=Limits(jobs=20, needs=3),
    )
    text = written(random_builds(size, 1, 7), farm)
    assert [job.name for job in read_jobs(text)] == names
    for number, one in enumerate((text, *parts_of(text))):
        (tmp_path / f"{number}.yml").write_text(one)
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", *tmp_path.glob("*.yml")],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout.decode()


def test_the_same_plan_gives_the_same_text() -> None:
    builds = random_builds(60, 1, 3)
    farm = Farm(handover="between", limits=Limits(jobs=20, needs=3))
    assert written(builds, farm) == written(builds, farm)
