"""A set of packages judged by their licences: what is missing, what the policy takes, and what reaches copyleft."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ownconda.conda.package_licences import PackageLicence
from ownconda.conda.versions import version_key
from ownconda.errors import Problem
from ownconda.graph.queries import reach, way
from ownconda.policy.copyleft import Copyleft, copyleft_of
from ownconda.policy.licences import Licences, canonical, objection, proposal

REQUIREMENT, LINK = "requires", "links"
_NAME = re.compile(r"(?:.*::)?\s*([A-Za-z0-9_.-]+)")

Links = Mapping[str, Collection[str]]
"""The names of packages whose libraries each package's files are linked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A package: its licence as an SPDX ``expression`` (empty where it says none), what is ``missing`` or refused."""

    licence: PackageLicence
    expression: str
    copyleft: Copyleft
    missing: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """A package that needs one under copyleft: along ``way``, by requirements to run or by linking."""

    name: str
    target: str
    copyleft: Copyleft
    way: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A licence's full text, and which packages have it under which name."""

    id: str
    content: str = field(repr=False)
    owners: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What there is to say of a set: each package, who reaches copyleft, all texts; ``unread`` weren't looked into.

    ``limits`` are sentences on what the report doesn't know.
    """

    subject: str
    packages: tuple[Judged, ...]
    reaching: tuple[Reaching, ...]
    texts: tuple[Text, ...]
    unread: tuple[Problem, ...]
    limits: tuple[str, ...]

    @property
    def is_fine(self) -> bool:
        """Tell whether nothing is missing, unread or refused."""
        return not self.unread and not any(one.missing or one.refused for one in self.packages)


def judge(
    subject: str,
    licences: Iterable[PackageLicence],
    policy: Licences,
    *,
    links: Links | None = None,
    unread: Sequence[Problem] = (),
) -> Report:
    """Judge a set of packages; ``links`` are None where nobody looked into their files."""
    ordered = sorted(licences, key=lambda one: (one.name, version_key(one.version), one.build, one.subdir))
    judged = tuple(_judged(one, policy) for one in ordered)
    return Report(
        subject=subject,
        packages=judged,
        reaching=(
            *_reaching(judged, _requirements(judged), REQUIREMENT),
            *_reaching(judged, links or {}, LINK),
        ),
        texts=tuple(_texts(judged)),
        unread=tuple(unread),
        limits=tuple(_limits(judged, links)),
    )


def _judged(one: PackageLicence, policy: Licences) -> Judged:
    expression = canonical(one.said) or proposal(one.said) or ""
    return Judged(
        licence=one,
        expression=expression,
        copyleft=copyleft_of(expression) if expression else Copyleft.NONE,
        missing=tuple(_missing(one, expression)),
        refused=objection(one.said, policy) or "",
    )


def _missing(one: PackageLicence, expression: str) -> Iterator[str]:
    if not one.said:
        yield "it doesn't say its licence"
    elif not expression:
        yield f"{one.said!r} is no SPDX expression: nothing is known of its copyleft"
    if not one.is_empty and not any(text.strip() for text in one.texts.values()):
        yield "it has no file with its licence's text"


def _requirements(packages: Sequence[Judged]) -> Links:
    names = {one.licence.name for one in packages}
    needs: defaultdict[str, set[str]] = defaultdict(set)
    for one in packages:
        named = (found[1].lower() for spec in one.licence.depends if (found := _NAME.match(spec)))
        needs[one.licence.name] |= {name for name in named if name in names}
    return needs


def _reaching(packages: Sequence[Judged], edges: Links, by: str) -> Iterator[Reaching]:
    users: defaultdict[str, set[str]] = defaultdict(set)
    for name, needed in edges.items():
        for one in needed:
            users[one].add(name)
    for target, level in sorted(_under_copyleft(packages).items(), key=lambda one: (-one[1], one[0])):
        reached = reach(lambda name: sorted(users[name]), [target])
        for name in sorted(reached.keys() - {target}):
            yield Reaching(name=name, target=target, copyleft=level, way=way(reached, name), by=by)


def _under_copyleft(packages: Sequence[Judged]) -> Mapping[str, Copyleft]:
    """Give the names of packages under copyleft; of several versions, the one that asks most counts."""
    found: dict[str, Copyleft] = {}
    for one in packages:
        if one.copyleft > found.get(one.licence.name, Copyleft.NONE):
            found[one.licence.name] = one.copyleft
    return found


def _texts(packages: Sequence[Judged]) -> Iterator[Text]:
    """Give each text once, however many packages have it."""
    owners: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in packages:
        for name, text in one.licence.texts.items():
            owners[text].append((one.licence.file, name))
    for text, those in owners.items():
        yield Text(id=hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12], content=text, owners=tuple(those))


def _limits(packages: Sequence[Judged], links: Links | None) -> Iterator[str]:
    yield "Copyleft is told by the names of SPDX licences; what it asks in a case is for a lawyer to say."
    yield "Requirements are those that packages say themselves, by name; what is only optional isn't followed."
    names = [one.licence.name for one in packages]
    if len(set(names)) < len(names):
        yield "Of several builds of a name, what any of them requires counts."
    if links is None:
        yield "Linking isn't told: packages don't note it, and only the files of a prefix are looked into."
    else:
        yield "Linking is what the ELF files of the prefix name (DT_NEEDED); what programs load later isn't seen."
