"""Mail handed to a real mail server."""

import socket
import ssl
from pathlib import Path

import pytest
import trustme
from mailing import post_office

from ownconda.errors import NoError, OutsideError, WrongInputError
from ownconda.wires.mail import MailServer, letter, send

LETTER = letter(sender="own@a.example", recipient="all@b.example", subject="news", text="ü\n", page="<p>ü</p>")


def server(port: int, **options: object) -> MailServer:
    return MailServer(host="127.0.0.1", port=port, **options)  # type: ignore[arg-type]


def test_a_message_arrives_as_text_and_as_a_page() -> None:
    with post_office() as post:
        send(server(post.port), LETTER)
    [(recipients, message)] = post.taken
    assert recipients == ["all@b.example"]
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert (text.get_content().strip(), page.get_content().strip()) == ("ü", "<p>ü</p>")
    assert (message["Subject"], message["From"], message["To"]) == ("news", "own@a.example", "all@b.example")


def test_with_starttls_it_logs_in(tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with post_office(tls=tls, login=("own", "secret")) as post:
        good = server(post.port, starttls=True, user="own", password="secret", ca_file=tmp_path / "ca.pem")
        send(good, LETTER)
        with pytest.raises(OutsideError, match="doesn't take user and password"):
            send(server(post.port, starttls=True, user="own", password="x", ca_file=tmp_path / "ca.pem"), LETTER)
        with pytest.raises(OutsideError, match="certificate isn't trusted"):
            send(server(post.port, starttls=True, user="own", password="secret"), LETTER)
    assert len(post.taken) == 1


def test_a_password_never_goes_unencrypted() -> None:
    with pytest.raises(WrongInputError, match="unencrypted"):
        send(server(1, user="own", password="secret"), LETTER)


@pytest.mark.parametrize(
    ("answer", "family"), [("550 who is that", NoError), ("450 busy", OutsideError)], ids=["for good", "for now"]
)
def test_a_recipient_that_is_refused_is_told_in_the_servers_words(answer: str, family: type[Exception]) -> None:
    with (
        post_office(refused={"all@b.example": answer}) as post,
        pytest.raises(family, match=f"all@b.example: {answer}"),
    ):
        send(server(post.port), LETTER)


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(OutsideError, match=f"smtp://127.0.0.1:{port}: can't be reached"):
        send(server(port), LETTER)


def test_without_starttls_on_the_other_side_nothing_is_sent() -> None:
    with post_office() as post, pytest.raises(OutsideError, match="STARTTLS"):
        send(server(post.port, starttls=True), LETTER)


@pytest.mark.parametrize("address", ["nobody", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(WrongInputError, match="isn't a mail address"):
        letter(sender="own@a.example", recipient=address, subject="", text="", page="")
