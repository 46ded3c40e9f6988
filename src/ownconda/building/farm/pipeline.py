"""A GitLab pipeline that builds, as text.

Rules that its shape follows from:

- A job gets the artifacts of the jobs that it ``needs``, not of those that these needed
  (https://docs.gitlab.com/ci/yaml/#needsartifacts); without ``needs``, those of all jobs in earlier stages
  (https://docs.gitlab.com/ci/yaml/#dependencies).
- A job that needs one that failed is skipped, unless it is ``when: always`` (https://docs.gitlab.com/ci/yaml/#when).
- The file of a child pipeline may be an artifact of a job of the same pipeline; children may have children of their
  own, but no deeper (https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#nested-child-pipelines).
- Pipelines beside each other hand on artifacts only where one knows the other's number, and of five jobs at most
  (https://docs.gitlab.com/ci/yaml/#needspipelinejob); so packages pass between them through a channel.
- A child of a merge request's pipeline has jobs only where ``rules`` let them in
  (https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#run-child-pipelines-with-merge-request-pipelines).
"""

import base64
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ownconda.building.farm.farm import Call, Farm
from ownconda.building.farm.job_fields import (
    BARE,
    BUILD,
    SOURCES,
    UPLOAD,
    Fields,
    building,
    gathering,
    job_fields,
    promoting,
    uploading,
    usual,
)
from ownconda.building.farm.jobs import Job, divide
from ownconda.building.farm.runners import memory_of, tags_of
from ownconda.building.farm.units import Unit, units
from ownconda.building.farm.weight import weight
from ownconda.building.farm.yaml_text import yaml_text
from ownconda.errors import WrongInputError
from ownconda.graph.graph import Graph
from ownconda.recipes.builds import Build

WIDTH = 100


def pipeline_text(graph: Graph[Build], wanted: Iterable[Build], farm: Farm, call: Call) -> str:
    """Write the pipeline that makes ``wanted`` and all that they need, and uploads what was made.

    Where one pipeline can't hold them, it is one that runs several, one after the other. Raises WrongInputError when
    these have no channel to hand packages on through.
    """
    made = units(graph, wanted, group_size=farm.group_size, alike=lambda build: _alike(build, farm))
    call = replace(call, full_clone=_has_own_files(made))
    limits = replace(farm.limits, weight=farm.limits.weight - weight(_whole((), farm, call)))
    parts = divide(made, limits, weigh=lambda job: weight(job.name) + weight({job.name: job_fields(job, farm, call)}))
    if not parts:
        return yaml_text("Written by `ownconda build --pipeline`.", _nothing(farm))
    if len(parts) == 1:
        return yaml_text(_comment(parts), _whole(parts[0], farm, call))
    _check_handover(parts, farm)
    return yaml_text(_comment(parts), _chain(parts, farm, call))


def _nothing(farm: Farm) -> Fields:
    """Write a pipeline that has nothing to do; one without any job is refused."""
    return _begun(farm) | {"nothing to build": {"script": ["echo nothing to build"], **BARE}}


def _whole(jobs: Sequence[Job], farm: Farm, call: Call, *, part: int = 0) -> Fields:
    """Write a pipeline that does work itself: all of it, or one ``part`` (from 1)."""
    return _begun(farm) | {
        "stages": [BUILD, UPLOAD],
        "variables": _variables(call),
        ".build": building(farm, call, takes_over=part > 1),
        ".gather": gathering(farm),
        **{job.name: job_fields(job, farm, call) for job in jobs},
        UPLOAD: uploading(farm, call, channel=farm.handover if part else farm.channel, jobs=jobs),
    }


def _chain(parts: Sequence[Sequence[Job]], farm: Farm, call: Call) -> Fields:
    """Write the pipeline that runs others one after the other, and in the end promotes what came of them all."""
    numbered = list(enumerate(parts, start=1))
    texts = [yaml_text(_comment([jobs]), _whole(jobs, farm, call, part=part)) for part, jobs in numbered]
    writing: Fields = {
        "stage": "parts",
        "script": [_unpacking(_file(part), text) for part, text in enumerate(texts, start=1)],
        "artifacts": {"paths": [_file(part) for part, _ in numbered], "expire_in": farm.keep},
    }
    return _begun(farm) | {
        "stages": ["parts", *(f"part {part}" for part, _ in numbered), UPLOAD],
        "parts": writing | usual(farm) | BARE,
        **{f"part {part}": _child(part) for part, _ in numbered},
        UPLOAD: promoting(farm, call, _builds(parts)),
    }


def _begun(farm: Farm) -> Fields:
    """Begin a pipeline with what holds for all of it."""
    default: Fields = {
        "image": farm.image,
        "tags": list(tags_of((), farm.tags)),
        "before_script": list(farm.setup),
    }
    given = {key: value for key, value in default.items() if value}
    return {"workflow": {"rules": [{"when": "always"}]}, **({"default": given} if given else {})}


def _variables(call: Call) -> Fields:
    depth: Fields = {"GIT_DEPTH": "0"} if call.full_clone else {}
    return {"OWNCONDA_SOURCES_CACHE": f"{call.output}/{SOURCES}", **depth}


def _file(part: int) -> str:
    return f"part-{part}.yml"


def _child(part: int) -> Fields:
    """Trigger a pipeline; ``always``, since what was lost in an earlier one stops only what needs it."""
    trigger = {"include": [{"artifact": _file(part), "job": "parts"}], "strategy": "depend"}
    return {"stage": f"part {part}", "when": "always", "trigger": trigger}


def _unpacking(file: str, text: str) -> str:
    """Write a command that writes a file, which it holds packed: GitLab limits what a pipeline's own file may hold."""
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f"base64 -d <<'END' | gzip -d > {file}\n" + "".join(f"{line}\n" for line in _wrapped(packed)) + "END\n"


def _wrapped(text: str) -> Iterator[str]:
    return (text[start : start + WIDTH] for start in range(0, len(text), WIDTH))


def _comment(parts: Sequence[Sequence[Job]]) -> str:
    count = len(_builds(parts))
    told = f"{count} package{'s' if count > 1 else ''}" + (f" in {len(parts)} parts" if len(parts) > 1 else "")
    return f"Written by `ownconda build --pipeline`: {told}."


def _builds(parts: Sequence[Sequence[Job]]) -> list[Build]:
    return [build for part in parts for job in part for build in job.builds]


def _alike(build: Build, farm: Farm) -> str:
    """Give what Builds must have in common to be made by one job: the runner that they ask for."""
    return f"{' '.join(tags_of([build], farm.tags))} {memory_of([build])}"


def _has_own_files(made: Iterable[Unit]) -> bool:
    """Tell whether something in the repository is a source: its history says how old that is, and which version."""
    return any(not source.urls for unit in made for build in unit.builds for source in build.sources)


def _check_handover(parts: Sequence[Sequence[Job]], farm: Farm) -> None:
    if not farm.handover:
        raise WrongInputError(
            f"{sum(map(len, parts))} jobs are more than one pipeline may hold, and several need a channel between them",
            hint="set farm.handover to a channel of the forge that nobody installs from, or give a larger --group-size",
        )
