"""What settings say of a forge, as its rooms have it."""

from dataclasses import asdict, dataclass

from ownconda.access.access import Access
from ownconda.access.identities.issuers import Issuer, read_issuer
from ownconda.access.limits import Limit, read_limit
from ownconda.access.proxies import Proxies, read_proxies
from ownconda.access.rule_settings import read_access
from ownconda.channels.caches.terms import CacheTerms, read_cache
from ownconda.channels.charter_settings import read_charter
from ownconda.channels.charters import Charter
from ownconda.channels.gatekeeping import Gate
from ownconda.channels.retention import read_sources_kept
from ownconda.conda.machines import read_machine
from ownconda.errors import Where, WrongInputError
from ownconda.forge.own_address import read_public_url
from ownconda.policy.glibc import is_version
from ownconda.policy.licences import Licences
from ownconda.settings.tree import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All that settings say of a forge, and that was found to make sense."""

    charters: tuple[Charter, ...]
    caches: tuple[CacheTerms, ...]
    gate: Gate
    access: Access
    issuers: tuple[Issuer, ...]
    limits: tuple[Limit, ...]
    proxies: Proxies
    public_url: str
    sources_kept: int
    store_serves: bool
    publish: bool


def read_configuration(settings: Settings) -> Configuration:
    """Read it before anything is opened. Raises WrongInputError for what can't be meant."""
    return Configuration(
        charters=_charters(settings),
        caches=_caches(settings),
        gate=_gate(settings),
        access=_access(settings),
        issuers=_issuers(settings),
        limits=_limits(settings),
        proxies=_proxies(settings),
        public_url=read_public_url(settings.forge.public_url),
        sources_kept=_sources_kept(settings),
        store_serves=_with_store(settings, "store_serves"),
        publish=_with_store(settings, "publish"),
    )


def _access(settings: Settings) -> Access:
    """Tell who may what, and whose names are whose. Raises WrongInputError for a rule that can't be read."""
    rules = {name: asdict(one) for name, one in settings.access.rules.items()}
    return read_access(rules, settings.access.names, first_come=settings.access.first_come)


def _limits(settings: Settings) -> tuple[Limit, ...]:
    """Tell how much callers may bring, and how often. Raises WrongInputError for a limit that can't be meant."""
    return tuple(read_limit(name, **asdict(one)) for name, one in settings.access.limits.items())


def _proxies(settings: Settings) -> Proxies:
    """Tell which web servers stand before the forge. Raises WrongInputError."""
    said = settings.forge
    return read_proxies(said.proxies, user_header=said.user_header, certificate_header=said.certificate_header)


def _issuers(settings: Settings) -> tuple[Issuer, ...]:
    """Tell who vouches for pipelines and people. Raises WrongInputError for one that can't be meant."""
    own = settings.forge.public_url.rstrip("/")
    return tuple(
        read_issuer(name, url=one.url, kind=one.kind, audience=one.audience or (own if one.kind == "pipelines" else ""))
        for name, one in settings.access.issuers.items()
    )


def _charters(settings: Settings) -> tuple[Charter, ...]:
    """Tell what the channels are for, as far as that is set. Raises WrongInputError."""
    return tuple(read_charter(name, asdict(one)) for name, one in settings.forge.channels.items())


def _with_store(settings: Settings, option: str) -> bool:
    chosen = bool(getattr(settings.forge, option))
    if chosen and not settings.forge.store:
        raise WrongInputError(
            "no object store is set that could serve", where=Where(file=f"forge.{option}"), hint="set forge.store"
        )
    if chosen and settings.forge.store.startswith("file:"):
        hint = "unset it, or set forge.store to a bucket, for example s3://bucket/prefix"
        raise WrongInputError("a folder can't serve", where=Where(file=f"forge.{option}"), hint=hint)
    return chosen


def _sources_kept(settings: Settings) -> int:
    """Tell how long sources stay that nothing was made from, in milliseconds, 0: for ever. Raises WrongInputError."""
    return read_sources_kept(settings.forge.sources_kept)


def _caches(settings: Settings) -> tuple[CacheTerms, ...]:
    """Tell which channels elsewhere are to be kept of what is asked for, and how. Raises WrongInputError."""
    licences = _gate(settings).licences
    return tuple(read_cache(name, asdict(one), licences) for name, one in settings.forge.caches.items())


def _gate(settings: Settings) -> Gate:
    """Tell what holds for all gated channels. Raises WrongInputError for a machine or a version that can't be read."""
    policy = settings.policy
    if policy.glibc and not is_version(policy.glibc):
        raise WrongInputError(
            f"{policy.glibc!r} is no version", where=Where(file="policy.glibc"), hint="for example 2.28"
        )
    licences = Licences(allowed=tuple(policy.licences_allowed), denied=tuple(policy.licences_denied))
    return Gate(
        machines=tuple(
            read_machine(name, one.subdir, one.virtual_packages) for name, one in settings.forge.machines.items()
        ),
        glibc=policy.glibc,
        licences=licences if licences != Licences() else None,
    )
