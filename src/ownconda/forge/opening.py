"""A forge opened: what its settings say, and all that it stands on, opened together and closed together."""

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from ownconda.access.audit_table import AuditTable
from ownconda.access.authority import Authority
from ownconda.access.first_come import FirstCome
from ownconda.access.identities.certificates import CertificateIdentity
from ownconda.access.identities.id_tokens import IdTokenIdentity
from ownconda.access.identities.issuers import Issuer
from ownconda.access.identities.proxied import ProxiedUserIdentity
from ownconda.access.identities.signing_keys import SigningKeys, fetch_keys
from ownconda.access.identities.tokens import TokenIdentity
from ownconda.access.own_channel_table import OwnChannelTable
from ownconda.access.proof_table import ProofTable
from ownconda.access.rates import Rates
from ownconda.access.spending_table import SpendingTable
from ownconda.access.token_table import TokenTable
from ownconda.channels.caches.caches import Caches
from ownconda.channels.caches.evicting import forget_caches
from ownconda.channels.caches.terms import check_caches
from ownconda.channels.channels import Channels
from ownconda.channels.folder import forge_folder
from ownconda.channels.journal import open_journal
from ownconda.channels.ledger.first_authors import first_authors
from ownconda.channels.ledger.following import leads
from ownconda.channels.opening import milliseconds, open_channels
from ownconda.channels.tar_bz2.siblings import Siblings
from ownconda.channels.telling.noticeboard import Noticeboard
from ownconda.forge.configuration import Configuration, read_configuration
from ownconda.forge.counting import DownloadCount, counting
from ownconda.forge.publishing import publishing
from ownconda.forge.receiving import LARGEST_REQUEST, Intake
from ownconda.forge.services import Services
from ownconda.forge.static_page import show_static_page
from ownconda.settings.tree import Settings
from ownconda.sites.sites import Sites
from ownconda.wires.http import session

NO_SETTINGS = Settings()


@contextmanager
def open_services(
    root: Path,
    *,
    settings: Settings = NO_SETTINGS,
    largest_upload: int = LARGEST_REQUEST,
    keep_free: int | None = None,
) -> Iterator[Services]:
    """Hold the forge in the folder ``root`` open while the block runs; the limits are those of `Intake`, in bytes.

    Raises WrongInputError when there is none, OutsideError when another process has it open.
    """
    said, place = read_configuration(settings), forge_folder(root, str(settings.forge.database), settings.forge.store)
    journal = open_journal(settings.forge.journal)
    with (
        open_channels(place, said.charters, gate=said.gate, journal=journal) as channels,
        counting(channels.ledger.engine, channels.now, off=not settings.forge.count_downloads) as downloads,
    ):
        folder, noticeboard = channels.folder, _shown(channels)  # the folder with a desk of this process
        check_caches(said.caches, channels.names())
        forget_caches(folder, channels.names())
        with (
            session(ca_file=settings.ca_file, retries=0) as web,
            Caches(said.caches, folder, channels.store.near, ca_file=settings.ca_file, clock=channels.now) as caches,
            Siblings(channels) as siblings,
        ):
            opened = _Opened(channels, caches, siblings, noticeboard, downloads, web)
            intake = Intake(folder=folder.incoming, largest=largest_upload, keep_free=keep_free)
            services = replace(_services(said, opened, intake), trusted_keys=tuple(settings.signing.trusted_keys))
            with _publishing(services) if said.publish else nullcontext():
                yield services


@contextmanager
def _publishing(services: Services) -> Iterator[None]:
    if services.folder.bucket is None:
        yield
        return
    access = replace(services.access, own=services.own_channels.all_now)
    with publishing(services.channels, access, services.folder.bucket):
        yield


@dataclass(frozen=True, slots=True)
class _Opened:
    """What has to be closed again."""

    channels: Channels
    caches: Caches
    siblings: Siblings
    noticeboard: Noticeboard
    downloads: DownloadCount
    web: requests.Session


def _shown(channels: Channels) -> Noticeboard:
    """Let clients see what lies beside indexes."""
    noticeboard = Noticeboard(channels.ledger.engine, channels.folder)
    for name in channels.names():
        noticeboard.refresh(name, now=milliseconds())
        show_static_page(channels.folder.channel(name))
    return noticeboard


def _services(said: Configuration, opened: _Opened, intake: Intake) -> Services:
    channels = opened.channels
    engine, folder, clock = channels.ledger.engine, channels.folder, channels.now
    tokens, audit = TokenTable(engine), AuditTable(engine, clock)
    settled = [charter.name for charter in said.charters]
    own = OwnChannelTable(engine, clock, settled=settled, known=lambda: len(channels.names()))
    id_tokens = _id_tokens(said.issuers, opened.web, clock)
    certificates = CertificateIdentity(Authority(folder.authority), clock)
    identities = (TokenIdentity(tokens, clock, audit), id_tokens, certificates, ProxiedUserIdentity())
    return Services(
        folder=folder,
        channels=channels,
        caches=opened.caches,
        siblings=opened.siblings,
        gate=said.gate,
        noticeboard=opened.noticeboard,
        tokens=tokens,
        access=replace(said.access, own=own.all, identities=identities),
        own_channels=own,
        first_come=FirstCome(engine, functools.partial(first_authors, engine)),
        id_tokens=id_tokens,
        certificates=certificates,
        proofs=ProofTable(engine),
        proxies=said.proxies,
        audit=audit,
        intake=intake,
        limits=said.limits,
        rates=Rates(time.monotonic),
        spending=SpendingTable(engine),
        downloads=opened.downloads,
        journal=channels.journal,
        sites=_sites(channels),
        public_url=said.public_url,
        sources_kept=said.sources_kept,
        store_serves=said.store_serves,
    )


def _sites(channels: Channels) -> Sites:
    folder, store = channels.folder, channels.store
    sites = Sites(
        notes=folder.docs, pages=folder.docs_pages, incoming=folder.incoming, store=store, shelf=channels.shelf
    )
    if leads(channels.ledger.engine):
        sites.drop_leftovers()
    sites.tidy()
    return sites


def _id_tokens(trusted: Sequence[Issuer], web: requests.Session, clock: Callable[[], int]) -> IdTokenIdentity:
    fetch = functools.partial(fetch_keys, web=web)
    return IdTokenIdentity(trusted, {one.url: SigningKeys(one.url, fetch) for one in trusted}, clock)
