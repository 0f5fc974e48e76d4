"""Which figures did we promise ourselves, and does a run keep them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.shop.contest import LEFT
from tests.benchmarks.shop.results import HELLO, ORDER, Results
from tests.benchmarks.shop.sizes import ALWAYS


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: `measured` at most (or, with `at_least`, at least) `wanted`, both in `unit`."""

    what: str
    wanted: float
    measured: float
    unit: str = "×"
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether it is."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


def targets(results: Results) -> Iterator[Target]:
    """All promises; round trips first, because they do not depend on the machine."""
    fewest = min(results.series)
    yield from _round_trips(results, fewest)
    yield from _contests(results)
    yield from _ratios(results, fewest)
    cpu = results.of(fewest, "P").median(lambda each: each.total_ms)
    yield Target("P, CPU of an order, server and PostgreSQL", 3.4, cpu, " ms")
    for name, wanted in (("A", 1_000), ("B", 600), ("C", 500), ("D", 80)):
        measured = results.of(fewest, name).median(lambda each: each.per_second)
        yield Target(f"{name}, operations a second, one process", wanted, measured, "/s", at_least=True)


def _round_trips(results: Results, processes: int) -> Iterator[Target]:
    for name, label, wanted in (("A", "list", 3), ("B", "add", 4), ("P", "order", 6)):
        measured = results.of(processes, name).statements(label)
        if measured is not None:
            yield Target(f"{name}, round trips of a request", wanted, measured, "")


def _contests(results: Results) -> Iterator[Target]:
    for processes, contests in results.contests.items():
        orders = [each.orders for each in contests]
        what = f"F, orders for the last {LEFT} units, {processes} process{'es' if processes > 1 else ''}"
        yield Target(f"{what}, most of all rounds", LEFT, max(orders), "")
        yield Target(f"{what}, fewest of all rounds", LEFT, min(orders), "", at_least=True)


def _ratios(results: Results, processes: int) -> Iterator[Target]:
    lists, adds, many = (results.of(processes, name) for name in ("A", "B", "B100"))
    hello, order = results.of(processes, HELLO), results.of(processes, ORDER)
    yield Target("A over hello", 0.10, lists.ratio(hello, lambda each: each.per_second), at_least=True)
    yield Target("B over the bare order", 0.5, adds.ratio(order, lambda each: each.per_second), at_least=True)
    placed = results.of(processes, "P").ratio(order, lambda each: each.per_second)
    yield Target("P over the bare order", 0.45, placed, at_least=True)
    yield Target("B with 100 promotions over B", 0.9, many.ratio(adds, lambda each: each.per_second), at_least=True)
    yield _switching(results, processes)
    for few in (0, ALWAYS):
        yield growth(results, processes, few)


def _switching(results: Results, processes: int) -> Target:
    """S beside C: what the slowest requests notice of a switch."""
    switched, usual = results.of(processes, "S"), results.of(processes, "C")
    measured = max(switched.p99_ms(label) / usual.p99_ms(label) for label in usual.labels)
    return Target("S, the slowest requests (p99) while rulesets are switched over C", 2.0, measured)


def growth(results: Results, processes: int, few: int) -> Target:
    """E: how a change to a cart grows with the promotions that do not match. Half of the requests are faster."""
    series = results.of(processes, "E")
    most = series.labels[-1]
    measured = series.p50_ms(most) / series.p50_ms(f"{few} promotions")
    return Target(f"E, time of a change, {most} over {few}", 1.2, measured)
