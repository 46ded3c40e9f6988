"""GitLab's pipelines, by the claims of their jobs' id tokens.

The claims are described at https://docs.gitlab.com/ci/secrets/id_token_authentication/.
"""

import re
from collections.abc import Mapping
from typing import Any

from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError

_PROJECT = re.compile(r"[\w.-]+(/[\w.-]+)+")
NEEDED = ("project_path", "ref", "ref_type", "ref_protected")
MERGE_REQUEST = "merge_request_event"


def pipeline(claims: Mapping[str, Any]) -> Caller:
    """Give the pipeline that a job's claims tell of. Raises NotRecognisedError where they aren't a job's.

    It goes by its project, and by its ref: ``own/zlib@main`` for a branch, ``own/zlib@tag:1.3`` for a tag, since who
    may make tags needn't be allowed to push to a branch. A merge request's pipeline runs what isn't in the branch yet,
    so it goes by the project alone.
    """
    project, ref, kind, protected = (_text(claims, name) for name in NEEDED)
    if not _PROJECT.fullmatch(project) or kind not in {"branch", "tag"} or not ref.isprintable():
        raise NotRecognisedError("the id token names no project, branch or tag that could be one")
    name = f"{project}@{ref}" if kind == "branch" else f"{project}@tag:{ref}"
    proposed = claims.get("pipeline_source") == MERGE_REQUEST
    names = {project} if proposed else {project, name}
    environment = claims.get("environment")
    return Caller(
        name=name,
        principals=frozenset(f"pipeline:{one}" for one in names),
        protected=protected == "true",
        environment=environment if isinstance(environment, str) else "",
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise NotRecognisedError(f"the id token isn't a pipeline's: it lacks the claim {name!r}")
    return value
