"""``ownconda attestation``: where packages come from, shown and verified."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ownconda.attestations.identities import Identity
from ownconda.attestations.statements import PROVENANCE, PUBLISH, SPDX
from ownconda.cli import terminal
from ownconda.cli.exits import show_warning
from ownconda.cli.package_files import found_packages
from ownconda.cli.plain_text import visible
from ownconda.cli.signing import trust
from ownconda.errors import Problem, WrongInputError
from ownconda.exit_codes import DONE, NO
from ownconda.journeys.attesting import (
    NOBODY,
    Checked,
    Evidence,
    check,
    evidence_at,
    evidence_on_disk,
    is_verified,
    signer_of,
)
from ownconda.wires.http import session

KINDS = {PROVENANCE: "provenance", PUBLISH: "publish", SPDX: "sbom"}

SHOW_EPILOG = """\b
Example:
  ownconda attestation show .ownconda/channel/linux-64/zlib-1.3.1-h1_0.conda"""
VERIFY_EPILOG = """\b
Example:
  ownconda attestation verify --key team.pub https://forge.example/conda/stable/linux-64/zlib-1.3.1-h1_0.conda"""


@click.group("attestation", epilog=VERIFY_EPILOG)
def command() -> None:
    """Show where packages come from, and verify who says so."""


@command.command("show", epilog=SHOW_EPILOG)
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGES...")
@click.option("--json", "as_json", is_flag=True, help="Print all that is claimed, as JSON.")
def show(packages: tuple[str, ...], as_json: bool) -> None:
    """Show how packages were made, by what lies beside them; nothing is verified.

    PACKAGES are files, folders of them, or addresses in a channel.
    """
    found = list(_evidence(packages))
    if as_json:
        terminal.print_json([_shown(one) for one in found])
        return
    for one in found:
        click.echo(visible(one.place))
        for line in _lines(one):
            click.echo(f"  {visible(line)}")


@command.command("verify", epilog=VERIFY_EPILOG)
@click.argument("packages", nargs=-1, required=True, metavar="PACKAGES...")
@click.option(
    "--key", "keys", multiple=True, type=click.Path(path_type=Path),
    help="A public key that is trusted, beside the setting signing.trusted_keys; repeatable.",
)  # fmt: skip
@click.option(
    "--identity", "identities", multiple=True, nargs=2, metavar="IDENTITY ISSUER",
    help="An identity that Sigstore vouches for and that is trusted, with its issuer, beside the setting "
    "signing.trusted_identities; repeatable.",
)  # fmt: skip
@click.option("--target-channel", metavar="URL", default="", help="The channel that it has to be published to.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def verify(
    packages: tuple[str, ...],
    keys: tuple[Path, ...],
    identities: tuple[tuple[str, str], ...],
    target_channel: str,
    as_json: bool,
) -> int:
    """Verify that packages are what trusted keys or identities have signed.

    PACKAGES are files, folders of them, or addresses in a channel. One is verified when somebody trusted has signed
    a statement about it, and nothing beside it is about anything else. The exit code is 1 when one isn't. Nobody
    but the channel is asked.
    """
    trusted = trust(terminal.settings().signing, keys=keys, identities=identities)
    found = list(_evidence(packages))
    if not trusted.keys and not trusted.identities:
        raise WrongInputError("nobody is trusted: no key, and no identity", hint=_how_to_trust(found))
    judged = [(one, check(one, trusted)) for one in found]
    verdicts = [is_verified(checked, channel=target_channel) for _, checked in judged]
    if as_json:
        told = [_verdict(*one, verified=verdict) for one, verdict in zip(judged, verdicts, strict=True)]
        terminal.print_json(told)
    else:
        for (evidence, checked), verdict in zip(judged, verdicts, strict=True):
            click.echo(f"{'verified' if verdict else 'NOT verified'}  {visible(evidence.place)}")
            for one in checked:
                click.echo(f"  {visible(_said(one))}")
    _warn_of_strangers(checked for _, checked in judged)
    click.echo(f"{sum(verdicts)} of {len(verdicts)} verified", err=True)
    return DONE if all(verdicts) else NO


def _evidence(places: Sequence[str]) -> Iterator[Evidence]:
    with session(ca_file=terminal.settings().ca_file) as web:
        for place in places:
            if "://" in place:
                yield evidence_at(place, web)
            else:
                yield from map(evidence_on_disk, found_packages([Path(place)]))


def _how_to_trust(found: Iterable[Evidence]) -> str:
    """Say what to give or set, by the identities that packages say have signed them."""
    named = {one.identity for evidence in found for one in check(evidence, NOBODY) if one.identity}
    if not named:
        return "give --key PUBLIC.pem, or set signing.trusted_keys or signing.trusted_identities"
    return "; ".join(map(_to_trust, sorted(named, key=str)))


def _to_trust(identity: Identity) -> str:
    return f"signed by {identity}: if that is right, set signing.trusted_identities to {{{_quoted(identity)}}}"


def _quoted(identity: Identity) -> str:
    return f"{json.dumps(identity.name)} = {json.dumps(identity.issuer)}"


def _warn_of_strangers(judged: Iterable[Sequence[Checked]]) -> None:
    """Tell, where a package isn't verified, which identities would have to be trusted."""
    strangers = {
        one.identity
        for checked in judged
        if not any(one.trusted for one in checked)
        for one in checked
        if one.identity and not one.problem
    }
    for identity in sorted(strangers, key=str):
        show_warning(Problem(what=_to_trust(identity)))


def _lines(evidence: Evidence) -> Iterator[str]:
    """Say in lines what provenance says; whatever it lacks isn't told."""
    provenance = evidence.provenance
    if provenance is None:
        yield "there is no provenance beside it"
    else:
        yield from _made(provenance.predicate or {})
    signers = sorted({signer_of(bundle) for bundle in evidence.signed})
    yield f"signed by  {', '.join(signers)} (not verified)" if signers else "not signed"


def _made(predicate: Mapping[str, Any]) -> Iterator[str]:
    definition, run = _part(predicate, "buildDefinition"), _part(predicate, "runDetails")
    parameters, metadata = _part(definition, "externalParameters"), _part(run, "metadata")
    for label, value in (
        ("recipe", parameters.get("recipe")),
        ("builder", _part(run, "builder").get("id")),
        ("run", metadata.get("invocationId")),
        ("finished", metadata.get("finishedOn")),
    ):
        if isinstance(value, str):
            yield f"{label:10} {value}"
    materials = definition.get("resolvedDependencies")
    for one in materials if isinstance(materials, list) else ():
        if isinstance(one, dict):
            yield f"{'from':10} {_material(one)}"


def _material(descriptor: dict[str, Any]) -> str:
    modified = ", modified since" if _part(descriptor, "annotations").get("modified") else ""
    digest = next(iter(_part(descriptor, "digest").items()), None)
    place = descriptor.get("uri") or descriptor.get("name") or "?"
    return f"{place}{modified}" + (f" ({digest[0]} {digest[1]})" if digest else "")


def _part(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    part = value.get(key)
    return part if isinstance(part, dict) else {}


def _said(one: Checked) -> str:
    kind = KINDS.get(one.statement.predicate_type, one.statement.predicate_type)
    target = f" to {one.statement.target_channel}" if one.statement.target_channel else ""
    if one.problem:
        return f"{kind}{target}: {one.problem}"
    if one.trusted:
        return f"{kind}{target}: signed by {one.signed_by}"
    return f"{kind}{target}: " + (f"signed by {one.signed_by}, which isn't trusted" if one.signed_by else "not signed")


def _shown(evidence: Evidence) -> dict[str, Any]:
    return {
        "package": evidence.place,
        "sha256": evidence.subject.sha256,
        "claims": [
            {"statement": one.statement.fields, "signed_by": one.signed_by or None} for one in check(evidence, NOBODY)
        ],
    }


def _verdict(evidence: Evidence, checked: Sequence[Checked], *, verified: bool) -> dict[str, Any]:
    return {
        "package": evidence.place,
        "sha256": evidence.subject.sha256,
        "verified": verified,
        "claims": [
            {
                "predicate_type": one.statement.predicate_type,
                "target_channel": one.statement.target_channel or None,
                "signed_by": one.signed_by or None,
                "trusted_key": one.key or None,
                "trusted_identity": asdict(one.identity) if one.identity and one.trusted else None,
                "problem": one.problem or None,
            }
            for one in checked
        ],
    }
