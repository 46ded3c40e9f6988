"""The client of a forge: channels, uploads, sources."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from ownconda.errors import OutsideError, Where, WrongInputError
from ownconda.forge_client.answers import (
    TOKEN_HINT,
    CacheInfo,
    ChangeInfo,
    ChannelInfo,
    GivenToken,
    HoldInfo,
    KeptVerdictInfo,
    PackageInfo,
    PruneInfo,
    PurgeInfo,
    SnapshotInfo,
    TagInfo,
    UploadedFile,
    change_info,
    channel_info,
    error_of,
    kept_verdict_info,
    package_info,
    snapshot_info,
    uploaded_file,
)
from ownconda.forge_client.multipart import FileBody, FilesForm
from ownconda.forge_client.parcels import Known, Parcel, parcels_of
from ownconda.forge_client.uploading import upload
from ownconda.wires.files import sha256_of
from ownconda.wires.http import reached, session
from ownconda.wires.progress import Bar, NoProgress, Progress

SECONDS_BETWEEN_TRIES = 0.1
FILES_A_QUESTION = 500
SECONDS_FOR_ANSWER = (10.0, 600.0)


class ForgeClient:
    """A forge at ``url``.

    Every method raises OutsideError when it can't be reached, WrongInputError for a missing or wrong token
    or a name that isn't there, ConflictError when it refuses.
    A token that can't be one is refused before anything is sent.
    """

    def __init__(self, url: str, *, token: str = "", ca_file: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self._session = session(ca_file=ca_file)
        if token:
            self._session.auth = _Bearer(_checked(token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def channels(self) -> tuple[ChannelInfo, ...]:
        """List the channels."""
        return tuple(channel_info(one) for one in self._json("GET", "api/v1/channels")["channels"])

    def caches(self) -> tuple[CacheInfo, ...]:
        """List the caches of channels elsewhere."""
        return tuple(CacheInfo(**one) for one in self._json("GET", "api/v1/channels").get("caches", ()))

    def channel(self, channel: str) -> ChannelInfo:
        """Tell a channel's figures."""
        channels = self.channels()
        found = next((one for one in channels if one.name == channel), None)
        if found is None:
            names = ", ".join(one.name for one in channels)
            raise WrongInputError(f"there is no channel {channel!r}", hint=f"there are {names}")
        return found

    def packages(self, channel: str, specs: Sequence[str] = ()) -> tuple[PackageInfo, ...]:
        """List what a channel holds, all of it or what match specs choose."""
        answer = self._json("GET", f"api/v1/channels/{_quoted(channel)}", params={"spec": list(specs)})
        return tuple(package_info(entry) for entry in answer["entries"])

    def history(self, channel: str, *, limit: int = 100) -> tuple[SnapshotInfo, ...]:
        """Tell a channel's snapshots, the newest first."""
        path = f"api/v1/channels/{_quoted(channel)}/history"
        return tuple(snapshot_info(one) for one in self._json("GET", path, params={"limit": limit})["snapshots"])

    def verdicts(self, channel: str, *, limit: int = 100) -> tuple[KeptVerdictInfo, ...]:
        """Tell what a channel's gate said of what led to its newest snapshots, and refused since; the newest first."""
        told = self._json("GET", f"api/v1/channels/{_quoted(channel)}/history", params={"limit": limit})
        passed = [one["verdict"] for one in told["snapshots"] if one.get("verdict")]
        found = [kept_verdict_info(one) for one in (*told.get("refused", ()), *passed)]
        return tuple(sorted(found, key=lambda one: (one.head, one.passed), reverse=True))

    def diff(self, before: str, after: str) -> ChangeInfo:
        """Tell what leads from one channel or snapshot to another."""
        path = f"api/v1/channels/{_quoted(before)}/diff"
        return change_info(self._json("GET", path, params={"from": before, "to": after}))

    def plan_promotion(self, source: str, target: str, specs: Sequence[str] = ()) -> ChangeInfo:
        """Tell what a promotion would do."""
        return self._act(target, "promote", {"from": source, "specs": list(specs), "dry_run": True})

    def promote(self, source: str, target: str, specs: Sequence[str] = (), *, reason: str = "") -> ChangeInfo:
        """Promote what specs choose in one channel (without specs: everything) to another."""
        return self._act(target, "promote", {"from": source, "specs": list(specs), "reason": reason})

    def plan_rollback(self, channel: str, snapshot: int | str) -> ChangeInfo:
        """Tell what going back to a snapshot would do."""
        return self._act(channel, "rollback", {"snapshot": snapshot, "dry_run": True})

    def roll_back(self, channel: str, snapshot: int | str, *, reason: str = "") -> ChangeInfo:
        """Let a channel list again what it listed at a snapshot."""
        return self._act(channel, "rollback", {"snapshot": snapshot, "reason": reason})

    def act(self, channel: str, verb: str, **body: object) -> ChangeInfo:
        """Let a channel be changed by one of the forge's acts; with ``dry_run`` only tell what it would do."""
        return self._act(channel, verb, body)

    def holds(self, channel: str) -> tuple[HoldInfo, ...]:
        """Tell what may not enter a channel."""
        return tuple(HoldInfo(**one) for one in self._json("GET", f"api/v1/channels/{_quoted(channel)}/holds")["holds"])

    def tags(self, channel: str) -> tuple[TagInfo, ...]:
        """Tell a channel's tags."""
        return tuple(TagInfo(**one) for one in self._json("GET", f"api/v1/channels/{_quoted(channel)}/tags")["tags"])

    def tag(self, channel: str, name: str, *, snapshot: str = "") -> TagInfo:
        """Give a snapshot of a channel (the newest) a name."""
        body = {"name": name, "snapshot": snapshot}
        return TagInfo(**self._json("POST", f"api/v1/channels/{_quoted(channel)}/tag", json=body)["tag"])

    def untag(self, channel: str, name: str) -> None:
        """Let a tag mean no snapshot any more."""
        self._json("POST", f"api/v1/channels/{_quoted(channel)}/untag", json={"name": name})

    def prune(self, channel: str, **body: object) -> PruneInfo:
        """Let a channel list no longer what rules let go; with ``dry_run`` only tell what and why."""
        told = self._json("POST", f"api/v1/channels/{_quoted(channel)}/prune", json=body)
        return PruneInfo(change=change_info(told), going=told["going"], staying=told["staying"])

    def purge(self, file: str, *, reason: str = "", dry_run: bool = False) -> PurgeInfo:
        """Let a file be no more, or tell what that would do."""
        body = {"file": file, "reason": reason, "dry_run": dry_run}
        told = self._json("POST", "api/v1/purge", json=body)
        return PurgeInfo(path=told["path"], sha256=told["sha256"], channels=tuple(told["channels"]))

    def collect(self, *, dry_run: bool = False) -> dict[str, Any]:
        """Let snapshots expire and files go that nobody needs, or tell what that would do."""
        return self._json("POST", "api/v1/gc", json={"dry_run": dry_run})

    def usage(self) -> dict[str, Any]:
        """Tell what uses the forge's disk."""
        return self._json("GET", "api/v1/usage")

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401  (requests' own options)
        """Send a request below ``api/v1``, and give the JSON of the answer."""
        return self._json(method, f"api/v1/{path}", **options)

    def request(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401  (requests' own options)
        """Send a request to any other path, and give the JSON of the answer."""
        return self._json(method, path, **options)

    @contextmanager
    def answer(self, path: str, **options: Any) -> Iterator[requests.Response]:  # noqa: ANN401  (likewise)
        """Ask for what is no JSON, or may not have changed, and give the answer as it comes."""
        with (
            reached(self.url),
            self._session.get(f"{self.url}/{path}", timeout=SECONDS_FOR_ANSWER, **options) as answer,
        ):
            _check(answer)
            yield answer

    def mint(self, id_token: str) -> str:
        """Exchange an id token for a short-lived token of this forge."""
        url = f"{self.url}/api/oidc/mint_token"
        with reached(self.url):
            answer = self._session.post(url, json={"token": id_token}, timeout=SECONDS_FOR_ANSWER)
        _check(answer)
        return _checked(answer.text.strip())

    def end(self, token: str) -> None:
        """Let a token that was minted be no more."""
        self._json("POST", "api/v1/logout", json={"token": token})

    def channel_url(self, channel: str) -> str:
        """Give a channel's address for conda clients."""
        return f"{self.url}/conda/{_quoted(channel)}"

    def sidecars(self, channel: str) -> frozenset[str]:
        """Tell how the names of sidecars end that the forge takes with packages; older ones take none."""
        return frozenset(self._terms(channel).get("sidecars", ()))

    def upload(
        self,
        channel: str,
        files: Sequence[Path],
        *,
        sidecars: Mapping[Path, Sequence[Path]] = MappingProxyType({}),
        progress: Progress | None = None,
        adopted: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[UploadedFile, ...]:
        """Upload packages and installers, with the ``sidecars`` of each; what is there already isn't sent.

        They travel in several requests, each of which is taken whole or not at all. Called again, it goes on where it
        was interrupted. ``adopted`` says since when they were listed elsewhere, see `adoption_terms`.
        """
        watched = progress or NoProgress()
        terms = self._terms(channel)
        parcels = parcels_of(files, sidecars)
        door = _Door(self._json, channel, adopted)
        label = f"uploading to {channel}"
        return tuple(upload(door, parcels, largest=terms["largest_upload"], label=label, progress=watched))

    def clashes(self, channel: str, files: Sequence[Path]) -> Iterator[Path]:
        """Give those of these files, each in the folder of its subdir, that stand for other contents in the forge."""
        named = {f"{file.parent.name}/{file.name}": file for file in files}
        for path in self.clashing(channel, {path: sha256_of(file) for path, file in named.items()}):
            yield named[path]

    def clashing(self, channel: str, digests: Mapping[str, str]) -> Iterator[str]:
        """Give those paths that stand for other contents in the forge than those of the sha256 given."""
        paths = list(digests)
        for start in range(0, len(paths), FILES_A_QUESTION):
            question = {"files": {path: digests[path] for path in paths[start : start + FILES_A_QUESTION]}}
            yield from self._json("POST", f"upload/{_quoted(channel)}/there", json=question).get("clashes", ())

    def source_url(self, checksum: str, name: str) -> str:
        """Give the address of an upstream archive in this forge, whether it is there or not."""
        return f"{self.url}/sources/{checksum}/{_quoted(name)}"

    def has_source(self, checksum: str, name: str) -> bool:
        """Tell whether the forge keeps an upstream archive."""
        url = self.source_url(checksum, name)
        with reached(url):
            answer = self._session.head(url)
        if answer.status_code == requests.codes.not_found:
            return False
        _check(answer)
        return True

    def put_source(self, checksum: str, file: Path, *, name: str = "", progress: Progress | None = None) -> bool:
        """Give the forge an upstream archive to keep, and tell whether it is new there."""
        name = name or file.name
        if self.has_source(checksum, name):
            return False
        size = file.stat().st_size
        with (progress or NoProgress()).bar(f"uploading {name}", size, unit="bytes") as bar:
            answer = self._json("PUT", f"sources/{checksum}/{_quoted(name)}", data=FileBody(file, bar))
        if answer.get("source") != f"{checksum}/{name}":
            raise OutsideError(
                f"the forge took {name} for something else: {answer}", where=Where(file=self.source_url(checksum, name))
            )
        return answer.get("outcome") == "added"

    def read(self, path: str, *, largest: int) -> bytes:
        """Read a file below the forge's address; nothing when it isn't there, or is larger than so many bytes."""
        url = f"{self.url}/{path}"
        with reached(url), self._session.get(url, stream=True, timeout=SECONDS_FOR_ANSWER) as answer:
            if answer.status_code == requests.codes.not_found:
                return b""
            _check(answer)
            content = answer.raw.read(largest + 1, decode_content=True)
        return content if len(content) <= largest else b""

    @property
    def web(self) -> requests.Session:
        """The session of its requests, which shows the token: for addresses of this forge alone."""
        return self._session

    def wait_until_ready(self, *, seconds: float) -> None:
        """Wait until the forge answers. Raises OutsideError when it doesn't within ``seconds``."""
        end = time.monotonic() + seconds
        while True:
            try:
                with session(retries=0) as trying:
                    answer = trying.get(f"{self.url}/healthz", timeout=1.0)
                if answer.ok:
                    return
            except requests.RequestException:
                pass
            if time.monotonic() > end:
                raise OutsideError(
                    f"the forge doesn't answer after {seconds:g} s",
                    where=Where(file=self.url),
                    hint="start it: ownconda forge serve DIR",
                )
            time.sleep(SECONDS_BETWEEN_TRIES)

    def token_for(self, proof: Mapping[str, str]) -> GivenToken:
        """Exchange the proof that one holds a certificate's key for a token."""
        told = self._json("POST", "api/v1/certificates/token", json=dict(proof))
        return GivenToken(token=told["token"], name=told["name"], expires=told["expires"])

    def _terms(self, channel: str) -> dict[str, Any]:
        return self._json("GET", f"upload/{_quoted(channel)}")

    def _act(self, channel: str, verb: str, body: dict[str, Any]) -> ChangeInfo:
        return change_info(self._json("POST", f"api/v1/channels/{_quoted(channel)}/{verb}", json=body))

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401  (requests' own options)
        url = f"{self.url}/{path}"
        with reached(self.url):
            answer = self._session.request(method, url, timeout=SECONDS_FOR_ANSWER, **options)
        _check(answer)
        body = _body(answer)
        if not isinstance(body, dict):
            raise OutsideError(
                "what answers there is no forge", where=Where(file=url), hint="check forge.url, or --forge"
            )
        return body


def _checked(token: str) -> str:
    """Give a token back when it can be sent in a header."""
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise WrongInputError(
        "the token holds a character that no token has: a space, a line's end, or a letter beyond a-z", hint=TOKEN_HINT
    )


class _Bearer(AuthBase):
    """Sends the token; as an auth object, so that an entry in netrc for the same host doesn't replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def adoption_terms(since: int, reason: str) -> Mapping[str, str]:
    """Say that what is uploaded was listed elsewhere since a time, in milliseconds since 1970."""
    return {"adopted_since": str(since), "reason": reason}


class _Door:
    """A channel of a forge, as `upload` uses it; ``ask`` sends a request and gives the JSON of its answer."""

    def __init__(self, ask: Callable[..., dict[str, Any]], channel: str, adopted: Mapping[str, str]) -> None:
        self._ask, self._path = ask, f"upload/{_quoted(channel)}"
        self._adopted = dict(adopted)

    def known(self, parcels: Sequence[Parcel]) -> Iterator[Known]:
        if self._ask("GET", self._path).get("resumable"):
            files = {"files": {parcel.file.name: parcel.sha256 for parcel in parcels}}
            for one in self._ask("POST", f"{self._path}/there", json=files)["there"]:
                yield Known(path=one["path"], sha256=one["sha256"], sidecars=one["sidecars"])

    def send(self, parcels: Sequence[Parcel], bar: Bar) -> Iterator[UploadedFile]:
        digests = {parcel.file: parcel.sha256 for parcel in parcels}
        form = FilesForm([file for parcel in parcels for file in parcel.files], bar, digests)
        headers = {"Content-Type": form.content_type}
        answer = self._ask("POST", self._path, data=form, headers=headers, params=self._adopted)
        return (uploaded_file(one) for one in answer["files"])


def _check(answer: requests.Response) -> None:
    if not answer.ok:
        after = answer.headers.get("Retry-After", "")
        raise error_of(answer.status_code, _body(answer), url=answer.url, retry_after=after)


def _body(answer: requests.Response) -> object:
    try:
        body: object = answer.json()
    except requests.JSONDecodeError:
        return None
    return body


def _quoted(part: str) -> str:
    return quote(part, safe="")
