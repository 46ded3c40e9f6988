import ssl
from pathlib import Path

import pytest
import trustme
from serving import Answer, Asked, closed_address, served

from ownconda.errors import OutsideError, WrongInputError
from ownconda.wires.http import UnreachableError, reached, redacted, session


def hello(_: Asked) -> Answer:
    return Answer(body=b"hello")


def get(url: str, **options: object) -> bytes:
    with session(retries=0, **options) as made, reached(url):  # type: ignore[arg-type]
        response = made.get(url)
        response.raise_for_status()
        return response.content


def test_a_request_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(hello) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        assert get("http://upstream.invalid/x") == b"hello"
        assert proxy.paths == ["http://upstream.invalid/x"]


def test_the_proxy_gets_the_credentials_of_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(hello) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address.replace("://", "://me:secret@"))
        get("http://upstream.invalid/x")
        assert "Proxy-Authorization" in proxy.asked[0].headers


def test_no_proxy_names_hosts_that_are_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(hello) as proxy, served(hello) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert get(f"{server.address}/x") == b"hello"
        assert (proxy.paths, server.paths) == ([], ["/x"])


def test_a_proxy_that_is_down_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_address())
    with pytest.raises(UnreachableError, match="the proxy can't be used") as caught:
        get("http://upstream.invalid/x")
    assert "NO_PROXY" in str(caught.value.problems[0].hint)


def test_a_redirect_to_what_is_no_address_is_told() -> None:
    for nowhere in ("http://[", "http://[::1", "file:///etc/hostname"):
        with served(lambda _: Answer(status=302, headers={"Location": nowhere})) as server:  # noqa: B023  (asked in it)
            with pytest.raises(OutsideError, match="can't be used") as caught:
                get(f"{server.address}/x")
            assert str(caught.value).startswith(f"{server.address}/x")


def test_a_company_s_authority_is_trusted_when_it_is_set_and_not_before(tmp_path: Path) -> None:
    ca_file, tls = company(tmp_path)
    with served(hello, tls=tls) as server:
        with pytest.raises(UnreachableError, match="certificate isn't trusted") as caught:
            get(f"{server.address}/x")
        assert "ca_file" in str(caught.value.problems[0].hint)
        assert get(f"{server.address}/x", ca_file=ca_file) == b"hello"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_company_s_authority_may_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    ca_file, tls = company(tmp_path)
    monkeypatch.setenv(variable, str(ca_file))
    with served(hello, tls=tls) as server:
        assert get(f"{server.address}/x") == b"hello"


def test_a_company_s_authority_holds_behind_a_proxy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca_file, tls = company(tmp_path)
    with served(hello, tls=tls) as server, served(hello) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        with pytest.raises(UnreachableError, match="certificate isn't trusted"):
            get(f"{server.address}/x")
        assert get(f"{server.address}/x", ca_file=ca_file) == b"hello"
        assert [asked.method for asked in proxy.asked] == ["CONNECT", "CONNECT"]


def test_a_broken_authority_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(WrongInputError, match=name) as caught:
            session(ca_file=tmp_path / name)
        assert "ca_file" in str(caught.value.problems[0].hint)
        with pytest.raises(WrongInputError, match=name) as caught:
            session(environment={"SSL_CERT_FILE": str(tmp_path / name)})
        assert "SSL_CERT_FILE" in str(caught.value.problems[0].hint)


def test_netrc_logs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with served(hello) as server:
        get(f"{server.address}/x")
        assert server.asked[0].login == "me:secret"


def test_an_address_s_own_credentials_log_in() -> None:
    with served(hello) as server:
        get(server.address.replace("://", "://me:sec%40ret@"))
        assert server.asked[0].login == "me:sec@ret"


def test_a_refusal_tells_the_status_and_never_the_password() -> None:
    with served(lambda _: Answer(status=401)) as server:
        url = server.address.replace("://", "://me:secret@") + "/x"
        with pytest.raises(OutsideError, match="it answers 401") as caught:
            get(url)
    problem = caught.value.problems[0]
    assert "secret" not in f"{problem} {problem.hint}"
    assert "netrc" in str(problem.hint)


def test_a_host_that_is_down_is_told_without_the_password() -> None:
    with pytest.raises(UnreachableError, match="can't be reached") as caught:
        get(closed_address().replace("://", "://me:secret@"))
    assert "secret" not in str(caught.value)
    assert "HTTPConnection" not in str(caught.value)


def test_a_passing_refusal_is_asked_again() -> None:
    answers = [Answer(status=503, headers={"Retry-After": "0"}), Answer(body=b"hello")]
    with served(lambda _: answers.pop(0)) as server, session(retries=1) as made:
        assert made.get(server.address).content == b"hello"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://me:secret@host.invalid/x", "https://***@host.invalid/x"),
        ("see https://token@host.invalid", "see https://***@host.invalid"),
        ("http://me:p@ss@host.invalid/a@b", "http://***@host.invalid/a@b"),
        ("https://host.invalid/a@b?c=d@e", "https://host.invalid/a@b?c=d@e"),
        ("/home/me@work/x", "/home/me@work/x"),
    ],
)
def test_credentials_are_taken_out_of_addresses(text: str, told: str) -> None:
    assert redacted(text) == told


def company(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate authority, and what a server of its needs."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    return folder / "ca.pem", tls
