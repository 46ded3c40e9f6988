"""Available: a package that a channel lists, and its address."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """A package as a channel lists it. ``sha256`` is empty where the channel doesn't say it."""

    name: str
    version: str
    build: str
    build_number: int
    sha256: str
    url: str
    noarch: str | None = None
    depends: tuple[str, ...] = field(default=(), repr=False)

    @property
    def file_name(self) -> str:
        """The name of the package's file."""
        return self.url.rpartition("/")[2]
