"""Which figures did we promise ourselves, and does a run keep them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from tests.benchmarks.contestants import CEILING, EXPLAIN, JSON, OURS, TRACE, ZEN_COMPLETE, ZEN_PREFIX
from tests.benchmarks.results import Results

MB = 1_000_000


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
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


def targets(results: Results) -> Iterator[Target]:
    """All promises a run can be held to; a quick run has fewer sizes and so fewer of them."""
    sizes = sorted(results.decisions)
    smallest, largest = sizes[0], sizes[-1]
    first = results.decisions[smallest]
    yield Target(f"complete decision over the ceiling, {smallest} rules", 10, first.ratio(OURS, CEILING))
    yield Target(f"the same as JSON bytes, {smallest} rules", 13, first.ratio(JSON, CEILING))
    if results.growth is not None:
        growth = results.growth.ratio(str(largest), str(smallest))
        yield Target(f"growth from {smallest} to {largest:,} rules", 1.3, growth)
    for name, timings in results.families.items():
        yield Target(f"growth from 8 rules: {name}", 2, timings.ratio("many", "few"))
    for size, faster in ((8, 8), (1_000, 20), (10_000, 150)):
        if size in results.decisions:
            timings = results.decisions[size]
            for rival in (ZEN_COMPLETE, ZEN_PREFIX):
                ratio = timings.ratio(rival, OURS)
                yield Target(f"faster than {rival}, {size:,} rules", faster, ratio, at_least=True)
    yield Target(f"decision with trace over without, {smallest} rules", 2, first.ratio(TRACE, OURS))
    yield Target(f"decision and full explanation over decision, {smallest} rules", 2, first.ratio(EXPLAIN, OURS))
    yield from _preparation(results, largest)


def _preparation(results: Results, largest: int) -> Iterator[Target]:
    costs = results.costs.get(largest)
    if costs is not None:
        yield Target(f"compiling {largest:,} rules", 2, costs.compile_s, "s")
        yield Target(f"memory of {largest:,} compiled rules", 100, costs.kept_bytes / MB, "MB")
        yield Target(f"memory at the worst moment of compiling {largest:,} rules", 100, costs.peak_bytes / MB, "MB")
    for name, growth in results.tariffs.items():
        small, large = growth.sizes
        # n log n, and a tenth for the machine
        wanted = 1.1 * log(large * log(large) / (small * log(small))) / log(large / small)
        yield Target(f"lints of {name}, exponent of growth from {small:,} to {large:,}", wanted, growth.exponent, "")
    if results.replay is not None:
        yield Target("replayed carts a second on one core", 10_000, results.replay.decided, "/s", at_least=True)
        processes = results.replay.processes
        what = f"{processes} processes do so many times what one does"
        yield Target(what, 0.8 * processes, results.replay.speedup, at_least=True)
