"""What packages say of themselves for people: a summary, and links that a browser may follow."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ownconda.repodata.entries import Entry

LINKS = {"home": "Home page", "doc_url": "Documentation", "dev_url": "Development", "source_url": "Source"}


def summary_of(files: Iterable[Entry]) -> str:
    """Give the first summary that there is, on one line."""
    said = (_about(entry).get("summary") for entry in files if '"summary"' in entry.record.about)
    return next((" ".join(text.split()) for text in said if isinstance(text, str)), "")


def links_of(files: Iterable[Entry]) -> dict[str, str]:
    """Give the addresses that the newest package with any tells, by what they are called."""
    about = next(
        (_about(entry) for entry in files if '_url"' in entry.record.about or '"home"' in entry.record.about), {}
    )
    told = {title: safe_link(about.get(key)) for key, title in LINKS.items()}
    return {title: link for title, link in told.items() if link}


def safe_link(text: object) -> str:
    """Give an address back when it leads to the web, and nothing otherwise: links may be anybody's words."""
    if not isinstance(text, str) or not text.isprintable() or " " in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and parts.hostname else ""


def _about(entry: Entry) -> Mapping[str, Any]:
    told = json.loads(entry.record.about) if entry.record.about else {}
    return told if isinstance(told, dict) else {}
