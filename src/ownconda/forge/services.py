"""Services: all that a running forge stands on, opened together and closed together."""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from ownconda.access.access import Access
from ownconda.access.audit_table import AuditTable
from ownconda.access.authority import Authority
from ownconda.access.identities.certificates import CertificateIdentity
from ownconda.access.identities.id_tokens import IdTokenIdentity
from ownconda.access.identities.issuers import Issuer
from ownconda.access.identities.proxied import ProxiedUserIdentity
from ownconda.access.identities.signing_keys import SigningKeys, fetch_keys
from ownconda.access.identities.tokens import TokenIdentity
from ownconda.access.proof_table import ProofTable
from ownconda.access.proxies import Proxies
from ownconda.access.token_table import TokenTable
from ownconda.channels.caches.caches import Caches
from ownconda.channels.caches.evicting import forget_caches
from ownconda.channels.caches.terms import check_caches
from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gatekeeping import Gate
from ownconda.channels.journal import Journal, open_journal
from ownconda.channels.opening import milliseconds, open_channels
from ownconda.channels.tar_bz2.siblings import Siblings
from ownconda.channels.telling.noticeboard import Noticeboard
from ownconda.forge.configuration import access, caches, charters, gate, issuers, proxies
from ownconda.forge.counting import DownloadCount, counting
from ownconda.forge.own_address import read_public_url
from ownconda.forge.receiving import LARGEST_REQUEST, Intake
from ownconda.settings import Settings
from ownconda.wires.http import session

NO_SETTINGS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """An open forge; ``public_url`` is empty where clients' own words say how they see it."""

    folder: ForgeFolder
    channels: Channels
    caches: Caches
    siblings: Siblings
    gate: Gate
    noticeboard: Noticeboard
    tokens: TokenTable
    access: Access
    certificates: CertificateIdentity
    proofs: ProofTable
    proxies: Proxies
    id_tokens: IdTokenIdentity
    audit: AuditTable
    intake: Intake
    downloads: DownloadCount
    journal: Journal
    public_url: str = ""


@contextlib.contextmanager
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
    folder, public_url = ForgeFolder(root=root), read_public_url(settings.forge.public_url)
    trusted = issuers(settings)
    said, journal, elsewhere = access(settings), open_journal(settings.forge.journal), caches(settings)
    before = proxies(settings)
    with (
        open_channels(folder, charters(settings), gate=gate(settings), journal=journal) as channels,
        counting(channels.ledger.engine, channels.now, off=not settings.forge.count_downloads) as downloads,
    ):
        noticeboard = Noticeboard(channels.ledger.engine, folder)
        for name in channels.names():
            noticeboard.refresh(name, now=milliseconds())
        check_caches(elsewhere, channels.names())
        forget_caches(folder, channels.names())
        tokens, audit = TokenTable(channels.ledger.engine), AuditTable(channels.ledger.engine, channels.now)
        certificates = CertificateIdentity(Authority(folder.authority), channels.now)
        with (
            session(ca_file=settings.ca_file, retries=0) as web,
            Caches(elsewhere, folder, channels.store, ca_file=settings.ca_file, clock=channels.now) as opened,
            Siblings(channels) as siblings,
        ):
            vouched = _id_tokens(trusted, web, channels.now)
            yield Services(
                folder=folder,
                channels=channels,
                caches=opened,
                siblings=siblings,
                gate=gate(settings),
                noticeboard=noticeboard,
                tokens=tokens,
                access=replace(
                    said,
                    identities=[
                        TokenIdentity(tokens, channels.now, audit),
                        vouched,
                        certificates,
                        ProxiedUserIdentity(),
                    ],
                ),
                id_tokens=vouched,
                certificates=certificates,
                proofs=ProofTable(channels.ledger.engine),
                proxies=before,
                audit=audit,
                intake=Intake(folder=folder.incoming, largest=largest_upload, keep_free=keep_free),
                downloads=downloads,
                journal=journal,
                public_url=public_url,
            )


def _id_tokens(trusted: Sequence[Issuer], web: requests.Session, clock: Callable[[], int]) -> IdTokenIdentity:
    fetch = functools.partial(fetch_keys, web=web)
    return IdTokenIdentity(trusted, {one.url: SigningKeys(one.url, fetch) for one in trusted}, clock)
