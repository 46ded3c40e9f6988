import base64
import functools
import http.server
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from workplace import Workplace

from ownconda.environments.creating import create
from ownconda.errors import NoError, OutsideError, WrongInputError
from ownconda.wires.progress import NoProgress


@pytest.fixture(autouse=True)
def package_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "rattler-cache"))


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """Build a small channel: an app that needs a library."""
    workplace = Workplace(tmp_path / "building")
    workplace.recipe("library")
    app = [
        "mkdir -p $PREFIX/bin",
        "printf '#!/bin/sh\\necho running in %s\\n' $PREFIX > $PREFIX/bin/app",
        "chmod +x $PREFIX/bin/app",
    ]
    workplace.recipe("app", run=["library"], script=app)
    workplace.statuses()
    return workplace.output


def made(prefix: Path, channel: str, *specs: str) -> tuple[str, ...]:
    return create(prefix, [channel], specs, NoProgress()).changes.added


def test_an_environment_holds_what_was_asked_for_and_all_that_it_needs(channel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    added = made(prefix, channel.as_uri(), "app")
    assert [name.rpartition("-1.0.0-")[0] for name in added] == ["app", "library"]
    told = subprocess.run([prefix / "bin" / "app"], capture_output=True, text=True, check=True).stdout
    assert told == f"running in {prefix}\n"
    assert (prefix / "conda-meta" / "history").exists()


def test_the_same_call_again_changes_nothing(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "app")
    again = create(tmp_path / "env", [channel.as_uri()], ["app"], NoProgress()).changes
    assert (again.added, again.removed) == ((), ())


def test_what_is_no_longer_asked_for_goes(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "app")
    changes = create(tmp_path / "env", [channel.as_uri()], ["library"], NoProgress()).changes
    assert [name.partition("-")[0] for name in changes.removed] == ["app"]


def test_an_interrupted_installation_is_completed_by_the_next_call(channel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    made(prefix, channel.as_uri(), "app")
    (removed,) = (prefix / "conda-meta").glob("app-*.json")
    removed.unlink()
    (prefix / "bin" / "app").unlink()
    assert [name.partition("-")[0] for name in made(prefix, channel.as_uri(), "app")] == ["app"]
    assert (prefix / "bin" / "app").exists()


def test_what_cannot_be_satisfied_is_told_in_the_solvers_words(channel: Path, tmp_path: Path) -> None:
    with pytest.raises(NoError, match="No candidates were found for app"):
        made(tmp_path / "env", channel.as_uri(), "app >=2")
    assert not (tmp_path / "env").exists()


def test_a_spec_that_cannot_be_read_is_wrong_input(channel: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="isn't a match spec"):
        made(tmp_path / "env", channel.as_uri(), "app >>=2")


def test_a_folder_of_something_else_is_left_alone(channel: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(WrongInputError, match="isn't an environment"):
        made(tmp_path / "mine", channel.as_uri(), "app")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_a_channel_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="can't be read"):
        made(tmp_path / "env", "http://127.0.0.1:9/conda/none", "app")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a channel's files."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its name upstream)
        """Say nothing."""


class _Guarded(_Quiet):
    """Serves them to somebody who says the right name and password alone."""

    def do_GET(self) -> None:
        """Check before anything is given."""
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(b"reader:secret").decode():
            super().do_GET()
        else:
            self.send_error(401)

    def do_HEAD(self) -> None:
        """Check likewise."""
        self.do_GET()


class _Proxy(_Quiet):
    """Is asked for whole addresses, as a proxy is, and has the files itself."""

    def translate_path(self, path: str) -> str:
        """Give the file of an address at the host that only we know."""
        assert path.startswith("http://channel.invalid/")
        return super().translate_path(path.removeprefix("http://channel.invalid"))


@contextmanager
def served(folder: Path, *, context: ssl.SSLContext | None = None, handler: type[_Quiet] = _Quiet) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder))) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"{'http' if context is None else 'https'}://localhost:{server.server_port}"
        finally:
            server.shutdown()


def test_a_companys_own_certificate_authority_is_trusted_where_it_is_set(channel: Path, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with served(channel, context=context) as url:
        refused = _env_create(url, tmp_path)
        assert refused.returncode == 3
        assert "certificate" in refused.stderr
        accepted = _env_create(url, tmp_path, OWNCONDA_CA_FILE=str(tmp_path / "authority.pem"))
    assert accepted.returncode == 0, accepted.stderr
    assert (tmp_path / "env" / "bin" / "app").exists()


def test_names_and_passwords_of_netrc_are_used(channel: Path, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine localhost login reader password secret\n")
    netrc.chmod(0o600)
    with served(channel, handler=_Guarded) as url:
        done = _env_create(url, tmp_path, NETRC=str(netrc))
        assert done.returncode == 0, done.stderr
        assert _env_create(url, tmp_path, HOME=str(tmp_path / "elsewhere"), prefix="other").returncode == 3


def test_a_proxy_is_used(channel: Path, tmp_path: Path) -> None:
    with served(channel, handler=_Proxy) as proxy:
        done = _env_create("http://channel.invalid", tmp_path, HTTP_PROXY=proxy, http_proxy=proxy)
    assert done.returncode == 0, done.stderr


def _env_create(
    channel: str, folder: Path, *, prefix: str = "env", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "RATTLER_CACHE_DIR": str(folder / "rattler-cache" / prefix),
    }
    return subprocess.run(
        [sys.executable, "-m", "ownconda", "env", "create", "-p", prefix, "-c", channel, "app"],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
