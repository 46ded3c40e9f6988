import base64
import functools
import http.server
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from making import make_package
from workplace import Workplace

from ownconda.environments.creating import create
from ownconda.errors import NoError, OutsideError, WrongInputError
from ownconda.repodata.channel_folder import read_channel, write_channel
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


def test_what_is_no_longer_asked_for_goes_when_it_is_replaced(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "app")
    changes = create(tmp_path / "env", [channel.as_uri()], ["library"], NoProgress(), replace=True).changes
    assert [name.partition("-")[0] for name in changes.removed] == ["app"]
    assert made(tmp_path / "env", channel.as_uri(), "library") == ()


def test_what_an_environment_was_made_for_has_to_be_repeated(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "app")
    with pytest.raises(WrongInputError, match="made for app as well") as caught:
        made(tmp_path / "env", channel.as_uri(), "library")
    assert "repeat what is to stay (app), or let go of it with --replace" in str(caught.value.problems[0].hint)
    assert (tmp_path / "env" / "bin" / "app").exists()
    assert made(tmp_path / "env", channel.as_uri(), "app >=1", "library") == ()


def test_an_environment_that_remembers_no_specs_loses_no_package_by_a_slip(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "app")
    for path in (tmp_path / "env" / "conda-meta").glob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"requested_specs": []}))
    with pytest.raises(WrongInputError, match="made for app as well"):
        made(tmp_path / "env", channel.as_uri(), "library")
    assert made(tmp_path / "env", channel.as_uri(), "app") == ()


def test_a_file_that_belongs_to_no_package_is_not_overwritten(channel: Path, tmp_path: Path) -> None:
    mine = tmp_path / "env" / "bin" / "app"
    made(tmp_path / "env", channel.as_uri(), "library")
    mine.parent.mkdir()
    mine.write_text("mine")
    with served(channel) as url:
        for address in (channel.as_uri(), url):
            with pytest.raises(WrongInputError, match="bin/app: belongs to no package, and app would overwrite it"):
                made(tmp_path / "env", address, "library", "app")
    assert mine.read_text() == "mine"
    create(tmp_path / "env", [channel.as_uri()], ["library", "app"], NoProgress(), force=True)
    assert mine.read_text() != "mine"


def test_an_interrupted_installation_is_completed_by_the_next_call(channel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    made(prefix, channel.as_uri(), "app")
    (removed,) = (prefix / "conda-meta").glob("app-*.json")
    removed.unlink()
    (prefix / "bin" / "app").unlink()
    assert [name.partition("-")[0] for name in made(prefix, channel.as_uri(), "app")] == ["app"]
    assert (prefix / "bin" / "app").exists()


def test_files_of_an_interrupted_installation_are_taken_for_the_packages(channel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    made(prefix, channel.as_uri(), "library")
    package = next(channel.glob("linux-64/app-*.conda"))
    kept = package.read_bytes()
    package.write_bytes(b"damaged")
    with pytest.raises(OutsideError, match="couldn't be installed"):
        create(prefix, [channel.as_uri()], ["library", "app"], NoProgress(), force=True)
    package.write_bytes(kept)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "app").write_text("half of it")
    assert [name.partition("-")[0] for name in made(prefix, channel.as_uri(), "library", "app")] == ["app"]
    assert [path.name for path in (prefix / "conda-meta").glob("ownconda-*")] == []


@pytest.mark.parametrize("extension", [".conda", ".tar.bz2"])
def test_a_noarch_module_is_looked_for_where_this_python_has_it(tmp_path: Path, extension: str) -> None:
    channel = tmp_path / "channel"
    make_package(channel / "linux-64", "python", "3.12.1", files={"bin/python": b"3"})
    module = {"site-packages/module.py": b"1", "python-scripts/module": b"2"}
    make_package(channel / "noarch", "module", files=module, extension=extension, subdir="noarch", noarch="python")
    write_channel(channel, read_channel(channel))
    made(tmp_path / "env", channel.as_uri(), "python")
    for mine in ("lib/python3.12/site-packages/module.py", "bin/module"):
        (tmp_path / "env" / mine).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "env" / mine).write_text("mine")
    with served(channel) as url:
        for address in (channel.as_uri(), url):
            with pytest.raises(WrongInputError, match="module would overwrite it") as caught:
                made(tmp_path / "env", address, "python", "module")
            assert [Path(str(problem.where)).name for problem in caught.value.problems] == ["module", "module.py"]


def test_a_package_whose_files_cannot_be_listed_is_named(tmp_path: Path) -> None:
    channel = tmp_path / "channel"
    gone = make_package(channel / "linux-64", "gone")
    make_package(channel / "linux-64", "kept")
    write_channel(channel, read_channel(channel))
    made(tmp_path / "env", channel.as_uri(), "kept")
    gone.unlink()
    with served(channel) as url:
        for address in (channel.as_uri(), url):
            with pytest.raises(OutsideError, match=r"gone-1.0-h1_0.conda: its files can't be listed"):
                made(tmp_path / "env", address, "kept", "gone")


def test_junk_in_conda_meta_is_named(channel: Path, tmp_path: Path) -> None:
    made(tmp_path / "env", channel.as_uri(), "library")
    junk = tmp_path / "env" / "conda-meta" / "junk-1.0-0.json"
    junk.write_text("{")
    with pytest.raises(WrongInputError, match=r"conda-meta/junk-1.0-0.json: doesn't describe an installed package"):
        made(tmp_path / "env", channel.as_uri(), "library")


def test_a_prefix_longer_than_packages_leave_room_for_is_wrong_input(channel: Path, tmp_path: Path) -> None:
    prefix = tmp_path / ("x" * 130) / ("y" * 130)
    with pytest.raises(WrongInputError, match=r"too long: .* packages leave room for 255"):
        made(prefix, channel.as_uri(), "library")
    assert not prefix.parent.exists()


def test_an_unknown_subdir_is_wrong_input(channel: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match="'linux-46' isn't a subdir") as caught:
        create(tmp_path / "env", [channel.as_uri()], ["app"], NoProgress(), subdir="linux-46")
    assert caught.value.problems[0].hint == "did you mean linux-64?"


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


def test_a_ca_file_that_holds_no_authority_is_wrong_input(channel: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name in ("empty.pem", "missing.pem"):
        done = _env_create(channel.as_uri(), tmp_path, OWNCONDA_CA_FILE=str(tmp_path / name))
        assert done.returncode == 2
        assert name in done.stderr
        assert "hint: check the setting ca_file" in done.stderr


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
