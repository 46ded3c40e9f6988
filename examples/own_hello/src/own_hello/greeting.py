"""A greeting: whom it is for, its host name on the wire, and how it looks on a web page."""

from dataclasses import dataclass

import idna
from markupsafe import Markup


class NotAnAddress(ValueError):
    """A text that is no `name@host`, or whose host can't be a host name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    name: str
    host: str

    @classmethod
    def parse(cls, address: str) -> "Greeting":
        """The greeting for `name@host`, host in Unicode or as it goes over the wire.

        Raises NotAnAddress.
        """
        name, at, host = address.rpartition("@")
        if not (at and name and host):
            raise NotAnAddress(f"{address!r} is no name@host")
        try:
            return cls(name=name, host=idna.decode(idna.encode(host, uts46=True)))
        except idna.IDNAError as error:
            raise NotAnAddress(f"{host!r} can't be a host name: {error}") from error

    @property
    def text(self) -> str:
        return f"Hello, {self.name}!"

    @property
    def wire_host(self) -> str:
        return idna.encode(self.host).decode("ascii")

    @property
    def html(self) -> Markup:
        """A link to the host; what came from outside is escaped."""
        return Markup('<a href="https://{}/">{} at {}</a>').format(self.wire_host, self.name, self.host)
