"""How do events get on, in numbers? How many were spread, delivered, failed and given up, and how late, at /metrics."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from server.web.call import Resource

_LAG_BUCKETS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0)


class EventNumbers:
    """The numbers of one process. Labels are handlers, which are a fixed few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._spread = Counter(
            "sostech_events_spread", "Events taken out of the outbox, by how that ended.", ("end",), registry=registry
        )
        self._delivered = Counter(
            "sostech_events_delivered", "Events that a handler is done with.", ("handler",), registry=registry
        )
        self._failed = Counter(
            "sostech_events_failed", "Tries of a handler that failed.", ("handler",), registry=registry
        )
        self._dead = Counter(
            "sostech_events_dead", "Events that a handler was given too often in vain.", ("handler",), registry=registry
        )
        self._lag = Histogram(
            "sostech_events_lag_seconds", "From the announcement of an event until a handler was done with it.",
            buckets=_LAG_BUCKETS, registry=registry,
        )  # fmt: skip

    def spread(self, count: int) -> None:
        """So many are kept now, and their handlers are told."""
        self._spread.labels("kept").inc(count)

    def set_aside(self, count: int) -> None:
        """So many could not be read."""
        self._spread.labels("set_aside").inc(count)

    def delivered(self, handler: str, lag_seconds: float) -> None:
        """A handler is done with one, so long after it was announced."""
        self._delivered.labels(handler).inc()
        self._lag.observe(lag_seconds)

    def failed(self, handler: str) -> None:
        """A handler failed."""
        self._failed.labels(handler).inc()

    def dead(self, handler: str) -> None:
        """A handler is not asked again."""
        self._dead.labels(handler).inc()


EVENT_NUMBERS: Final = Resource[EventNumbers]("events.numbers")
