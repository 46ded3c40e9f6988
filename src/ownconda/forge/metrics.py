"""Figures of a running forge, as Prometheus collects them: ``/metrics``."""

import shutil
from collections.abc import Iterator
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ownconda import __version__
from ownconda.channels.snapshots import BrokenChannelError
from ownconda.forge.client_names import OTHER, Client, read_client
from ownconda.forge.services import Services

MOST_VERSIONS = 200
"""Programs and versions that are told apart: anybody may claim to be any."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_read_client = lru_cache(maxsize=1024)(read_client)


class Metrics:
    """Counts requests; its methods may be called from any thread."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Forge(services))
        Info("ownconda_build", "The forge's version.", registry=self.registry).info({"version": __version__})
        self._answered = Counter(
            "ownconda_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._took = Histogram(
            "ownconda_http_request_duration_seconds",
            "From a request's head to its answer's end.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._sent = Counter(
            "ownconda_http_response_size_bytes",
            "Bytes of answers, without their heads.",
            ("route",),
            registry=self.registry,
        )
        self._clients = Counter(
            "ownconda_client_requests",
            "Requests by the program that sent them, and its version.",
            ("client", "version"),
            registry=self.registry,
        )
        self.running = Gauge(
            "ownconda_http_requests_in_progress", "Requests that are being answered.", registry=self.registry
        )
        self._known: set[Client] = set()

    def note(self, *, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """Count a request that was answered."""
        self._answered.labels(method, route, str(status)).inc()
        self._took.labels(method, route).observe(seconds)
        self._sent.labels(route).inc(sent)

    def note_client(self, user_agent: str) -> None:
        """Count a request by who sent it."""
        client = self._told_apart(_read_client(user_agent))
        self._clients.labels(client.name, client.version).inc()

    def _told_apart(self, client: Client) -> Client:
        if client not in self._known:
            if len(self._known) >= MOST_VERSIONS:
                return OTHER
            self._known.add(client)
        return client


class _Forge(Collector):
    """What is true of a forge at the moment in which somebody asks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Tell nothing beforehand: a registry would collect all of it to know the names."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        packages = GaugeMetricFamily("ownconda_channel_packages", "Packages listed.", labels=["channel"])
        heads = GaugeMetricFamily("ownconda_channel_snapshot", "The newest snapshot.", labels=["channel"])
        since = GaugeMetricFamily(
            "ownconda_channel_changed_timestamp_seconds", "When it changed last.", labels=["channel"]
        )
        works = GaugeMetricFamily("ownconda_channel_available", "1 unless it is broken.", labels=["channel"])
        for name in self._services.channels.names():
            try:
                state = self._services.channels.state(name)
            except BrokenChannelError:
                works.add_metric([name], 0)
                continue
            works.add_metric([name], 1)
            packages.add_metric([name], len(state.contents))
            heads.add_metric([name], state.snapshot.id)
            since.add_metric([name], state.snapshot.at / 1000)
        yield from (packages, heads, since, works)
        disk = shutil.disk_usage(self._services.folder.root)
        yield GaugeMetricFamily("ownconda_disk_free_bytes", "Free on the forge's disk.", value=disk.free)
        yield GaugeMetricFamily("ownconda_disk_size_bytes", "The size of the forge's disk.", value=disk.total)


def routes(metrics: Metrics) -> list[Route]:
    """Give the route."""

    def figures(request: Request) -> Response:
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": kind, "Cache-Control": "no-store"})

    return [Route("/metrics", figures)]
