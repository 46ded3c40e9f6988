import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pipelines_at_home import new_repository, read_jobs
from workplace import Workplace


@pytest.fixture
def repository(tmp_path: Path) -> Workplace:
    workplace = Workplace(tmp_path)
    workplace.recipes = tmp_path / "repository" / "recipes"
    workplace.recipe("library")
    workplace.recipe("app", host=["library"])
    new_repository(tmp_path / "repository")
    return workplace


def ownconda(workplace: Workplace, *arguments: str, below: str = ".") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ownconda", "build", *arguments],
        cwd=workplace.recipes.parent / below,
        env={**os.environ, "RATTLER_CACHE_DIR": str(workplace.cache)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_pipeline_goes_to_a_file_and_nothing_is_built(repository: Workplace) -> None:
    done = ownconda(repository, "--pipeline", "out/pipeline.yml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    names = [job.name for job in read_jobs((repository.recipes.parent / "out" / "pipeline.yml").read_text())]
    assert names == ["build library 1.0.0 hb0f4dca_0", "build app 1.0.0 hb0f4dca_0", "upload"]
    assert not (repository.recipes.parent / ".ownconda").exists()


def test_what_is_there_already_is_no_job_unless_another_job_needs_it(repository: Workplace) -> None:
    assert ownconda(repository, "recipes/library").returncode == 0
    names = [job.name for job in read_jobs(ownconda(repository, "--pipeline", "-").stdout)]
    assert names == ["build library 1.0.0 hb0f4dca_0", "build app 1.0.0 hb0f4dca_0", "upload"]
    assert ownconda(repository).returncode == 0
    assert [job.name for job in read_jobs(ownconda(repository, "--pipeline", "-").stdout)] == ["nothing to build"]


def test_what_a_channel_given_holds_is_no_job_and_is_never_made_from_something_else(repository: Workplace) -> None:
    assert ownconda(repository, "recipes/library", "--output", "channel").returncode == 0
    words = ("--pipeline", "-", "--channel", (repository.recipes.parent / "channel").as_uri())
    assert [job.name for job in read_jobs(ownconda(repository, *words).stdout)] == [
        "build app 1.0.0 hb0f4dca_0",
        "upload",
    ]
    repository.recipe("library", script=["touch $PREFIX/other"])
    done = ownconda(repository, *words)
    assert done.returncode == 1
    assert "library-1.0.0-hb0f4dca_0.conda is in file://" in done.stderr


def test_a_job_begins_in_the_folder_in_which_the_pipeline_was_written(repository: Workplace) -> None:
    done = ownconda(repository, "app", "library", "--pipeline", "-", below="recipes")
    job = read_jobs(done.stdout)[0]
    assert job.script.splitlines() == [
        "cd recipes",
        'ownconda build --output .ownconda/channel --just "$FARM_PACKAGES" -- app library',
    ]
    assert job.artifacts == ["recipes/.ownconda/channel/linux-64/library-1.0.0-hb0f4dca_0.conda*"]


def test_recipes_that_no_checkout_has_are_refused(repository: Workplace) -> None:
    outside = Workplace(repository.archives.parent / "elsewhere")
    outside.recipe("other")
    done = ownconda(repository, str(outside.recipes), "--pipeline", "-")
    assert done.returncode == 2
    assert f"{outside.recipes}: is outside the repository" in done.stderr


def test_one_package_alone_is_built_from_what_others_handed_over(repository: Workplace) -> None:
    app = "linux-64/app-1.0.0-hb0f4dca_0.conda"
    refused = ownconda(repository, "--just", app)
    assert refused.returncode == 3
    assert "library-1.0.0-hb0f4dca_0.conda: isn't there, and nothing else may stand for it" in refused.stderr
    assert ownconda(repository, "--just", "linux-64/library-1.0.0-hb0f4dca_0.conda").returncode == 0
    done = ownconda(repository, "--just", app, "--json")
    assert [(one["package"], one["status"]) for one in json.loads(done.stdout)] == [(app, "built")]


def test_a_package_that_the_recipes_no_longer_make_is_refused(repository: Workplace) -> None:
    done = ownconda(repository, "--just", "linux-64/library-0.9-h0_0.conda")
    assert done.returncode == 2
    assert "no recipe makes linux-64/library-0.9-h0_0.conda" in done.stderr


def test_limits_that_leave_no_room_are_refused_together(repository: Workplace) -> None:
    (repository.recipes.parent / "ownconda.toml").write_text("[farm]\njobs = 1\nneeds = 0\n")
    done = ownconda(repository, "--pipeline", "-")
    assert done.returncode == 2
    assert "farm.jobs: 1 is too few, at least 2 are needed" in done.stderr
    assert "farm.needs: 0 is too few, at least 2 are needed" in done.stderr
