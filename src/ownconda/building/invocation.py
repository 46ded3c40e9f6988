"""Who builds, and which run of theirs it is, as provenance has it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

LOCAL_BUILDER = "https://ownconda.invalid/builders/local"
"""Any machine where somebody typed the command. Addresses in .invalid lead nowhere (RFC 2606): this is but a name."""


def _random() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One run of the build command: the builder's address and the run's own."""

    builder: str = LOCAL_BUILDER
    id: str = field(default_factory=_random)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When one package was built, in seconds since 1970, in which invocation."""

    invocation: Invocation
    started: float
    finished: float


def invocation(environment: Mapping[str, str], *, builder: str = "") -> Invocation:
    """Tell who builds: the ``builder`` that is set, GitLab's runner, or a machine like any other.

    The variables are those of https://docs.gitlab.com/ci/variables/predefined_variables/.
    """
    project, runner = environment.get("CI_PROJECT_URL"), environment.get("CI_RUNNER_ID")
    gitlab = f"{project}/-/runners/{runner}" if project and runner else ""
    return Invocation(builder=builder or gitlab or LOCAL_BUILDER, id=environment.get("CI_JOB_URL") or _random())


def moment(seconds: float) -> str:
    """Write a time as provenance and SPDX have it: UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
