"""The index of one subdir of a cache: asked for elsewhere, kept on disk, and what it lists.

What it looked like when it was last fetched is served for as long as nobody answers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from ownconda.channels.caches.letting_through import Known, let_through
from ownconda.channels.caches.terms import CacheTerms
from ownconda.errors import OutsideError, Where
from ownconda.repodata.documents import COMPRESSED, COMPRESSION_LEVEL, REPODATA
from ownconda.repodata.old_index import FORMS, LARGEST, UNREADABLE, unpacked_index
from ownconda.wires.fetching import arriving
from ownconda.wires.files import write_atomically
from ownconda.wires.http import reached, redacted
from ownconda.wires.zstandard import zstd

STATE, FILES = ".state.json", ".files.json"
NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """In which form the index came, by what to ask whether it is still that one, and when (ms since 1970) it was so.

    ``ripening`` is when the next package may be shown that has to wait; ``url`` and ``terms`` are the checksums of
    those by which it was made.
    """

    url: str
    form: str
    etag: str
    modified: str
    answered: int
    ripening: int
    terms: str


class CachedIndex:
    """The index of one subdir, kept in a folder; `refresh` isn't to be called by two threads at once."""

    def __init__(self, terms: CacheTerms, folder: Path, subdir: str) -> None:
        self.subdir = subdir
        self.folder = folder / subdir
        self._terms = terms
        self._state: State | None = None
        self._files: Mapping[str, Known] | None = None
        self._read_at = -1
        self.follow()

    def follow(self) -> None:
        """Go on from what is on disk: another process may have asked for the index meanwhile."""
        written_at = _time_of(self.folder / STATE)
        if written_at != self._read_at:
            self._read_at = written_at
            self._state = _read_state(self.folder / STATE, of=_checksum(self._terms.url))
            self._files = None

    @property
    def is_there(self) -> bool:
        """Whether there is an index to serve."""
        return self._state is not None

    @property
    def answered(self) -> int:
        """When the channel last said that this is its index (ms since 1970; 0: never)."""
        return self._state.answered if self._state else 0

    def is_current(self, now: int) -> bool:
        """Tell whether there is an index, made by today's terms, and nothing that it leaves out has ripened since."""
        state = self._state
        return state is not None and state.terms == _checksum(repr(self._terms)) and not 0 < state.ripening <= now

    def listed(self, name: str) -> Known | None:
        """Tell what is known of a file that is listed, shown or not."""
        return self._known_files().get(name)

    def refresh(self, asking: requests.Session, *, now: int) -> bool:
        """Ask for the index, and tell whether the channel has this subdir.

        Raises OutsideError when nobody answers, or what comes is no index; what is on disk stays.
        """
        if self._state and not self.is_current(now):
            self._show_again(self._state, now=now)
        for form in self._forms():
            answer, content = self._asked(form, asking)
            if answer.status_code == HTTPStatus.NOT_MODIFIED and self._state:
                self._note(replace(self._state, answered=now))
                return True
            if content is not None:
                self._take(form, answer, content, now=now)
                return True
        return False

    def _forms(self) -> list[str]:
        """Give the forms in which an index may be there: the one that was, then the smallest."""
        smallest = sorted(FORMS, reverse=True)
        return [self._state.form, *smallest] if self._state else smallest

    def _asked(self, form: str, asking: requests.Session) -> tuple[requests.Response, bytes | None]:
        url = f"{self._terms.url}/{self.subdir}/{form}"
        with reached(url), asking.get(url, headers=self._conditions(form), stream=True) as answer:
            if answer.status_code in NOT_THERE or answer.status_code == HTTPStatus.NOT_MODIFIED:
                return answer, None
            answer.raise_for_status()
            return answer, b"".join(arriving(answer, url, most=LARGEST))

    def _conditions(self, form: str) -> dict[str, str]:
        state = self._state
        if state is None or state.form != form or not self._upstream(form).is_file():
            return {}
        conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.modified}
        return {name: value for name, value in conditions.items() if value}

    def _show_again(self, state: State, *, now: int) -> None:
        """Show what was fetched last by today's terms; when that is lost, it is as if there had been nothing."""
        try:
            content = self._upstream(state.form).read_bytes()
        except OSError:
            self._state = None
        else:
            self._show(state, _parsed(self._url(state.form), state.form, content), now=now)

    def _take(self, form: str, answer: requests.Response, content: bytes, *, now: int) -> None:
        told = _parsed(self._url(form), form, content)
        state = State(
            url=_checksum(self._terms.url),
            form=form,
            etag=answer.headers.get("ETag", ""),
            modified=answer.headers.get("Last-Modified", ""),
            answered=now,
            ripening=0,
            terms="",
        )
        write_atomically(self._upstream(form), content, durable=False)
        self._show(state, told, now=now)

    def _show(self, state: State, told: Mapping[str, Any], *, now: int) -> None:
        before = self._known_files() if (self.folder / FILES).is_file() else None
        try:
            shown = let_through(told, self.subdir, self._terms, before, now=now)
            index = json.dumps(shown.index, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise _no_index(self._url(state.form), error) from error
        self._write(shown.files, index)
        self._note(replace(state, ripening=shown.ripening, terms=_checksum(repr(self._terms))))

    def _write(self, files: Mapping[str, Known], index: bytes) -> None:
        known = json.dumps(files, separators=(",", ":")).encode()
        # before what tells clients of them; addresses may hold credentials
        write_atomically(self.folder / FILES, known, mode=0o600, durable=False)
        write_atomically(
            self.folder / f"{REPODATA}{COMPRESSED}", zstd.compress(index, COMPRESSION_LEVEL), durable=False
        )
        write_atomically(self.folder / REPODATA, index, durable=False)
        self._files = files

    def _note(self, state: State) -> None:
        write_atomically(self.folder / STATE, json.dumps(asdict(state)).encode(), durable=False)
        self._read_at = _time_of(self.folder / STATE)
        self._state = state

    def _known_files(self) -> Mapping[str, Known]:
        if self._files is None:
            self._files = _read_files(self.folder / FILES)
        return self._files

    def _upstream(self, form: str) -> Path:
        return self.folder / f".upstream-{form}"

    def _url(self, form: str) -> str:
        return redacted(f"{self._terms.url}/{self.subdir}/{form}")


def _parsed(url: str, form: str, content: bytes) -> Mapping[str, Any]:
    try:
        return unpacked_index(form, content)
    except UNREADABLE as error:
        raise _no_index(url, error) from error


def _no_index(url: str, error: Exception) -> OutsideError:
    return OutsideError(f"isn't an index: {error}", where=Where(file=url))


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_state(path: Path, *, of: str) -> State | None:
    """Read what is known of an index, unless it is that of another address."""
    try:
        state = State(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.url == of else None


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read_files(path: Path) -> Mapping[str, Known]:
    try:
        return {name: Known(*fields) for name, fields in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
