"""What became of Builds as test cases, which GitLab shows beside a pipeline."""

from collections.abc import Sequence

from ownconda.building.outcomes import Outcome
from ownconda.wires.junit import Case, junit


def junit_report(outcomes: Sequence[Outcome]) -> bytes:
    """Write one test case a Build: failed ones with the error, those that weren't built as skipped."""
    return junit("ownconda build", [_case(outcome) for outcome in outcomes])


def _case(outcome: Outcome) -> Case:
    failed = outcome.status == "failed"
    not_built = outcome.status in {"left out", "there already"}
    return Case(
        group=outcome.build.name,
        name=outcome.build.path,
        file=str(outcome.build.recipe),
        seconds=outcome.seconds,
        failure=outcome.reason.partition("\n")[0] if failed else "",
        details=outcome.reason if failed else "",
        skipped=(outcome.reason or outcome.status) if not_built else "",
    )
