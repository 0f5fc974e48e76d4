"""How is the shop doing, in numbers? Requests, decisions and the pool, for Prometheus at /metrics.

Each application has a registry of its own. Labels are templates and codes, never what callers make up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.web.call import SHOP, Resource
from storage.database import Database

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_DECISION_BUCKETS: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1)


class Metrics:
    """The numbers of one application."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "sostech_request_seconds",
            "How long requests took, by method, route template and status.",
            ("method", "route", "status"),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._decisions = Histogram(
            "sostech_decision_seconds",
            "How long the engine took to decide, by purpose.",
            ("purpose",),
            buckets=_DECISION_BUCKETS,
            registry=self.registry,
        )
        self._refusals = Counter(
            "sostech_decision_refusals",
            "Decisions that refused the checkout, by purpose.",
            ("purpose",),
            registry=self.registry,
        )
        self.registry.register(_Pool(database))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answered request. The method may be anything, so only those there are get a series of their own."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).observe(seconds)

    def decided(self, purpose: str, seconds: float, *, refused: bool) -> None:
        """Note one decision of the engine. `purpose` is one of a fixed few: cart, quote, dry-run, replay."""
        self._decisions.labels(purpose).observe(seconds)
        if refused:
            self._refusals.labels(purpose).inc()

    def page(self) -> bytes:
        """The current numbers in Prometheus's text format."""
        return generate_latest(self.registry)


METRICS: Final = Resource[Metrics]("web.metrics")


def serve_metrics(app: web.Application) -> None:
    """Answer at /metrics."""
    app.router.add_get("/metrics", _metrics)


async def _metrics(request: web.Request) -> web.Response:
    page = request.app[SHOP].use(METRICS).page()
    return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


class _Pool(Collector):
    """The connections to PostgreSQL, counted when somebody looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        pool = self._database.pool
        connections = GaugeMetricFamily("sostech_pool_connections", "Connections to PostgreSQL.", labels=["state"])
        connections.add_metric(["in_use"], pool.get_size() - pool.get_idle_size())
        connections.add_metric(["idle"], pool.get_idle_size())
        yield connections
        yield GaugeMetricFamily("sostech_pool_limit", "The most connections there may be.", pool.get_max_size())
        yield GaugeMetricFamily(
            "sostech_pool_waiting", "Requests that wait for a connection now.", self._database.waiting
        )
