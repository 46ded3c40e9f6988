"""Jobs in GitLab's words (https://docs.gitlab.com/ci/yaml/).

What all that build have in common stands once, in the hidden job ``.build``: GitLab limits what a file may hold.
Packages are named in a variable, so that the script is the same for all, and nothing of a recipe is part of it. Its
name is one that no project is likely to have a variable of, for that would win.
"""

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence

from ownconda.building.farm.farm import Call, Farm
from ownconda.building.farm.jobs import Job
from ownconda.building.farm.runners import memory_of, tags_of
from ownconda.recipes.builds import Build

Fields = dict[str, object]

SOURCES = ".build/sources"
"""Where jobs keep sources, below the folder that they build into: what is there belongs to no recipe."""

BUILD, UPLOAD = "build", "upload"
"""The stages."""

RETRY: Fields = {"max": 2, "when": ["runner_system_failure", "stuck_or_timeout_failure"]}

ID_TOKENS: Fields = {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}}
"""What `ownconda upload` signs by. No job that runs a recipe's script has it: what it signs is said in our name."""

BARE: Fields = {"variables": {"GIT_STRATEGY": "none"}, "before_script": list[str]()}
"""What a job has that needs neither the checkout nor ownconda."""


def job_fields(job: Job, farm: Farm, call: Call) -> Fields:
    """Write what is a job's own."""
    packages = [f"{call.in_checkout(build.path)}*" for build in (*job.builds, *job.gathers)]  # and what is beside them
    handed_on: Fields = {"needs": list(job.needs), "artifacts": {"paths": packages}}
    if job.gathers:
        return {"extends": ".gather", **handed_on}
    variables = {"FARM_PACKAGES": " ".join(build.path for build in job.builds), **_memory(job.builds)}
    written = {"extends": ".build", "variables": variables, **handed_on, **_cache(job.builds, call)}
    tags = tags_of(job.builds, farm.tags)
    return written if tags == tags_of((), farm.tags) else written | {"tags": list(tags)}


def building(farm: Farm, call: Call, *, takes_over: bool) -> Fields:
    """Write what all jobs have in common that build; ``takes_over`` tells whether other pipelines built before."""
    options = ["--needs-from", farm.handover] if takes_over else []
    words = ["ownconda", "build", "--output", call.output, *call.options, *options]
    script = f'{shlex.join(words)} --just "$FARM_PACKAGES" -- {shlex.join(call.paths)}'
    return {"stage": BUILD, "script": [*_entering(call), script], **_kept(farm), **usual(farm)}


def gathering(farm: Farm) -> Fields:
    """Write what all jobs have in common that only hand packages on."""
    return {"stage": BUILD, "script": ["true"], **_kept(farm), **usual(farm), **BARE}


def uploading(farm: Farm, call: Call, *, channel: str, jobs: Sequence[Job]) -> Fields:
    """Write the job that uploads what came of others, all that passed, whatever became of the rest.

    Without ``needs`` it gets what all jobs before it made; there it is enough to get each package once.
    """
    made = [job.name for job in jobs if job.builds]
    check = f"test -d {shlex.quote(call.output)} || {{ echo 'no job that builds has passed' >&2; exit 1; }}"
    upload = shlex.join(["ownconda", "upload", "--channel", channel, call.output])
    written = _last(farm, call, [check, upload]) | ({"dependencies": made} if len(made) < len(jobs) else {})
    return written | {"id_tokens": ID_TOKENS} if farm.id_token else written


def promoting(farm: Farm, call: Call, builds: Iterable[Build]) -> Fields:
    """Write the job that gives the channel what other pipelines left in the one between them."""
    command = shlex.join(["ownconda", "channel", "promote", "--listed-in", "-", farm.handover, farm.channel])
    listed = "\n".join(build.path for build in builds)
    return _last(farm, call, [f"{command} <<'END'\n{listed}\nEND\n"])


def usual(farm: Farm) -> Fields:
    """Give what holds for any job but the last one."""
    return {"interruptible": True, "retry": RETRY} | ({"timeout": farm.timeout} if farm.timeout else {})


def _last(farm: Farm, call: Call, script: Sequence[str]) -> Fields:
    written: Fields = {
        "stage": UPLOAD,
        "when": "always",
        "script": [*_entering(call), *script],
        "interruptible": False,
        "retry": RETRY,
    }
    return written | ({"environment": {"name": farm.environment}} if farm.environment else {})


def _entering(call: Call) -> list[str]:
    return [f"cd {shlex.quote(call.folder)}"] if call.folder else []


def _kept(farm: Farm) -> Fields:
    return {"artifacts": {"expire_in": farm.keep}}


def _cache(builds: Iterable[Build], call: Call) -> Fields:
    """Keep the sources, also when the build fails: the next try needs the same archives."""
    digests = sorted({digest for one in builds for source in one.sources for digest in source.checksums.values()})
    if not digests:
        return {}
    key = hashlib.sha256(" ".join(digests).encode()).hexdigest()[:16]
    return {"cache": {"key": f"sources-{key}", "paths": [call.in_checkout(SOURCES)], "when": "always"}}


def _memory(builds: Sequence[Build]) -> Mapping[str, str]:
    """Ask for memory where jobs are pods (https://docs.gitlab.com/runner/executors/kubernetes/#memory-requests)."""
    megabytes = memory_of(builds)
    return {"KUBERNETES_MEMORY_REQUEST": f"{megabytes}Mi"} if megabytes else {}
