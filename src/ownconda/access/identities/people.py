"""People, by the claims of an id token that they logged in for."""

from collections.abc import Mapping
from typing import Any

from ownconda.access.callers import Caller
from ownconda.access.identities import NotRecognisedError

NAMES = ("preferred_username", "nickname")
GROUPS = ("groups", "groups_direct")
"""What issuers call the groups that somebody is in; the second is GitLab's."""

OF_JOBS = frozenset({"project_path", "job_id", "pipeline_id"})


def person(claims: Mapping[str, Any]) -> Caller:
    """Give the person that claims tell of, with their groups. Raises NotRecognisedError where they tell of none.

    A job may have a token for any audience that it likes, so that of a login may be on it: it is still a job's.
    """
    if OF_JOBS & claims.keys():
        raise NotRecognisedError("the id token is a pipeline's, and nobody's who logged in")
    name = next((claims[one] for one in NAMES if _is_name(claims.get(one))), "")
    if not name:
        raise NotRecognisedError(f"the id token names nobody: it lacks the claim {NAMES[0]!r}")
    groups = [group for one in GROUPS for group in _listed(claims.get(one)) if _is_name(group)]
    return Caller(name=name, principals=frozenset({f"person:{name}", *(f"group:{group}" for group in groups)}))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
