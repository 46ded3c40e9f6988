"""How ``ownconda channel history --verdicts`` tells what a gate said."""

from collections.abc import Sequence
from dataclasses import asdict

from ownconda.cli.terminal import print_json, print_table
from ownconda.forge_client.answers import KeptVerdictInfo


def print_verdicts(verdicts: Sequence[KeptVerdictInfo], *, as_json: bool) -> None:
    """Print a line for each verdict; as JSON, all that is known of each."""
    if as_json:
        print_json([asdict(one) for one in verdicts])
        return
    print_table(("AT", "BY", "WHAT", "VERDICT", "SNAPSHOT", "ASKED", "TIME", "WHY"), [_line(one) for one in verdicts])


def _line(one: KeptVerdictInfo) -> Sequence[str]:
    return (
        one.at,
        one.author,
        one.act,
        "passed" if one.passed else "refused",
        str(one.snapshot or "-"),
        str(one.asked),
        f"{one.milliseconds / 1000:.2f} s",
        "; ".join(_why(one)),
    )


def _why(one: KeptVerdictInfo) -> list[str]:
    waived = [f"{rule} waived: {reason}" for rule, reason in one.waived.items()]
    told = [f"{reason['rule']}: {reason['text'].splitlines()[0].rstrip(':')}" for reason in one.reasons]
    return [*told, *([f"{one.more} more"] if one.more else []), *waived]
