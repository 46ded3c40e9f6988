"""``ownconda whence``: where an installed file, a package or an archive comes from."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path

import click

from ownconda.cli import terminal
from ownconda.cli.forge_options import forge_client, forge_option
from ownconda.cli.plain_text import visible
from ownconda.cli.signing import trust
from ownconda.errors import WrongInputError
from ownconda.journeys.tracing import (
    Asking,
    trace_digest,
    trace_file,
    trace_in_channel,
    trace_in_prefix,
)
from ownconda.journeys.whence import Link

_DIGEST = re.compile(r"[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32}")


@click.command(
    "whence",
    epilog="""\b
Example:
  ownconda whence env/lib/libz.so.1
  ownconda whence .ownconda/channel/linux-64/zlib-1.3.1-h1_0.conda --offline
  ownconda whence zlib -p env
  ownconda whence "zlib 1.3.*" -c stable --json""",
)
@click.argument("what", metavar="PATH|SHA256|PACKAGE")
@click.option("-p", "--prefix", type=click.Path(path_type=Path, file_okay=False), help="Where PACKAGE is installed.")
@click.option("-c", "--channel", help="The channel of the forge that has PACKAGE.")
@click.option("--offline", is_flag=True, help="Ask no forge: tell what is known on this machine alone.")
@forge_option
@click.option("--json", "as_json", is_flag=True, help="Print all links as JSON.")
def command(
    what: str, prefix: Path | None, channel: str | None, offline: bool, forge_url: str | None, as_json: bool
) -> None:
    """Lead from a file back to where it comes from: package, channels, builder, commit, recipe, upstream's archives.

    PATH is a file in an installed prefix or a package file; SHA256 that of a package or of an archive; PACKAGE a name,
    a match spec or a file name, with --prefix or --channel. Each link says who tells it, and why nothing is known
    where that is so: what a prefix and its package cache or a package file tell needs no forge. Claims count as
    verified when a key or identity of the settings has signed them. The exit code is 1 when nothing is known.
    """
    settings = terminal.settings()
    offline = offline or settings.offline
    if channel and (offline or prefix):
        raise click.UsageError("--channel asks a forge: it goes neither with --offline nor with --prefix.")
    trusted = trust(settings.signing, keys=(), identities=())
    with nullcontext() if offline else forge_client(forge_url) as forge:
        asking = Asking(forge=forge, trust=trusted)
        if prefix:
            links = trace_in_prefix(what, prefix, asking)
        elif channel and forge:
            links = trace_in_channel(what, channel, forge, trusted)
        else:
            links = _traced(what, asking)
    if as_json:
        terminal.print_json([link.fields for link in links])
    else:
        for line in _lines(links):
            click.echo(visible(line))


def _traced(what: str, asking: Asking) -> tuple[Link, ...]:
    path = Path(what)
    if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112  (a Path's own raises errors in some Pythons)
        return trace_file(path, asking)
    if _DIGEST.fullmatch(what):
        return trace_digest(what.lower(), asking)
    if "/" in what:
        raise WrongInputError(f"there is no such file: {what}")
    hint = "is it a package? say where: -p PREFIX, or -c CHANNEL"
    raise WrongInputError(f"{what!r} is neither a file nor a checksum", hint=hint)


def _lines(links: Iterable[Link]) -> Iterator[str]:
    for link in links:
        by = f"  (says {link.by})" if link.by else ""
        yield f"{link.step}{by}"
        for fact in link.told:
            yield from _fact(fact, first="- " if len(link.told) > 1 else "")
        if link.unknown:
            yield f"  not known: {link.unknown}"
        if link.note:
            yield f"  {link.note}"


def _fact(fact: Mapping[str, object], *, first: str) -> Iterator[str]:
    for place, (key, value) in enumerate(fact.items()):
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"  {first if place == 0 else ' ' * len(first)}{key.replace('_', ' ')}: {text}"
