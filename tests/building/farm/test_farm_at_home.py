import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from forging import running_forge
from pipelines_at_home import Home, new_repository
from sigstore_at_home import ISSUER, JOB, running_sigstore
from workplace import Workplace

from ownconda.channels.charters import Charter
from ownconda.cli.main import run
from ownconda.journeys.new_forge import make_forge


@dataclass(frozen=True, slots=True, kw_only=True)
class Farmyard:
    """A repository of recipes, a forge, and where pipelines run."""

    workplace: Workplace
    repository: Path
    home: Home
    url: str

    def pipeline(self, settings: str, *options: str) -> str:
        """Commit everything, and have the pipeline written."""
        (self.repository / "ownconda.toml").write_text(settings)
        new_repository(self.repository)
        written = subprocess.run(
            [sys.executable, "-m", "ownconda", "build", "--pipeline", "-", *options],
            cwd=self.repository,
            env={**os.environ, **self.home.variables},
            stdout=subprocess.PIPE,
            check=True,
        )
        return written.stdout.decode()

    def uploaded(self, channel: str) -> dict[str, str]:
        """Give the files that a channel of the forge lists, and their sha256."""
        found: dict[str, str] = {}
        for subdir in ("linux-64", "noarch"):
            with urllib.request.urlopen(f"{self.url}/conda/{channel}/{subdir}/repodata.json") as answer:  # noqa: S310
                packages = json.load(answer)["packages.conda"]
            found |= {name: one["sha256"] for name, one in packages.items()}
        return found

    def built_here(self) -> dict[str, str]:
        """Build in this process, one after the other, and give what came of it."""
        outcomes = self.workplace.build()
        return {
            outcome.build.file_name: hashlib.sha256(
                (self.workplace.output / outcome.build.path).read_bytes()
            ).hexdigest()
            for outcome in outcomes.values()
            if outcome.status == "built"
        }


@pytest.fixture
def farmyard(tmp_path: Path, package_cache: None) -> Iterator[Farmyard]:  # noqa: ARG001  (it sets a variable)
    workplace = Workplace(tmp_path)
    repository = tmp_path / "a repository"
    workplace.recipes = repository / "own recipes"
    token = make_forge(
        tmp_path / "forge", token_name="init", channels=[Charter(name=name) for name in ("testing", "between")]
    )
    with running_forge(tmp_path / "forge") as forge:
        variables = {
            "HOME": str(tmp_path / "home"),
            "RATTLER_CACHE_DIR": os.environ["RATTLER_CACHE_DIR"],
            "OWNCONDA_FORGE_URL": forge.url,
            "OWNCONDA_SOURCES_MIRRORS": str(workplace.archives),
        }
        home = Home(
            repository=repository,
            folder=tmp_path / "ci",
            variables=variables,
            protected={"OWNCONDA_FORGE_TOKEN": token},
        )
        yield Farmyard(workplace=workplace, repository=repository, home=home, url=forge.url)


def statuses(home: Home) -> Mapping[str, str]:
    """Give what came of the jobs that build, by the package's name."""
    jobs = {name.rpartition(": ")[2]: status for name, status in home.statuses.items()}
    return {name.split()[1]: status for name, status in jobs.items() if name.startswith("build ")}


def test_a_pipeline_makes_the_same_packages_as_a_build_at_home(farmyard: Farmyard) -> None:
    place = farmyard.workplace
    place.recipe(
        "library", source=place.archive("l-1"), script=["mkdir -p $PREFIX/share", "cp hello.txt $PREFIX/share/"]
    )
    place.recipe("tool", run=["library"], test=["test -e $PREFIX/share/hello.txt"])
    place.recipe("app", host=["tool"], script=["mkdir -p $PREFIX/bin", "cp $PREFIX/share/hello.txt $PREFIX/bin/app"])
    text = farmyard.pipeline("[build]\nrecipes = 'own recipes'\n[farm]\nenvironment = 'forge'\n")
    assert farmyard.home.run(text), farmyard.home.logs
    assert farmyard.uploaded("testing") == farmyard.built_here()
    assert len(farmyard.uploaded("testing")) == 3


def test_the_job_that_uploads_signs_as_itself(
    farmyard: Farmyard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    farmyard.workplace.recipe("tool")
    with running_sigstore(tmp_path) as sigstore:
        farmyard.home.id_token = lambda audience: sigstore.gitlab.token(audience=audience)
        signing = f"[signing]\nsigstore_config = '{sigstore.config}'\n"
        farm = "[build]\nrecipes = 'own recipes'\n[farm]\nenvironment = 'forge'\nsigstore = true\n"
        assert farmyard.home.run(farmyard.pipeline(farm + signing)), farmyard.home.logs
        assert sigstore.fulcio.issued == 1
    [package] = farmyard.uploaded("testing")
    words = ["attestation", "verify", "--identity", JOB, ISSUER, f"{farmyard.url}/conda/testing/linux-64/{package}"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWNCONDA_SIGNING_SIGSTORE_CONFIG", str(sigstore.config))
        assert run(words) == 0
    assert capsys.readouterr().out.count(f"signed by {JOB}") == 3


def test_pipelines_after_each_other_hand_on_packages_and_stop_only_what_needs_a_failed_one(farmyard: Farmyard) -> None:
    place = farmyard.workplace
    for number in range(3):
        place.recipe(f"base{number}")
    place.recipe("broken", script=["false"])
    place.recipe("first", test_needs=["second"], test=["test -e $PREFIX/share/second/name"])
    place.recipe("second", host=["first"])
    place.recipe("app", host=["base0", "base1", "base2"], script=["cp -r $PREFIX/share/base2 $PREFIX/copied"])
    place.recipe("gone", host=["broken"])
    place.recipe("lost", host=["broken"])
    place.recipe("last", host=["app"], script=["cp -r $PREFIX/copied $PREFIX/again"])
    settings = (
        "[build]\nrecipes = 'own recipes'\n[farm]\nenvironment = 'forge'\nhandover = 'between'\njobs = 9\nneeds = 2\n"
    )
    home = farmyard.home
    assert not home.run(farmyard.pipeline(settings))
    assert statuses(home) == {
        **dict.fromkeys(("app", "base0", "base1", "base2", "first", "last"), "success"),
        "broken": "failed",
        "gone": "skipped",
        "lost": "failed",
    }
    assert any("gather 2 packages" in name for name in home.statuses)
    assert {name: status for name, status in home.statuses.items() if ": " not in name} == {
        "parts": "success",
        "part 1": "failed",
        "part 2": "failed",
        "upload": "success",
    }
    [lost] = [log for name, log in home.logs.items() if "build lost" in name]
    assert "linux-64/broken-1.0.0-hb0f4dca_0.conda: isn't there, and nothing else may stand for it" in lost
    assert farmyard.uploaded("testing") == farmyard.built_here()
    assert len(farmyard.uploaded("testing")) == 7
