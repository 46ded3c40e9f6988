"""Charter: what a channel is for, and what its snapshots are held to."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ownconda.conda.names import check_channel_name
from ownconda.errors import Problem, WrongInputError

AT = ".at."
"""What stands between a channel's name and the snapshot, tag or date at which it is looked at."""

TAR_BZ2 = ".tar-bz2"
"""What stands behind a channel's name where it is looked at as clients older than conda 4.7 can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """One channel: where its packages are promoted from, whether a gate checks what it becomes.

    ``archive`` names the channel that keeps all that ever entered this one; ``base`` and ``overrides`` are the channels
    that it stands on and stands before (CEP 42). ``snapshots`` is for how many milliseconds a snapshot without a tag is
    kept when a newer one took its place (0: for ever). The others are rules of the gate: for how many days a package
    has to have been where it is promoted from, which kinds of sidecars it needs, that its newest version doesn't get
    lower, that no variant is lost, and that the tests of what needs it have passed with it. ``current_repodata`` has
    that file written beside each index. ``tar_bz2`` lets older clients have every package as .tar.bz2 in a sibling.
    """

    name: str
    promoted_from: str = ""
    gated: bool = False
    archive: str = ""
    base: str = ""
    overrides: str = ""
    days: float = 0.0
    provenance: tuple[str, ...] = ()
    no_downgrade: bool = False
    no_variant_lost: bool = False
    tests: bool = False
    current_repodata: bool = False
    tar_bz2: bool = False
    snapshots: int = 0


DEFAULT_CHARTERS = (
    Charter(name="experimental"),
    Charter(name="testing", promoted_from="experimental"),
    Charter(name="staging", promoted_from="testing"),
    Charter(name="stable", promoted_from="staging", gated=True, archive="archive"),
    Charter(name="archive"),
)


def default_charters(names: Collection[str]) -> tuple[Charter, ...]:
    """Give what channels of these names are for when nothing is set; they know only each other."""
    return tuple(
        replace(
            one,
            promoted_from=one.promoted_from if one.promoted_from in names else "",
            archive=one.archive if one.archive in names else "",
        )
        for one in DEFAULT_CHARTERS
        if one.name in names
    )


def check_charters(charters: Sequence[Charter]) -> None:
    """Check that charters fit together.

    Raises WrongInputError that tells all that is wrong with any of them.
    """
    problems = [problem for charter in charters for problem in _problems(charter, charters)]
    twice = [name for name, count in Counter(one.name for one in charters).items() if count > 1]
    problems += [Problem(what=f"the channel {name!r} is given twice") for name in twice]
    if problems:
        raise WrongInputError.of(problems)


def check_name(name: str) -> None:
    """Check that a channel of a forge may be called so. Raises WrongInputError."""
    check_channel_name(name)
    if name == "t":
        raise WrongInputError("'t' can't be a channel's name: what follows it in an address is a token for conda")
    if AT in name:
        hint = f"stable{AT}2026-11-20 is the channel stable as it was then"
        raise WrongInputError(f"{name!r} can't be a channel's name: it holds {AT!r}", hint=hint)
    if name.endswith(TAR_BZ2):
        hint = f"stable{TAR_BZ2} is the channel stable with .tar.bz2 files, where the setting tar_bz2 is true"
        raise WrongInputError(f"{name!r} can't be a channel's name: it ends in {TAR_BZ2!r}", hint=hint)


def _problems(charter: Charter, charters: Sequence[Charter]) -> list[Problem]:
    check_name(charter.name)
    others = {one.name: one for one in charters if one.name != charter.name}
    named = {
        "is promoted from": charter.promoted_from,
        "is archived in": charter.archive,
        "stands on": charter.base,
        "overrides": charter.overrides,
    }
    problems = [
        Problem(what=f"the channel {charter.name!r} {how} {other!r}, which isn't another channel of this forge")
        for how, other in named.items()
        if other and other not in others
    ]
    if charter.archive in others and others[charter.archive].archive:
        problems.append(Problem(what=f"{charter.archive!r} is an archive and can't have one itself"))
    if charter.base and charter.base == charter.overrides:
        problems.append(Problem(what=f"{charter.name!r} can't both stand on {charter.base!r} and override it (CEP 42)"))
    return problems
