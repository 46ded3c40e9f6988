"""Services: all that a running forge stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ownconda.access.access import Access
from ownconda.access.audit_table import AuditTable
from ownconda.access.first_come import FirstCome
from ownconda.access.identities.certificates import CertificateIdentity
from ownconda.access.identities.id_tokens import IdTokenIdentity
from ownconda.access.limits import Limit
from ownconda.access.own_channel_table import OwnChannelTable
from ownconda.access.proof_table import ProofTable
from ownconda.access.proxies import Proxies
from ownconda.access.rates import Rates
from ownconda.access.spending_table import SpendingTable
from ownconda.access.token_table import TokenTable
from ownconda.channels.caches.caches import Caches
from ownconda.channels.channels import Channels
from ownconda.channels.folder import ForgeFolder
from ownconda.channels.gatekeeping import Gate
from ownconda.channels.journal import Journal
from ownconda.channels.tar_bz2.siblings import Siblings
from ownconda.channels.telling.noticeboard import Noticeboard
from ownconda.forge.counting import DownloadCount
from ownconda.forge.receiving import Intake
from ownconda.sites.sites import Sites


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """An open forge; ``public_url`` is empty where clients' own words say how they see it.

    ``trusted_keys`` are those of whoever exports media; ``sources_kept`` is for how many milliseconds sources stay that
    no package was made from, 0: for ever; with ``store_serves`` clients are sent to the object store for packages.
    """

    folder: ForgeFolder
    channels: Channels
    caches: Caches
    siblings: Siblings
    gate: Gate
    noticeboard: Noticeboard
    tokens: TokenTable
    access: Access
    first_come: FirstCome
    own_channels: OwnChannelTable
    certificates: CertificateIdentity
    proofs: ProofTable
    proxies: Proxies
    id_tokens: IdTokenIdentity
    audit: AuditTable
    intake: Intake
    limits: Sequence[Limit]
    rates: Rates
    spending: SpendingTable
    downloads: DownloadCount
    journal: Journal
    sites: Sites
    trusted_keys: Sequence[Path] = ()
    public_url: str = ""
    sources_kept: int = 0
    store_serves: bool = False
