"""A small real mail server on the loopback interface."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server  # noqa: N811  (its library's name)
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A running mail server: where it is, and what it took, each with its recipients."""

    port: int
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)


@contextmanager
def post_office(
    *, refused: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[Post]:
    """Run a mail server while the block runs; it answers recipients that are ``refused`` with these words."""
    taken: list[tuple[list[str], EmailMessage]] = []

    class Handler:
        async def handle_RCPT(  # noqa: N802  (the library's name)
            self, _server: Server, _session: Session, envelope: Envelope, address: str, _options: list[str]
        ) -> str:
            if refused and address in refused:
                return refused[address]
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:  # noqa: N802
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            taken.append((envelope.rcpt_tos, message))
            return "250 OK"

    def known(_server: Server, _session: Session, _envelope: Envelope, _mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        right = (given.login.decode(), given.password.decode()) == login
        return AuthResult(success=right, handled=False)

    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if login:
        options |= {"authenticator": known, "auth_required": True}
    controller = _AtFreePort(Handler(), hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield Post(port=controller.port, taken=taken)
    finally:
        controller.stop()


class _AtFreePort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
