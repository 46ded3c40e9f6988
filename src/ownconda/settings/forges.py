"""What can be set about a forge: its channels, caches, machines, and how it is reached."""

from dataclasses import dataclass, field
from pathlib import Path

import typed_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """A channel of a forge: where its packages are promoted from, and whether a gate checks what it becomes.

    ``archive`` is the channel that keeps all that ever entered this one; ``base`` and ``overrides`` are the channels
    that it stands on and stands before (CEP 42). The others are rules of the gate: for how many ``days`` a package has
    to have been where it is promoted from, which kinds of sidecars it needs (``provenance``, ``sbom``, ``publish``,
    ``signatures``), that its newest version doesn't get lower, that no variant is lost, and that the ``tests`` of what
    needs it have passed with it. ``snapshots`` is for how long a snapshot without a tag is kept when a newer one took
    its place, such as ``90 days`` (empty: for ever). ``current_repodata`` has current_repodata.json written for clients
    that ask for it; ``tar_bz2`` lets clients older than conda 4.7 have every package as .tar.bz2, from the channel's
    sibling ``<channel>.tar-bz2``.
    """

    promoted_from: str = ""
    gated: bool = False
    archive: str = ""
    base: str = ""
    overrides: str = ""
    days: float = 0.0
    provenance: list[str] = field(default_factory=list)
    no_downgrade: bool = False
    no_variant_lost: bool = False
    tests: bool = False
    current_repodata: bool = False
    tar_bz2: bool = False
    snapshots: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """A cache of the channel at ``url``: what is asked for there is fetched once, checked and kept.

    An index is asked for again after so many ``minutes``. What is let through: packages that have been listed for so
    many ``days``, that one of ``specs`` chooses (without any: all), that none of ``held`` does, and whose licence the
    policy takes. What nobody asked for within ``kept``, such as ``90 days``, may go, and what makes it more than
    ``gigabytes`` (empty and 0: nothing goes).
    """

    url: str = ""
    minutes: float = 10.0
    days: float = 0.0
    specs: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    kept: str = ""
    gigabytes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings:
    """A kind of machine that packages have to be installable on: what it has, such as ``__glibc=2.28``."""

    subdir: str = "linux-64"
    virtual_packages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeSettings:
    """The forge that commands talk to, with a ``token``, or in a GitLab job with its ``id_token``.

    For a forge itself: its ``channels`` (without any: the default ones), and the ``machines`` that its gates ask about
    (where a subdir has none: the usual one). ``journal`` is a file in a second place that is told of every file's name
    and checksum before an upload is acknowledged. ``count_downloads`` is to be off where a web server stands before it
    and its logs are counted: ``ownconda forge count-downloads``. ``public_url`` is the address by which clients see it
    (default: the one that each request is for). ``caches`` are channels elsewhere that it keeps what was asked for of.
    ``sources_kept`` is for how long the forge keeps upstream archives that no package which it keeps was made from,
    since they came or were asked for last, such as ``90 days`` (empty: for ever; the others always stay).
    ``proxies`` are the networks (CIDR) of web servers that stand before it: they alone are believed where a request
    comes from, which user they authenticated (``user_header``), and which certificate they were shown
    (``certificate_header``, as nginx's ``$ssl_client_escaped_cert``). With ``tls_certificate`` and ``tls_key`` it ends
    TLS itself; with ``client_certificates`` it lets nobody connect who has none of its own authority. ``database`` is
    the address of a PostgreSQL database for its ledger, such as ``postgresql://user:password@host/database``; several
    processes may then serve one folder. Without it the ledger is a file in the folder. ``store`` is the address of an
    object store for its files, such as ``s3://bucket/prefix``; processes on several machines then need no folder in
    common. Without it files are in the folder. With ``store_serves`` clients are sent there for packages, by an address
    that is signed for some minutes; with ``publish`` channels that everybody may read are there as plain files, too,
    below ``public``. Its ``log`` is lines of ``text``
    or of ``json``; with ``log_requests`` each request is in it. ``leader_token`` is what it shows to a forge that it
    follows.
    """

    url: str = "http://127.0.0.1:8765"
    token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    id_token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    caches: dict[str, CacheSettings] = field(default_factory=dict)
    machines: dict[str, MachineSettings] = field(default_factory=dict)
    database: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
    store: str = ""
    store_serves: bool = False
    publish: bool = False
    journal: Path | None = None
    count_downloads: bool = True
    public_url: str = ""
    sources_kept: str = ""
    proxies: list[str] = field(default_factory=list)
    user_header: str = ""
    certificate_header: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    client_certificates: bool = False
    log: str = "text"
    log_requests: bool = False
    leader_token: typed_settings.SecretStr = field(default_factory=typed_settings.SecretStr)
