"""A gate's verdict as history keeps it: who wanted what, which rules were asked, and in short what spoke against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ownconda.channels.snapshots import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that spoke against an act, in short; ``channel`` lists the package, where it isn't the changed one."""

    rule: str
    text: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdict:
    """What a channel's gate said of an act that was to be carried out; ``at`` is in milliseconds since 1970.

    ``head`` is the snapshot at which the channel stood, ``made`` the one to which a passed act led, ``about`` are all
    snapshots that were looked at, each with its channel. ``asked`` counts packages. ``reasons`` are the first of them,
    ``more`` counts the others.
    """

    channel: str
    act: Kind
    author: str
    reason: str
    at: int
    passed: bool
    head: int
    made: int | None = None
    about: tuple[tuple[str, int], ...] = ()
    rules: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    asked: int = 0
    milliseconds: int = 0
    waived: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    more: int = 0
