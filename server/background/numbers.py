"""How is the work doing, in numbers? Runs, what they did, and how late the oldest due work is, at /metrics.

How late it is comes from the database, so every serving process tells it, whichever process does the work.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from server.background.repo import DueWork
from server.web.call import Resource


class WorkNumbers:
    """The numbers of one process. Labels are kinds of work, which are a fixed few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "sostech_work_runs", "Runs of the worker, by kind of work and how they ended.", ("kind", "end"),
            registry=registry,
        )  # fmt: skip
        self._done = Counter("sostech_work_done", "Things done by the worker, by kind.", ("kind",), registry=registry)
        self._late = Gauge(
            "sostech_work_late_seconds", "For how long the oldest work has been due, by kind; 0: nothing is due.",
            ("kind",), registry=registry,
        )  # fmt: skip
        self._looked = Gauge(
            "sostech_work_looked_timestamp_seconds", "When this process last saw which work is due.", registry=registry
        )
        self._kinds_seen: set[str] = set()

    def expect(self, kinds: Iterable[str]) -> None:
        """Tell of these kinds from the start, so that a first failure is a change."""
        for kind in kinds:
            for end in ("done", "failed"):
                self._runs.labels(kind, end)
            self._done.labels(kind)

    def saw(self, due: Iterable[DueWork]) -> None:
        """Note what is due now."""
        late = dict.fromkeys(self._kinds_seen, 0.0)
        for each in due:
            late[each.kind] = max(late.get(each.kind, 0.0), each.late_seconds)
        self._kinds_seen.update(late)
        for kind, seconds in late.items():
            self._late.labels(kind).set(seconds)
        self._looked.set_to_current_time()

    def did(self, kind: str, count: int) -> None:
        """Note a run that ended well."""
        self._runs.labels(kind, "done").inc()
        self._done.labels(kind).inc(count)

    def failed(self, kind: str) -> None:
        """Note a run that did not."""
        self._runs.labels(kind, "failed").inc()


WORK_NUMBERS: Final = Resource[WorkNumbers]("background.numbers")
