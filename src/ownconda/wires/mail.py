"""The one door to SMTP: a message handed to a mail server, and what speaks against that told clearly."""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import truststore

from ownconda.errors import NoError, OutsideError, Where, WrongInputError
from ownconda.wires.authorities import load_authorities

SECONDS = 30.0
_FOR_EVER = range(500, 600)
"""What a mail server answers that won't change by asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server that takes mail, from whom with ``user`` and ``password``; ``ca_file`` has further authorities (PEM)."""

    host: str
    port: int = 25
    starttls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def letter(*, sender: str, recipient: str, subject: str, text: str, page: str) -> EmailMessage:
    """Make a message as plain text and, for who prefers that, as an HTML page.

    Raises WrongInputError for what is no address.
    """
    message = EmailMessage()
    for header, address in (("From", sender), ("To", recipient)):
        message[header] = _checked(address)
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or None)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office notes stay away
    message.set_content(text)
    message.add_alternative(page, subtype="html")
    return message


def send(server: MailServer, message: EmailMessage) -> None:
    """Hand a message to a mail server.

    Raises NoError when it refuses for good, OutsideError when it can't be reached or can't take it now, and
    WrongInputError when the password would be sent for everybody to read.
    """
    if server.password and not server.starttls:
        raise WrongInputError(
            "the password for the mail server would be sent unencrypted", hint="set announce.starttls to true"
        )
    with _told(server), smtplib.SMTP(server.host, server.port, timeout=SECONDS) as connection:
        if server.starttls:
            connection.starttls(context=_context(server.ca_file))
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _checked(address: str) -> str:
    if "@" in address and address.isprintable() and "," not in address:
        return address
    raise WrongInputError(f"{address!r} isn't a mail address", hint="check announce.sender and announce.recipients")


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        load_authorities(context, ca_file, setting="the setting ca_file")
    return context


@contextlib.contextmanager
def _told(server: MailServer) -> Iterator[None]:
    """Turn what may happen on the way into one clear error."""
    where = Where(file=f"smtp://{server}")
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        [(address, (code, answer))] = error.recipients.items()
        raise _refusal(f"doesn't take mail for {address}", code, answer, where) from error
    except smtplib.SMTPAuthenticationError as error:
        what = f"doesn't take user and password: {_words(error.smtp_code, error.smtp_error)}"
        raise OutsideError(what, where=where, hint="check announce.user and announce.password") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal("refuses", error.smtp_code, error.smtp_error, where) from error
    except ssl.SSLError as error:
        what = f"its certificate isn't trusted: {error.reason or error}"
        raise OutsideError(what, where=where, hint="set ca_file to your organisation's authority") from error
    except smtplib.SMTPNotSupportedError as error:
        raise OutsideError(f"can't do this: {error}", where=where, hint="check announce.starttls") from error
    except (smtplib.SMTPException, OSError) as error:
        hint = "check announce.host and announce.port"
        raise OutsideError(f"can't be reached: {error}", where=where, hint=hint) from error


def _refusal(what: str, code: int, answer: bytes | str, where: Where) -> OutsideError | NoError:
    said = f"{what}: {_words(code, answer)}"
    if code in _FOR_EVER:
        return NoError(said, where=where)
    return OutsideError(said, where=where, hint="try again later")


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}"
