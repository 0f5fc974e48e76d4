"""How are the sockets doing, in numbers? Connections, events, steps, and what was ended or lost, at /metrics.

Each process tells its own. Labels are namespaces, events and codes, never what clients make up.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.feeds.hub import Hub
from server.sockets.connections import Connections
from server.sockets.relay import Relay
from server.sockets.transports import SocketServer
from server.web.resources import Resource

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class SocketNumbers(Collector):
    """The numbers of one process: what it notes, and what is there when somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "sostech_socket_events", "What clients asked for, by namespace, event, and code of the problem, or `done`.",
            ("namespace", "event", "outcome"), registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "sostech_live_hand_out_seconds", "From the notice of a step to its being handed out, by kind of thing.",
            ("kind",), buckets=_BUCKETS, registry=registry,
        )  # fmt: skip
        registry.register(self)

    def counts(self, server: SocketServer, connections: Connections, namespaces: Sequence[str], hub: Hub) -> None:
        """These are whose numbers are told."""
        self._hub = hub
        hub.noted.append(lambda kind, seconds: self._seconds.labels(kind).observe(seconds))
        self._server = server
        self._connections = connections
        self._namespaces = namespaces

    def asked(self, namespace: str, event: str, outcome: str) -> None:
        """Note one event that was worked off. Names that are not declared are to be told as one."""
        self._events.labels(namespace, event, outcome).inc()

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: what there is to count comes after the registry has asked."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """What is there now, and what others have counted."""
        there = Counts(each.namespace for each in self._connections.all())
        connections = GaugeMetricFamily("sostech_socket_connections", "Clients by namespace.", labels=["namespace"])
        for namespace in self._namespaces:
            connections.add_metric([namespace], there[namespace])
        yield connections
        yield GaugeMetricFamily(
            "sostech_socket_transports", "Clients that are connected, in whatever namespaces.",
            len(self._server.eio.clients),
        )  # fmt: skip
        cuts = CounterMetricFamily(
            "sostech_socket_cuts", "Connections that were ended at once, and why.", labels=["why"]
        )
        for why, count in self._server.eio.cuts.items():
            cuts.add_metric([why], count)
        yield cuts
        watched = GaugeMetricFamily("sostech_live_watched", "Things that somebody watches, by kind.", labels=["kind"])
        handed = CounterMetricFamily("sostech_live_steps", "Steps that were handed out, by kind.", labels=["kind"])
        for kind, count in self._hub.watched.items():
            watched.add_metric([kind], count)
            handed.add_metric([kind], self._hub.handed[kind])
        yield watched
        yield handed
        if isinstance(self._server.manager, Relay):
            yield CounterMetricFamily(
                "sostech_relay_lost", "Ephemeral events that did not reach other processes.", self._server.manager.lost
            )


NUMBERS: Final = Resource[SocketNumbers]("sockets.numbers")
