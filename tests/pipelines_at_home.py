"""A GitLab pipeline run in a small way: its jobs one after the other, each in a folder of its own, as GitLab has it.

A job gets a fresh clone of the repository, the artifacts of the jobs that it needs (without ``needs``: of all in
earlier stages, or of its ``dependencies``), and nothing else. Its real script is run by bash.
"""

import fnmatch
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KEYWORDS = {"workflow", "default", "stages", "variables"}
GIT = ("git", "-c", "user.name=you", "-c", "user.email=you@example.invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as GitLab understands it once ``extends`` and ``default`` are applied."""

    name: str
    stage: int
    fields: Mapping[str, Any]

    @property
    def needs(self) -> tuple[str, ...] | None:
        return tuple(self.fields["needs"]) if "needs" in self.fields else None

    @property
    def script(self) -> str:
        return "\n".join([*self.fields.get("before_script", []), *self.fields["script"]])

    @property
    def artifacts(self) -> list[str]:
        paths: list[str] = self.fields.get("artifacts", {}).get("paths", [])
        return paths

    def sources(self, jobs: Sequence["Job"]) -> list["Job"]:
        """Give the jobs whose artifacts it gets."""
        if self.needs is not None:
            return [job for job in jobs if job.name in self.needs]
        earlier = [job for job in jobs if job.stage < self.stage]
        return [job for job in earlier if job.name in self.fields.get("dependencies", [one.name for one in earlier])]


def read_jobs(text: str) -> list[Job]:
    """Read a pipeline's jobs, in an order in which they can run."""
    content = load_yaml(text)
    stages = content.get("stages", ["build", "test", "deploy"])
    whole = {
        name: content.get("default", {}) | _merged(_parent(content, fields), fields)
        for name, fields in content.items()
        if name not in KEYWORDS and not name.startswith(".")
    }
    jobs = [
        Job(name=name, stage=stages.index(fields.get("stage", "test")), fields=_with_variables(fields, content))
        for name, fields in whole.items()
    ]
    return list(_ordered(jobs))


@dataclass(slots=True, kw_only=True)
class Home:
    """Where pipelines are run: the repository, a folder for the jobs, and the variables that they get.

    ``protected`` are variables of jobs with an ``environment``; ``id_token`` gives jobs with ``id_tokens`` theirs, by
    the audience. ``statuses`` and ``logs`` tell what came of each job.
    """

    repository: Path
    folder: Path
    variables: Mapping[str, str]
    protected: Mapping[str, str] = field(default_factory=dict)
    id_token: Callable[[str], str] = str
    statuses: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)

    def run(self, text: str, *, prefix: str = "") -> bool:
        """Run a pipeline, and the children that it triggers; tell whether all of it passed."""
        jobs = read_jobs(text)
        for job in jobs:
            self.statuses[prefix + job.name] = self._outcome(job, jobs, prefix)
        return all(self.statuses[prefix + job.name] == "success" for job in jobs)

    def artifacts(self, name: str) -> Path:
        return self.folder / "artifacts" / name.replace("/", "_")

    def _outcome(self, job: Job, jobs: Sequence[Job], prefix: str) -> str:
        before = [one for one in jobs if (one.name in job.needs if job.needs is not None else one.stage < job.stage)]
        passed = all(self.statuses[prefix + one.name] == "success" for one in before)
        if not passed and job.fields.get("when") != "always":
            return "skipped"
        if "trigger" in job.fields:
            [given] = job.fields["trigger"]["include"]
            child = (self.artifacts(prefix + given["job"]) / given["artifact"]).read_text()
            return "success" if self.run(child, prefix=f"{prefix}{job.name}: ") else "failed"
        return self._done(job, [prefix + one.name for one in job.sources(jobs)], prefix + job.name)

    def _done(self, job: Job, sources: Sequence[str], name: str) -> str:
        place = self.folder / "jobs" / str(len(self.statuses))
        variables = job.fields["variables"]
        if variables.get("GIT_STRATEGY") == "none":
            place.mkdir(parents=True)
        else:
            subprocess.run([*GIT, "clone", "-q", self.repository, place], check=True)
        for source in sources:
            if self.artifacts(source).exists():
                shutil.copytree(self.artifacts(source), place, dirs_exist_ok=True)
        environment = variables | self.variables | (self.protected if "environment" in job.fields else {})
        environment |= {name: self.id_token(one["aud"]) for name, one in job.fields.get("id_tokens", {}).items()}
        ran = subprocess.run(
            ["bash", "-eo", "pipefail"],
            input=job.script.encode(),
            cwd=place,
            env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.logs[name] = ran.stdout.decode(errors="replace")
        if ran.returncode:
            return "failed"
        for file in _chosen(place, job.artifacts):
            kept = self.artifacts(name) / file.relative_to(place)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, kept)
        return "success"


def load_yaml(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (it is)
    return loaded


def new_repository(folder: Path) -> None:
    """Commit all that is in a folder to a repository of its own."""
    for arguments in (("init", "-q"), ("add", "--all"), ("commit", "-q", "-m", "all")):
        subprocess.run([*GIT, *arguments], cwd=folder, check=True)


def _chosen(place: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for file in sorted(place.rglob("*")):
        if file.is_file() and any(fnmatch.fnmatch(str(file.relative_to(place)), pattern) for pattern in patterns):
            yield file


def _parent(content: Mapping[str, Any], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    parent: Mapping[str, Any] = content[fields["extends"]] if "extends" in fields else {}
    return parent


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(below[key], above[key])
        for key in below.keys() & above.keys()
        if isinstance(below[key], dict) and isinstance(above[key], dict)
    }
    return {**below, **above, **both}


def _with_variables(fields: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    return fields | {"variables": content.get("variables", {}) | fields.get("variables", {})}


def _ordered(jobs: Sequence[Job]) -> Iterator[Job]:
    done: set[str] = set()
    waiting = sorted(jobs, key=lambda job: job.stage)
    while waiting:
        following = next(
            (
                job
                for job in waiting
                if (done.issuperset(job.needs) if job.needs is not None else job.stage == waiting[0].stage)
            ),
            None,
        )
        assert following is not None, f"these wait for each other, or for none: {[job.name for job in waiting]}"
        waiting.remove(following)
        done.add(following.name)
        yield following
