"""apt's configuration as text: where a machine gets Debian from, and a sources file for a release."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ROLLING = frozenset({"stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"})

_ONE_LINE = re.compile(r"^deb(?:-src)?\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+\S")
_KEPT = ("signed-by", "trusted", "allow-insecure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive of packages as a sources file names it: addresses, suites, and the fields of trust."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    trust: tuple[tuple[str, str], ...]


def parse_deb822(text: str) -> Iterator[Archive]:
    """Read a ``.sources`` file (sources.list(5), deb822 style)."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = _fields(stanza)
        if "uris" in fields and "suites" in fields and fields.get("enabled", "yes").lower() not in {"no", "false"}:
            yield Archive(
                uris=tuple(fields["uris"].split()),
                suites=tuple(fields["suites"].split()),
                trust=_trust(fields),
            )


def parse_one_line(text: str) -> Iterator[Archive]:
    """Read a ``.list`` file (sources.list(5), one-line style)."""
    for line in text.splitlines():
        found = _ONE_LINE.match(line.strip())
        if found:
            options = (found["options"] or "").split()
            fields = {key.lower(): value for key, _, value in (option.partition("=") for option in options)}
            yield Archive(uris=(found["uri"],), suites=(found["suite"],), trust=_trust(fields))


def debian_archive(archives: Iterator[Archive], codename: str) -> Archive | None:
    """Choose the one that the machine's Debian itself comes from: it has the suite ``codename``, as such."""
    own = ROLLING | {codename}
    return next(
        (
            archive
            for archive in archives
            if own.intersection(archive.suites) and not archive.uris[0].startswith("cdrom:")
        ),
        None,
    )


def sources_file(archive: Archive, release: str) -> str:
    """Write the sources file for a release's source packages: the same archive, trusted in the same way."""
    lines = ["Types: deb-src", f"URIs: {' '.join(archive.uris)}", f"Suites: {release}", "Components: main"]
    lines += [f"{key}: {value}" for key, value in archive.trust]
    return "\n".join(lines) + "\n"


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"} and key:
            fields[key] += f"\n{line}"
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            fields[key] = value.strip()
    return fields


def _trust(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key.title(), fields[key]) for key in _KEPT if key in fields)
