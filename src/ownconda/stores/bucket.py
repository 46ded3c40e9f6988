"""A bucket of an object store: S3 and its kin, by obstore; who may use it is told by the environment, as for any of it.

Objects appear whole or not at all. `put_new` writes with the condition that there is none (``If-None-Match: *``),
`put_if` with the condition that it is still the one that was read (``If-Match``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ownconda.errors import ConflictError, OutsideError, Where, WrongInputError

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ObjectStore as Opened

SCHEMES = ("s3", "gs", "az", "file")
BYTES = "application/octet-stream"
AT_ONCE = 8 << 20
"""Bytes up to which an object is sent by one request; larger ones go in parts, several at once."""

_RETRIES = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
_PATIENCE = {"connect_timeout": "5s", "timeout": "10m", "allow_http": True}
_REFUSALS: dict[str, str] = {
    "UnauthenticatedError": "check the credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's role",
    "PermissionDeniedError": "these credentials may not do that: let them get, put, delete and list below the prefix",
}


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its key, how many bytes, since when in milliseconds since 1970, and what tells its content."""

    key: str
    size: int
    at: int
    tag: str


class ChangedError(ConflictError):
    """An object isn't the one any more that was read."""


class Bucket:
    """The objects below an address, ``s3://bucket/prefix``; usable from any thread.

    Every method raises OutsideError when the store can't be reached or refuses.
    """

    def __init__(self, address: str, opened: "Opened") -> None:
        self.address = address
        self._opened = opened

    def put_new(self, key: str, content: bytes) -> None:
        """Write an object unless there is one of that key already."""
        import obstore  # noqa: PLC0415  (a native library, which is loaded where a bucket is used)

        with self._told(key):
            try:
                obstore.put(self._opened, key, content, mode="create")
            except obstore.exceptions.AlreadyExistsError:
                return

    def put(self, key: str, content: bytes) -> None:
        """Write an object, whatever there was."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key):
            obstore.put(self._opened, key, content, use_multipart=False)

    def put_if(self, key: str, content: bytes, tag: str, *, media_type: str = BYTES) -> str:
        """Write an object if it still has this tag, or without one if there is none; give its new tag.

        Raises ChangedError when it is another one.
        """
        import obstore  # noqa: PLC0415  (likewise)

        mode: PutMode = {"e_tag": tag} if tag else "create"
        with self._told(key):
            try:
                put = obstore.put(
                    self._opened, key, content, mode=mode, use_multipart=False, attributes={"Content-Type": media_type}
                )
            except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
                raise ChangedError("somebody else wrote this object", where=self._where(key)) from None
            return put["e_tag"] or ""

    def put_file(self, key: str, file: Path) -> None:
        """Write a file as an object, whatever there was: who calls it knows that both are the same."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key):
            obstore.put(self._opened, key, file, chunk_size=AT_ONCE)

    def copy(self, key: str, target: str) -> None:
        """Let the store copy an object; its bytes don't come here. Raises FileNotFoundError when there is none."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key, absent=True):
            obstore.copy(self._opened, key, target)

    def get(self, key: str) -> bytes:
        """Give an object's bytes. Raises FileNotFoundError when there is none."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key, absent=True):
            return bytes(obstore.get(self._opened, key).bytes())

    def get_file(self, key: str, target: Path) -> None:
        """Write an object's bytes into a file, which may stay half written. Raises FileNotFoundError."""
        with target.open("wb") as file:
            for chunk in self.chunks(key):
                file.write(chunk)

    def chunks(self, key: str) -> Iterator[bytes]:
        """Give an object's bytes, about a megabyte at a time. Raises FileNotFoundError when there is none."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key, absent=True):
            for chunk in obstore.get(self._opened, key).stream(min_chunk_size=1 << 20):
                yield bytes(chunk)

    def find(self, key: str) -> Object | None:
        """Tell of an object, if there is one."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key):
            try:
                return _object(dict(obstore.head(self._opened, key)))
            except FileNotFoundError:
                return None

    def list(self, prefix: str) -> Iterator[Object]:
        """Tell of all objects whose keys begin with a folder's name."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(prefix):
            for some in obstore.list(self._opened, prefix):
                yield from (_object(dict(one)) for one in some)

    def delete(self, key: str) -> None:
        """Let an object be no more; it may be gone already."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key):
            try:
                obstore.delete(self._opened, key)
            except FileNotFoundError:
                return

    def signed(self, key: str, *, seconds: int, method: Literal["GET", "HEAD"] = "GET") -> str:
        """Give an address at which anybody may use this method on an object for so long."""
        import obstore  # noqa: PLC0415  (likewise)

        with self._told(key):
            return str(obstore.sign(self._opened, method, key, timedelta(seconds=seconds)))  # type: ignore[arg-type]

    @contextmanager
    def _told(self, key: str, *, absent: bool = False) -> Iterator[None]:
        """Say what the store refused as an error of ours; that an object is ``absent`` may be for the caller to say."""
        from obstore.exceptions import BaseError  # noqa: PLC0415  (likewise)

        try:
            yield
        except FileNotFoundError as error:
            if absent:
                raise
            raise OutsideError(f"the store says: {_first_line(error)}", where=self._where(key)) from error
        except BaseError as error:
            hint = _REFUSALS.get(type(error).__name__, "is it running, and reachable from here?")
            raise OutsideError(f"the store refuses: {_first_line(error)}", where=self._where(key), hint=hint) from error

    def _where(self, key: str) -> Where:
        return Where(file=f"{self.address}/{key}")


def open_bucket(address: str) -> Bucket:
    """Open a bucket; nobody is asked yet. Raises WrongInputError for an address that is none.

    Credentials, region and endpoint are those of the environment: ``AWS_ACCESS_KEY_ID``, ``AWS_REGION``,
    ``AWS_ENDPOINT_URL`` and so on, or what the machine has a role for.
    """
    address = check_address(address).rstrip("/")
    try:
        from obstore.exceptions import BaseError  # noqa: PLC0415  (likewise)
        from obstore.store import from_url  # noqa: PLC0415  (likewise)
    except ModuleNotFoundError as error:
        hint = "pip install 'ownconda[objects]'"
        raise OutsideError("an object store needs a library that isn't installed", hint=hint) from error
    try:
        if address.startswith("file:"):
            return Bucket(address, from_url(address, automatic_cleanup=True, mkdir=True))
        return Bucket(address, from_url(address, client_options=_PATIENCE, retry_config=_RETRIES))  # type: ignore[call-overload]
    except (BaseError, ValueError, OSError) as error:
        raise WrongInputError(f"is no object store: {_first_line(error)}", where=Where(file=address)) from error


def check_address(address: str) -> str:
    """Give an object store's address back. Raises WrongInputError for what is none."""
    scheme, found, rest = address.partition("://")
    if not found or scheme not in SCHEMES or not rest.strip("/"):
        raise WrongInputError(
            f"{address!r} is no address of an object store",
            where=Where(file="forge.store"),
            hint="for example s3://bucket/prefix",
        )
    if "@" in rest.partition("/")[0] or "?" in rest:
        raise WrongInputError(
            "the address of an object store has neither credentials nor options",
            where=Where(file="forge.store"),
            hint="give them by the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL",
        )
    return address


def _object(told: dict[str, object]) -> Object:
    at = told["last_modified"].timestamp()  # type: ignore[attr-defined]
    return Object(key=str(told["path"]), size=int(str(told["size"])), at=int(at * 1000), tag=str(told["e_tag"] or ""))


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
