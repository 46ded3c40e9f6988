"""What a job says to GitLab, read from the text of the pipeline."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pipelines_at_home import read_jobs

from ownconda.building.farm.farm import Call, Farm
from ownconda.building.farm.pipeline import pipeline_text
from ownconda.building.farm.runners import tag_rules
from ownconda.errors import WrongInputError
from ownconda.recipes.builds import Build, WrittenSource
from ownconda.recipes.requirements_graph import requirements_graph
from ownconda.recipes.runners import ANY, Runner

CALL = Call(paths=("recipes",), output="out")


def made(  # noqa: PLR0913  (each is a part of a Build)
    name: str = "a",
    *,
    subdir: str = "linux-64",
    build: str = "h0_0",
    variant: Mapping[str, str] | None = None,
    runner: Runner = ANY,
    sources: tuple[WrittenSource, ...] = (),
) -> Build:
    return Build(
        recipe=Path("recipes") / name / "recipe.yaml",
        name=name,
        version="1.0",
        subdir=subdir,
        build=build,
        number=0,
        variant=variant or {},
        runner=runner,
        sources=sources,
    )


def jobs_of(*builds: Build, farm: Farm | None = None, call: Call = CALL) -> dict[str, Any]:
    graph = requirements_graph(builds)
    return {job.name: job.fields for job in read_jobs(pipeline_text(graph, builds, farm or Farm(), call))}


def tags(build: Build, *rules: str) -> Sequence[str]:
    found: Sequence[str] = jobs_of(build, farm=Farm(tags=tag_rules(rules)))["build a 1.0 h0_0"].get("tags", [])
    return found


def test_tags_come_from_subdir_variant_memory_and_the_recipe_itself() -> None:
    rules = ("linux-64: x86", "osx-arm64: mac", "cuda_compiler_version: gpu", "memory>=32G: large")
    assert tags(made(), *rules) == ["x86"]
    assert tags(made(subdir="osx-arm64"), *rules) == ["mac"]
    assert tags(made(variant={"cuda_compiler_version": "12.4"}), *rules) == ["gpu", "x86"]
    assert tags(made(variant={"cuda_compiler_version": "None"}), *rules) == ["x86"]
    assert tags(made(runner=Runner(tags=("licensed",), memory=64 * 1024)), *rules) == ["large", "licensed", "x86"]


def test_a_rule_may_ask_for_a_variants_value() -> None:
    assert tags(made(variant={"cuda_compiler_version": "12.4"}), "cuda_compiler_version=12.*: new") == ["new"]
    assert tags(made(variant={"cuda_compiler_version": "11.8"}), "cuda_compiler_version=12.*: new") == []


def test_a_rule_for_all_holds_for_the_jobs_that_build_nothing_too() -> None:
    jobs = jobs_of(made(), made("b", subdir="noarch"), farm=Farm(tags=tag_rules(["*: docker", "linux-64: x86"])))
    assert {name: fields["tags"] for name, fields in jobs.items()} == {
        "build a 1.0 h0_0": ["docker", "x86"],
        "build b 1.0 h0_0": ["docker"],
        "upload": ["docker"],
    }


def test_rules_that_cannot_be_read_are_told_together() -> None:
    with pytest.raises(WrongInputError) as caught:
        tag_rules(["docker", "linux-64: docker", "memory>=lots: large"])
    assert [str(problem) for problem in caught.value.problems] == [
        "farm.tags[0]: 'docker' is no condition with a tag",
        "farm.tags[2]: 'memory>=lots: large' is no condition with a tag",
    ]


def test_memory_is_asked_for_where_jobs_are_pods() -> None:
    variables = jobs_of(made(runner=Runner(memory=16 * 1024)))["build a 1.0 h0_0"]["variables"]
    assert variables["KUBERNETES_MEMORY_REQUEST"] == "16384Mi"


def test_sources_are_cached_by_their_checksums() -> None:
    def key(*digests: str) -> str:
        sources = tuple(
            WrittenSource(urls=("https://upstream.invalid/a",), checksums={"sha256": digest}) for digest in digests
        )
        found: str = jobs_of(made(sources=sources))["build a 1.0 h0_0"]["cache"]["key"]
        return found

    assert key("1" * 64, "2" * 64) == key("2" * 64, "1" * 64) != key("1" * 64)
    assert "cache" not in jobs_of(made())["build a 1.0 h0_0"]


def test_the_whole_history_is_cloned_where_it_says_how_old_a_source_is() -> None:
    assert "GIT_DEPTH" not in jobs_of(made())["upload"]["variables"]
    project = made(sources=(WrittenSource(path=".."),))
    assert jobs_of(project)["build a 1.0 h0_0"]["variables"]["GIT_DEPTH"] == "0"


def test_variants_of_a_recipe_are_grouped_but_never_for_different_runners() -> None:
    builds = [made(build=f"py{number}_0") for number in range(5)] + [made(build="gpu", runner=Runner(tags=("gpu",)))]
    jobs = jobs_of(*builds, farm=Farm(group_size=3))
    assert list(jobs) == [
        "build a 1.0 py0_0 and 2 more",
        "build a 1.0 py3_0 and 1 more",
        "build a 1.0 gpu",
        "upload",
    ]


def test_packages_of_one_name_in_two_subdirs_have_jobs_of_their_own() -> None:
    assert list(jobs_of(made(), made("a", subdir="noarch"))) == [
        "build a 1.0 h0_0 linux-64",
        "build a 1.0 h0_0 noarch",
        "upload",
    ]


def test_no_path_becomes_shell(tmp_path: Path) -> None:
    hostile = "own recipes/$(touch owned); `touch owned`'s"
    call = Call(paths=(hostile,), output="out", options=("--channel", "a b"), folder="sub folder")
    job = next(job for job in read_jobs(pipeline_text(requirements_graph([made()]), [made()], Farm(), call)))
    (tmp_path / "sub folder").mkdir()
    (tmp_path / "ownconda").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "ownconda").chmod(0o755)
    ran = subprocess.run(
        ["bash", "-e"],
        input=job.script.encode(),
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", **job.fields["variables"]},
        stdout=subprocess.PIPE,
        check=True,
    )
    just = ["--just", "linux-64/a-1.0-h0_0.conda", "--", hostile]
    assert ran.stdout.decode().splitlines() == ["build", "--output", "out", "--channel", "a b", *just]
    assert not list(tmp_path.rglob("owned"))
    assert job.artifacts == ["sub folder/out/linux-64/a-1.0-h0_0.conda*"]


def test_the_job_that_uploads_has_an_id_token_where_that_is_wanted_and_no_recipes_script_has() -> None:
    jobs = jobs_of(made(), made("b"), farm=Farm(id_token=True))
    assert {name: fields.get("id_tokens") for name, fields in jobs.items()} == {
        "build a 1.0 h0_0": None,
        "build b 1.0 h0_0": None,
        "upload": {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}},
    }
    assert not any("id_tokens" in fields for fields in jobs_of(made()).values())


def test_where_nothing_passed_the_last_job_says_so(tmp_path: Path) -> None:
    job = read_jobs(pipeline_text(requirements_graph([made()]), [made()], Farm(), CALL))[-1]
    ran = subprocess.run(["bash", "-e"], input=job.script.encode(), cwd=tmp_path, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, b"no job that builds has passed\n")


def test_several_pipelines_need_a_channel_between_them() -> None:
    builds = [made(f"p{number}") for number in range(501)]
    with pytest.raises(WrongInputError, match="501 jobs are more than one pipeline may hold"):
        jobs_of(*builds)
