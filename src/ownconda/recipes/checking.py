"""Recipes checked: what every rule finds, in the severity that holds for the recipe, without what it asks to ignore."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from ownconda.errors import Problem, Where, WrongInputError
from ownconda.policy.policy import Policy
from ownconda.recipes.all_rules import BY_NAME, RULES, rule_named
from ownconda.recipes.checked import Change, CheckedOutput, CheckedRecipe, Known, RenderedRecipe
from ownconda.recipes.checks import Fault, Rule, Severity
from ownconda.recipes.editing import Edit
from ownconda.recipes.ignoring import is_ignored, wishes
from ownconda.recipes.near_names import slips

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "off")

_ABOUT_KEYS = re.compile(r"unknown (?:top-level )?field|missing .*(?:field|path)|must have either")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found: what is wrong and where, what to do, how bad it is, and the edits that mend it safely.

    ``line`` is the first one where none is known, ``field`` is empty where it is about none.
    """

    rule: Rule
    severity: Severity
    file: Path
    line: int
    field: str
    what: str
    hint: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Severities:
    """How bad what a rule finds is: by rule, and by patterns of folders; of several that fit, the last one counts."""

    rules: Mapping[str, Severity] = field(default_factory=dict)
    folders: Mapping[str, Mapping[str, Severity]] = field(default_factory=dict)

    def within(self, folder: Path) -> Mapping[str, Severity]:
        """Give what holds in a folder, for the rules that something is said about.

        A pattern fits as ``PurePath.match`` has it, for the folder or for any above it.
        """
        said = dict(self.rules)
        for pattern, inner in self.folders.items():
            if any(PurePath(one).match(pattern) for one in (folder, *folder.parents)):
                said |= inner
        return said


def severities(rules: Mapping[str, str], folders: Mapping[str, Mapping[str, str]]) -> Severities:
    """Make them from texts.

    Raises WrongInputError with everything that is wrong: a rule that doesn't exist, a word that is no severity.
    """
    named = {"rules": rules, **{f"folders.{pattern}": said for pattern, said in folders.items()}}
    problems = [problem for name, said in named.items() for problem in _misspelt(said, Where(file=f"validate.{name}"))]
    if problems:
        raise WrongInputError.of(problems)
    return Severities(rules=_checked(rules), folders={pattern: _checked(said) for pattern, said in folders.items()})


def known_of(
    recipes: Iterable[RenderedRecipe],
    *,
    policy: Policy,
    offered: Collection[str] | None = None,
    changes: Mapping[Path, Change] | None = None,
) -> Known:
    """Put together what is known beside each of the recipes that are checked together."""
    made: dict[str, CheckedOutput] = {}
    makers: dict[str, list[Path]] = {}
    asked: Counter[str] = Counter()
    for recipe in recipes:
        asked.update({spec.split()[0] for output in recipe.outputs for spec in _specs(output)})
        for output in recipe.outputs:
            made.setdefault(output.build.name, output)
            files = makers.setdefault(output.build.path, [])
            if recipe.file not in files:
                files.append(recipe.file)
    return Known(
        policy=policy,
        made=made,
        slips=slips(made),
        asked=asked,
        makers={path: tuple(files) for path, files in makers.items()},
        offered=offered,
        changes=changes or {},
        rules=BY_NAME.keys(),
    )


def check(recipe: CheckedRecipe, known: Known, severities: Severities) -> list[Finding]:
    """Give everything that is found in a recipe, in the order of its lines; each thing once."""
    said = severities.within(recipe.file.parent)
    asked = wishes(recipe.written.text)
    found: dict[Finding, None] = {}
    for rule in RULES:
        severity = said.get(rule.name, rule.severity)
        for fault in rule.check(recipe, known) if severity != "off" else ():
            if not is_ignored(rule.name, fault.where.line, asked):
                found[_finding(rule, severity, fault)] = None
    return sorted(_without_echoes(found), key=lambda one: one.line)


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """Give those that are errors."""
    return [one for one in findings if one.severity == "error"]


def _misspelt(said: Mapping[str, str], where: Where) -> Iterator[Problem]:
    for name, severity in said.items():
        try:
            rule_named(name)
        except WrongInputError as error:
            yield from (replace(problem, where=where) for problem in error.problems)
        if severity not in SEVERITIES:
            what = f"{severity!r} is no severity for {name}"
            yield Problem(what=what, where=where, hint=f"write {', '.join(SEVERITIES)}")


def _specs(output: CheckedOutput) -> tuple[str, ...]:
    needs = output.build.requirements
    return (*needs.build, *needs.host, *needs.run, *needs.run_constraints, *needs.test)


def _without_echoes(findings: Collection[Finding]) -> Iterator[Finding]:
    """Leave out the renderer's own words about keys where the misspelt ones are told, each with its place."""
    keys_are_told = any(one.rule.name == "unknown-key" and one.severity == "error" for one in findings)
    for one in findings:
        if not (keys_are_told and one.rule.name == "unreadable-recipe" and _ABOUT_KEYS.search(one.what)):
            yield one


def _finding(rule: Rule, severity: Severity, fault: Fault) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        file=Path(fault.where.file),
        line=fault.where.line or 1,
        field=fault.where.field or "",
        what=" ".join(fault.what.split()),
        hint=fault.hint,
        edits=fault.edits,
    )


def _checked(said: Mapping[str, str]) -> Mapping[str, Severity]:
    return {name: one for name, severity in said.items() for one in SEVERITIES if one == severity}
