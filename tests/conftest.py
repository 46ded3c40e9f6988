"""What all tests share; that this file is here lets tests import the modules beside it by name."""

import os

import pytest


@pytest.fixture(autouse=True)
def _plain_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy, authority or password of this machine take part where all happens on the loopback."""
    if request.node.get_closest_marker("network"):
        return
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", os.devnull)
