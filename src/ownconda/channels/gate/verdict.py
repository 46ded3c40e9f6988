"""Verdict: what the gate says, in a text for people and in fields for programs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ownconda.channels.gate.refusals import Kind, Refusal
from ownconda.errors import Problem

INSTALLABLE = "installable"
"""What the gate is for; it isn't among the rules, and can't be waived."""

_SHOWN = 12
"""So many packages are told in full; the fields have all of them."""
_LINES = 15
"""So many lines of a solver's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One rule that is waived this time, and why."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule has against an act; ``waived`` says why it doesn't count."""

    rule: str
    problem: Problem
    waived: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One thing for which an act is refused, and the rule that it breaks.

    ``channel`` is the one that lists the package, where that isn't the one that is changed.
    """

    rule: str
    problem: Problem
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What speaks against an act.

    ``addition`` are paths from the source with which everything would be installable; None where no choice of them
    is enough, or none was looked for. Not ``complete``: there may be more refusals, nobody looked for all of them.
    ``rules`` are those that were asked, `INSTALLABLE` among them.
    """

    refusals: tuple[Refusal, ...] = ()
    findings: tuple[Finding, ...] = ()
    addition: tuple[str, ...] | None = None
    machines: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    asked: int = 0
    complete: bool = True

    @property
    def passed(self) -> bool:
        """Whether the act may go on."""
        return not self.refusals and all(finding.waived is not None for finding in self.findings)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What speaks against it, one Problem a package and reason, with what to do."""
        return tuple(objection.problem for objection in self.objections)

    @property
    def objections(self) -> tuple[Objection, ...]:
        """What speaks against it, with the rule that is broken."""
        against = (
            Objection(rule=finding.rule, problem=finding.problem) for finding in self.findings if finding.waived is None
        )
        return (*_refused(self.refusals, self.addition), *against)

    def beside(self, channel: str, other: "Verdict") -> "Verdict":
        """Add what the gate of a channel says that stands on the changed one."""
        refused = tuple(replace(one, channel=channel) for one in other.refusals)
        return replace(
            self,
            refusals=(*self.refusals, *refused),
            addition=self.addition if not refused else None,
            machines=tuple(dict.fromkeys((*self.machines, *other.machines))),
            rules=tuple(dict.fromkeys((*self.rules, *other.rules))),
            asked=self.asked + other.asked,
            complete=self.complete and other.complete,
        )

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def fields(self) -> dict[str, object]:
        """Give everything as values that JSON has."""
        return {
            "passed": self.passed,
            "asked": self.asked,
            "machines": list(self.machines),
            "rules": list(self.rules),
            "complete": self.complete,
            "refusals": [_refusal_fields(one) for one in self.refusals],
            "addition": None if self.addition is None else list(self.addition),
            "findings": [_finding_fields(one) for one in self.findings],
        }


def _lines(verdict: Verdict) -> Iterator[str]:
    if verdict.passed:
        yield f"the gate lets it pass: {_packages(verdict.asked)} asked about, on {', '.join(verdict.machines)}"
    else:
        yield "the gate refuses it"
    problems = verdict.problems
    for problem in problems[:_SHOWN]:
        yield ""
        yield str(problem)
        if problem.hint:
            yield f"hint: {problem.hint}"
    if len(problems) > _SHOWN:
        yield f"\n… and {'' if verdict.complete else 'at least '}{len(problems) - _SHOWN} more."
    if verdict.addition:
        yield "\nIt would pass together with:"
        yield from (f"  {path}" for path in verdict.addition)
    yield from _waived(verdict.findings)


def _waived(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.waived is not None:
            yield f"\nWaived ({finding.rule}): {finding.problem}\nreason: {finding.waived}"


def _refused(refusals: Sequence[Refusal], addition: tuple[str, ...] | None) -> Iterator[Objection]:
    """Tell a package once for all machines on which the solver says the same."""
    together: defaultdict[tuple[str, str, Kind, str], list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        together[refusal.channel, refusal.path, refusal.kind, refusal.words].append(refusal)
    for (channel, path, kind, words), same in together.items():
        machines = ", ".join(sorted(one.machine for one in same))
        verb = _VERBS[kind, same[0].undecided]
        what = f"{path} of {channel}, which stands on this channel," if channel else path
        told = Problem(what=f"{what} {verb} on {machines}:\n{_indented(words)}", hint=_hint(same[0], addition))
        yield Objection(rule=INSTALLABLE, problem=told, channel=channel)


_VERBS: Mapping[tuple[Kind, bool], str] = {
    (Kind.ARRIVAL, False): "couldn't be installed",
    (Kind.LOSS, False): "could be installed, and couldn't be any more",
    (Kind.ARRIVAL, True): "may be uninstallable, nobody knows,",
    (Kind.LOSS, True): "could be installed, and nobody knows whether it still could,",
}


def _hint(refusal: Refusal, addition: tuple[str, ...] | None) -> str:
    if refusal.undecided:
        return "the solver gave up; try again, or with fewer packages at a time"
    if addition:
        return "let what it needs come along, see below"
    if refusal.channel:
        return f"let what it needs stay, or change {refusal.channel} first"
    if refusal.kind is Kind.LOSS:
        return "let what it needs stay, or take this package away as well"
    return "let what it needs come first, or leave this package out"


def _indented(words: str) -> str:
    lines = words.splitlines()
    more = [f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join(f"  {line}" for line in [*lines[:_LINES], *more])


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count:,} packages"


def _refusal_fields(refusal: Refusal) -> dict[str, object]:
    return {
        "path": refusal.path,
        "machine": refusal.machine,
        "kind": str(refusal.kind),
        "words": refusal.words,
        "undecided": refusal.undecided,
        "channel": refusal.channel,
    }


def _finding_fields(finding: Finding) -> dict[str, object]:
    where = finding.problem.where
    return {
        "rule": finding.rule,
        "path": None if where is None else str(where.file),
        "what": finding.problem.what,
        "hint": finding.problem.hint,
        "waived": finding.waived,
    }
