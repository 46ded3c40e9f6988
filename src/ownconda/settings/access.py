"""What can be set about who may do what in a forge."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Who may do what in a forge.

    ``who`` are ``anybody``, or patterns such as ``pipeline:own/*``, ``pipeline:own/zlib@main``, ``person:ann``,
    ``group:packagers``, ``token:nightly``, ``certificate:build-*``, ``user:ann``. ``may`` are actions: ``read``,
    ``upload``, ``promote``, ``manage``, ``waive``, ``watch``, ``purge``, ``create``, ``administer``. ``channels`` and
    ``names`` (of packages) are patterns. Pipelines can be asked to be of a ``protected`` ref or of some
    ``environments``; ``networks`` are the addresses (CIDR) that requests have to come from.
    """

    who: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=lambda: ["*"])
    names: list[str] = field(default_factory=lambda: ["*"])
    protected: bool = False
    environments: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSettings:
    """Who vouches for ``pipelines`` or ``people`` (``kind``), by OpenID Connect.

    ``url`` is its address as its id tokens name it; ``audience`` is whom they have to be for: for people the id of the
    application that they log in to (default, for pipelines: ``forge.public_url``).
    """

    url: str = ""
    kind: str = "pipelines"
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How much some may bring to some channels, and how often: what is 0 isn't limited.

    ``who`` and ``channels`` are patterns as in rules. A package may have so many megabytes, a channel hold so many
    gigabytes of packages, somebody bring so many gigabytes a day (UTC), and send so many requests a minute that write.
    Where several are about somebody, the most generous counts.
    """

    who: list[str] = field(default_factory=lambda: ["anybody"])
    channels: list[str] = field(default_factory=lambda: ["*"])
    package_megabytes: float = 0.0
    channel_gigabytes: float = 0.0
    gigabytes_a_day: float = 0.0
    requests_a_minute: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Who may what in a forge, by ``rules``: what none of them allows is denied, but for what a token was made for.

    Without any rules everybody may read. ``issuers`` vouch for pipelines and people. ``names`` are package names and
    patterns of them, each with whom it belongs to: nobody else may upload packages that are called so. With
    ``first_come``, a name that isn't among them is closed to every pipeline but those of the project that brought it
    first. ``limits`` say how much anybody may bring.
    """

    rules: dict[str, RuleSettings] = field(default_factory=dict)
    issuers: dict[str, IssuerSettings] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    first_come: bool = True
    limits: dict[str, LimitSettings] = field(default_factory=dict)
