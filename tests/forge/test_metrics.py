"""The figures that Prometheus collects, and the log."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from forging import Forged, new_forge, opened_forge, running_forge
from making import make_package
from prometheus_client.parser import text_string_to_metric_families

from ownconda.forge.client_names import Client, read_client
from ownconda.forge.metrics import MOST_VERSIONS
from ownconda.settings.access import AccessSettings, RuleSettings
from ownconda.settings.tree import Settings

RULES = {
    "readers": RuleSettings(who=["anybody"], may=["read"]),
    "prometheus": RuleSettings(who=["token:prometheus"], may=["watch"]),
}


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forged]:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, Settings()) as opened:
        yield opened


def figures(forge: Forged) -> dict[str, float]:
    text = forge.client.get("/metrics", headers=forge.bearer).text
    return {
        f"{sample.name}{json.dumps(dict(sorted(sample.labels.items())))}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(forge: Forged, name: str, **labels: str) -> float:
    return figures(forge).get(f"{name}{json.dumps(dict(sorted(labels.items())))}", 0)


def test_requests_are_counted_by_their_route_and_never_by_what_somebody_made_up(forge: Forged) -> None:
    for name in ("one", "two"):
        forge.client.get(f"/conda/testing/noarch/{name}.conda")
    forge.client.get("/nowhere/at/all")
    forge.client.request("BREW", "/conda/testing/")
    counted = {"method": "GET", "route": "/conda/{channel}/{path:path}", "status": "404"}
    assert figure(forge, "ownconda_http_requests_total", **counted) == 2
    assert figure(forge, "ownconda_http_requests_total", method="GET", route="none", status="404") == 1
    assert not [name for name in figures(forge) if "nowhere" in name or "BREW" in name]


def test_what_channels_hold_and_what_was_sent_is_told(forge: Forged, tmp_path: Path) -> None:
    assert forge.upload("testing", make_package(tmp_path, "one")).status_code == 200
    index = forge.client.get("/conda/testing/noarch/repodata.json")
    assert figure(forge, "ownconda_channel_packages", channel="testing") == 1
    assert figure(forge, "ownconda_channel_available", channel="stable") == 1
    sent = figure(forge, "ownconda_http_response_size_bytes_total", route="/conda/{channel}/{path:path}")
    assert sent == len(index.content)
    assert figure(forge, "ownconda_disk_free_bytes") > 0


def test_tokens_in_addresses_are_in_no_figure(forge: Forged) -> None:
    forge.client.get(f"/t/{forge.token}/conda/testing/noarch/repodata.json")
    assert forge.token not in forge.client.get("/metrics", headers=forge.bearer).text


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("conda/24.5.0 requests/2.32.3 CPython/3.12.4 Linux/6.8", Client(name="conda", version="24.5")),
        ("libmamba/2.0.5 micromamba/2.0.5 libarchive/3.7", Client(name="micromamba", version="2.0")),
        ("mamba/1.5.8 conda/23.11.0 requests/2.31.0", Client(name="mamba", version="1.5")),
        ("pixi/0.39.4", Client(name="pixi", version="0.39")),
        ("ownconda/0.1.0", Client(name="ownconda", version="0.1")),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", Client(name="browser")),
        ("conda", Client(name="other")),
        ("", Client(name="other")),
    ],
)  # fmt: skip
def test_clients_are_known_by_how_they_introduce_themselves(user_agent: str, client: Client) -> None:
    assert read_client(user_agent) == client


def test_made_up_versions_dont_fill_the_memory(forge: Forged) -> None:
    for number in range(MOST_VERSIONS + 20):
        forge.client.get("/healthz", headers={"User-Agent": f"conda/{number}.1"})
    told = [name for name in figures(forge) if name.startswith("ownconda_client_requests_total")]
    assert len(told) <= MOST_VERSIONS + 1
    assert figure(forge, "ownconda_client_requests_total", client="other", version="") >= 20


def test_figures_are_for_those_who_may_watch(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    with opened_forge(folder, token, Settings(access=AccessSettings(rules=RULES))) as forge:
        assert forge.client.get("/metrics").status_code == 401
        assert forge.client.get("/metrics", headers=forge.bearer).status_code == 200


def test_the_log_is_json_a_line_and_holds_neither_tokens_nor_forged_lines(tmp_path: Path) -> None:
    folder, token = new_forge(tmp_path / "forge")
    (folder / "ownconda.toml").write_text('[forge]\nlog = "json"\nlog_requests = true\n')
    with running_forge(folder) as running:
        asked = f"{running.url}/t/{token}/conda/testing/noarch/repodata.json"
        requests.get(asked, timeout=10, headers={"User-Agent": 'a"b'})
        requests.get(f"{running.url}/conda/a%0Ab", timeout=10)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(10)
        assert running.process.stderr is not None
        text = os.read(running.process.stderr.fileno(), 100_000).decode()
    lines = [json.loads(line) for line in text.splitlines()]
    [index] = [line for line in lines if line.get("path", "").endswith("repodata.json")]
    assert (index["path"], index["who"], index["status"]) == ("/conda/testing/noarch/repodata.json", "init", 200)
    assert (index["user_agent"], index["level"]) == ('a"b', "INFO")
    assert [line["path"] for line in lines if "%0A" in line.get("path", "")] == ["/conda/a%0Ab"]
    assert token not in text


def test_the_log_in_text_has_a_line_for_each_request_only_where_that_is_wanted(tmp_path: Path) -> None:
    told = {}
    for wanted in ("true", "false"):
        folder, _ = new_forge(tmp_path / wanted)
        (folder / "ownconda.toml").write_text(f"[forge]\nlog_requests = {wanted}\n")
        with running_forge(folder) as running:
            requests.get(f"{running.url}/conda/testing/", timeout=10)
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(10)
            assert running.process.stderr is not None
            told[wanted] = os.read(running.process.stderr.fileno(), 100_000).decode()
    assert "GET /conda/testing/ 200 (" in told["true"]
    assert not told["false"]


def test_a_log_that_there_isnt_is_refused(tmp_path: Path) -> None:
    folder, _ = new_forge(tmp_path / "forge")
    (folder / "ownconda.toml").write_text('[forge]\nlog = "xml"\n')
    with pytest.raises(AssertionError, match="there is no log of 'xml'"), running_forge(folder):
        pass
