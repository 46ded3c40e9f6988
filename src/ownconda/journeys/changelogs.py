"""A changelog written for people: as plain text, as Markdown, as HTML."""

import html
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType

from ownconda.conda.package_changes import Kind, PackageChange
from ownconda.forge_client.news import Changelog

_HEADINGS = MappingProxyType(
    {
        Kind.NEW: "New",
        Kind.UPDATED: "Updated",
        Kind.REBUILT: "Rebuilt",
        Kind.DOWNGRADED: "Back to an older version",
        Kind.YANKED: "Yanked (not offered any more, the files stay)",
        Kind.REMOVED: "Removed",
    }
)
_COUNTED = MappingProxyType({Kind.DOWNGRADED: "back to an older version"})
_MORE = "… and more: `ownconda channel diff` tells all of it"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1c1e21;max-width:46em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.35em}h2{font-size:1.05em;margin:1.6em 0 .3em}table{border-collapse:collapse;width:100%}"
    "td{padding:.25em .8em .25em 0;vertical-align:top;border-top:1px solid #e4e6ea}"
    "td:first-child{font-weight:600;width:12em;overflow-wrap:anywhere}small{color:#5f6670;display:block}a{color:#0b5cad}"
)


def title(log: Changelog) -> str:
    """Sum up a changelog in one line: how many packages of each kind."""
    counts = [
        f"{len(tuple({one.name for one in some}))} {_COUNTED.get(kind, kind.value)}" for kind, some in _sections(log)
    ]
    return f"{log.channel}: {', '.join(counts) or 'nothing changes'}"


def as_text(log: Changelog, *, since: str = "") -> str:
    """Write a changelog as plain text that fits a terminal; ``since``: from when it holds."""
    return "\n".join(_text_lines(log, since)) + "\n"


def as_markdown(log: Changelog, *, since: str = "") -> str:
    """Write a changelog as Markdown."""
    lines = [f"# {_escaped(title(log))}", "", *((_escaped(_when(log, since)), "") if since else ())]
    for kind, changes in _sections(log):
        lines += [f"## {_HEADINGS[kind]}", "", *(f"- {_markdown_line(one)}" for one in changes), ""]
    return "\n".join(lines).rstrip() + "\n"


def as_html(log: Changelog, *, since: str = "") -> str:
    """Write a changelog as an HTML page of its own, without scripts and without anything to be loaded."""
    said = html.escape(title(log))
    body = "".join(
        f"<h2>{html.escape(_HEADINGS[kind])}</h2>\n<table>\n{''.join(map(_html_row, changes))}</table>\n"
        for kind, changes in _sections(log)
    )
    when = f"<p>{html.escape(_when(log, since))}</p>\n" if since else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{said}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{said}</h1>\n{when}{body}</body>\n</html>\n"
    )


def shortened(text: str, *, longest: int) -> str:
    """Give a text whose lines end before it gets too long, with a note that it goes on."""
    if len(text) <= longest:
        return text
    return "\n".join((*_lines_within(text.splitlines(), longest - len(_MORE) - 1), _MORE))


def _sections(log: Changelog) -> list[tuple[Kind, list[PackageChange]]]:
    return [(kind, list(some)) for kind, some in groupby(log.changes, key=attrgetter("kind"))]


def _text_lines(log: Changelog, since: str) -> Iterator[str]:
    yield title(log)
    if since:
        yield _when(log, since)
    width = max((len(one.name) for one in log.changes), default=0)
    for kind, changes in _sections(log):
        yield ""
        yield f"{_HEADINGS[kind]}:"
        for one in changes:
            yield f"  {one.name:{width}}  {_versions(one)}{_where(one)}"
            if one.link and kind in {Kind.NEW, Kind.UPDATED}:
                yield f"  {'':{width}}  {one.link}"


def _when(log: Changelog, since: str) -> str:
    return f"In {log.channel} from {since}."


def _versions(change: PackageChange) -> str:
    return " → ".join(", ".join(part) for part in (change.before, change.after) if part)


def _where(change: PackageChange) -> str:
    return f" ({', '.join(change.subdirs)} only)" if change.subdirs else ""


def _markdown_line(change: PackageChange) -> str:
    name = _escaped(change.name)
    shown = f"[{name}]({change.link})" if change.link else f"**{name}**"
    summary = f": {_escaped(change.summary)}" if change.summary and change.kind is Kind.NEW else ""
    return f"{shown} {_escaped(_versions(change) + _where(change))}{summary}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("@", "@\u200b")  # so that a summary calls nobody: @all


def _html_row(change: PackageChange) -> str:
    name, link = html.escape(change.name), html.escape(change.link)
    shown = f'<a href="{link}">{name}</a>' if link else name
    summary = f"<small>{html.escape(change.summary)}</small>" if change.summary else ""
    return f"<tr><td>{shown}</td><td>{html.escape(_versions(change) + _where(change))}{summary}</td></tr>\n"


def _lines_within(lines: Iterable[str], longest: int) -> Iterator[str]:
    for line in lines:
        longest -= len(line) + 1
        if longest < 0:
            return
        yield line
