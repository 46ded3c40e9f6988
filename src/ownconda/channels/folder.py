"""The folder of a forge: what lies where in it."""

from dataclasses import dataclass
from pathlib import Path

from ownconda.errors import OutsideError, Where
from ownconda.stores.bucket import Bucket, open_bucket
from ownconda.stores.directory import DirectoryStore
from ownconda.stores.object_store import ObjectStore
from ownconda.stores.store import Store
from ownconda.stores.taken import Arrivals, Taken
from ownconda.wires.database_server import Server, read_server


class RunningError(OutsideError):
    """A forge runs on the folder, and whoever wants to work on it has to wait or to ask that forge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeFolder:
    """A forge's places on disk. What is below `public` can be served by any web server as it stands.

    Where the ledger is in a ``database`` of its own, several processes may have the folder open; each puts what it
    isn't done with on a ``desk`` of its own. Where the bytes are in a ``bucket``, each process has a folder of its own,
    with copies.
    """

    root: Path
    database: Server | None = None
    bucket: Bucket | None = None
    desk: str = ""

    @property
    def ledger(self) -> Path:
        """The truth, where it is a file: which channel lists what, and all that it ever listed."""
        return self.root / "ledger.sqlite"

    @property
    def ledger_place(self) -> Path | Server:
        """Where the ledger is."""
        return self.database or self.ledger

    @property
    def ledger_elsewhere(self) -> Path:
        """Tells, where it is there, in which database the ledger is."""
        return self.root / "ledger.elsewhere"

    @property
    def bytes_at(self) -> str:
        """The address of the object store that has the bytes; nothing where they are in the folder."""
        return self.bucket.address if self.bucket else ""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may have the folder open."""
        return self.database is not None and self.bucket is None

    @property
    def is_there(self) -> bool:
        """Whether there is a forge, as far as the folder tells."""
        return self.ledger.exists() or self.ledger_elsewhere.exists()

    @property
    def lock(self) -> Path:
        """Held by the forge that runs on this folder."""
        return self.root / "lock"

    @property
    def files(self) -> Path:
        """The bytes of all files, by their sha256."""
        return self.root / "files"

    @property
    def incoming(self) -> Path:
        """Uploads that aren't complete yet; nothing in here is worth keeping."""
        return self.desks / self.desk

    @property
    def desks(self) -> Path:
        """The places of all processes for such uploads."""
        return self.root / "incoming"

    @property
    def public(self) -> Path:
        """What clients download."""
        return self.root / "public"

    @property
    def sources(self) -> Path:
        """Upstream archives, as ``<sha256>/<file>``."""
        return self.public / "sources"

    @property
    def docs(self) -> Path:
        """Notes and archives of hosted documentation, as ``<project>/<version>/…``."""
        return self.public / "docs"

    @property
    def docs_pages(self) -> Path:
        """What these archives unpack to: pages of others, which the forge alone hands out, with a policy for them."""
        return self.root / "docs"

    @property
    def keeping(self) -> Path:
        """Held while files that nobody needs are removed, or all files are copied: not both at once."""
        return self.root / "keeping"

    @property
    def views(self) -> Path:
        """Index files of channels as they were, made when somebody looks at them."""
        return self.root / "views"

    @property
    def caches(self) -> Path:
        """Index files of channels elsewhere, and notes of the packages that are kept of them."""
        return self.root / "caches"

    @property
    def tar_bz2_indexes(self) -> Path:
        """Index files of channels for clients that know .tar.bz2 alone."""
        return self.root / "tar-bz2" / "indexes"

    @property
    def tar_bz2_twins(self) -> Path:
        """Notes of which .tar.bz2 was made of which .conda."""
        return self.root / "tar-bz2" / "twins"

    @property
    def lost_and_found(self) -> Path:
        """What was in the wrong place, or damaged, and was put aside."""
        return self.root / "lost+found"

    @property
    def views_lock(self) -> Path:
        """Held while such index files are made or removed."""
        return self.root / "views.lock"

    @property
    def notices_lock(self) -> Path:
        """Held while channels' notices are shown."""
        return self.root / "notices.lock"

    @property
    def taken(self) -> Path:
        """Notes of which bytes any of several processes took lately."""
        return self.root / "taken"

    @property
    def authority(self) -> Path:
        """The authority that issues clients' certificates, with its private key."""
        return self.root / "authority"

    def channel(self, name: str) -> Path:
        """Give the folder that clients see as a channel."""
        return self.public / "conda" / name

    def store(self, taken: Arrivals | None = None) -> Store:
        """Give the store of the forge's bytes; ``taken`` knows what was brought lately."""
        arrivals = Taken() if taken is None else taken
        if self.bucket is None:
            return DirectoryStore(root=self.files, taken=arrivals)
        near = DirectoryStore(root=self.files)
        return ObjectStore(bucket=self.bucket, near=near, taken=arrivals)

    def busy(self) -> RunningError:
        """Say that another forge runs here."""
        return RunningError(
            "another forge is running on this folder",
            where=Where(file=self.root),
            hint="stop the other one first, or use a folder of its own",
        )


def forge_folder(root: Path, database: str = "", bucket: str = "") -> ForgeFolder:
    """Give a forge's folder, with its ledger and its bytes at addresses, if there are any. Raises WrongInputError."""
    return ForgeFolder(
        root=root,
        database=read_server(database) if database else None,
        bucket=open_bucket(bucket) if bucket else None,
    )
