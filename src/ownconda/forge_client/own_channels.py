"""Channels of a forge that people make, and who may what in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ownconda.forge_client.client import ForgeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedInfo:
    """Who may what in a channel that somebody made: actions by patterns of principals."""

    channel: str
    private: bool
    granted: Mapping[str, tuple[str, ...]]


def create_channel(forge: ForgeClient, name: str, *, base: str, public: bool, owners: Sequence[str]) -> GrantedInfo:
    """Make a channel, which is the caller's where no owners are named."""
    body = {"name": name, "base": base, "public": public, "owners": list(owners)}
    return _granted(forge.ask("POST", "channels", json=body))


def granted(forge: ForgeClient, channel: str) -> GrantedInfo:
    """Tell who may what in a channel, to those who may say so."""
    return _granted(forge.ask("GET", f"channels/{_quoted(channel)}/access"))


def all_granted(forge: ForgeClient) -> tuple[GrantedInfo, ...]:
    """Tell who may what in all channels that people made."""
    return tuple(map(_granted, forge.ask("GET", "access/channels")["channels"]))


def first_and_base(forge: ForgeClient, channel: str, name: str) -> tuple[str | None, str]:
    """Tell who brought a package name to the forge first, if anybody did, and which base of a channel lists it."""
    told = forge.ask("GET", f"access/names/{_quoted(channel)}/{_quoted(name)}")
    return told["first"], told["base"]


def allow(forge: ForgeClient, channel: str, who: str, may: Sequence[str]) -> GrantedInfo:
    """Let somebody do more in a channel."""
    return _granted(forge.ask("POST", f"channels/{_quoted(channel)}/allow", json={"who": who, "may": list(may)}))


def disallow(forge: ForgeClient, channel: str, who: str, may: Sequence[str]) -> GrantedInfo:
    """Let somebody do less in a channel: without any actions, nothing any more."""
    return _granted(forge.ask("POST", f"channels/{_quoted(channel)}/disallow", json={"who": who, "may": list(may)}))


def _granted(told: Mapping[str, Any]) -> GrantedInfo:
    granted = {who: tuple(may) for who, may in told["granted"].items()}
    return GrantedInfo(channel=told["channel"], private=told["private"], granted=granted)


def _quoted(channel: str) -> str:
    return quote(channel, safe="")
