"""Kept verdicts of the gate as JSON, for who may read the channel's history."""

from collections.abc import Collection, Sequence
from typing import Any

from ownconda.access.callers import Caller
from ownconda.channels.kept_verdicts import KeptVerdict
from ownconda.channels.ledger.ledger import Step
from ownconda.channels.ledger.verdicts import refusals_between, verdicts_on
from ownconda.forge.identity import readable_by
from ownconda.forge.services import Services
from ownconda.forge.told import moment


class ToldVerdicts:
    """The verdicts on some steps of a channel's history, and the refusals between them, as a caller may see them."""

    def __init__(
        self, services: Services, caller: Caller, channel: str, steps: Sequence[Step], *, before: int | None = None
    ) -> None:
        """Take what was said since the oldest of the steps, and until the snapshot ``before``."""
        engine, numbers = services.channels.ledger.engine, [step.snapshot.id for step in steps]
        self._readable = frozenset(readable_by(caller, services, services.channels.names()))
        self._passed = verdicts_on(engine, numbers)
        self._refused = refusals_between(engine, channel, since=min(numbers), before=before) if numbers else ()

    def on(self, snapshot: int) -> dict[str, Any] | None:
        """Tell what was said of the act that led to a snapshot, if that is kept."""
        verdict = self._passed.get(snapshot)
        return None if verdict is None else _verdict_json(verdict, self._readable)

    def refused(self) -> list[dict[str, Any]]:
        """Tell what was refused, the newest first."""
        return [_verdict_json(verdict, self._readable) for verdict in self._refused]


def _verdict_json(verdict: KeptVerdict, readable: Collection[str]) -> dict[str, Any]:
    """Write a kept verdict as JSON; nothing is told of other channels that somebody may not read."""
    seen = [one for one in verdict.reasons if not one.channel or one.channel in readable]
    return {
        "act": verdict.act.value,
        "author": verdict.author,
        "reason": verdict.reason,
        "at": moment(verdict.at),
        "passed": verdict.passed,
        "head": verdict.head,
        "snapshot": verdict.made,
        "about": [
            {"channel": channel, "snapshot": snapshot} for channel, snapshot in verdict.about if channel in readable
        ],
        "rules": list(verdict.rules),
        "machines": list(verdict.machines),
        "asked": verdict.asked,
        "milliseconds": verdict.milliseconds,
        "waived": dict(verdict.waived),
        "reasons": [{"rule": one.rule, "text": one.text} for one in seen],
        "more": verdict.more + len(verdict.reasons) - len(seen),
    }
