"""A serving forge that follows another one meanwhile, where its ledger says so."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ownconda.channels.ledger.following import following
from ownconda.forge.services import Services
from ownconda.forge_client.client import ForgeClient
from ownconda.forge_client.credentials import credentials_file, stored_token
from ownconda.journeys.following import following_meanwhile
from ownconda.settings.tree import Settings


@contextmanager
def following_if_set(services: Services, settings: Settings) -> Iterator[None]:
    """Bring what the leader has while the block runs, if there is one with an address."""
    told = following(services.channels.ledger.engine)
    if told is None or not told.url:
        yield
        return
    token = str(settings.forge.leader_token) or stored_token(credentials_file(os.environ), told.url)
    leader = ForgeClient(told.url, token=token, ca_file=settings.ca_file)
    with following_meanwhile(services.channels, leader, lambda: follow_up(services)):
        yield


def follow_up(services: Services) -> None:
    """Show notices, which web servers before the forge serve as files, as they came; forget pages of what is gone."""
    services.own_channels.refresh()
    services.sites.tidy()
    for name in services.channels.names():
        services.noticeboard.refresh(name, now=services.channels.now())
