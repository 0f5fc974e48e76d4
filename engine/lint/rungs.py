"""Which row of a rate decides at which value, and where do rows run into each other?

Both answers come from one sweep over the ends of all rows, in n log n: a heap holds the rows that are open at the
moment, and the earliest in document order decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from engine.documents.model import Step
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class Rung:
    """A price for `[low, high)` of a measured fact; None is open. Several rungs may stand for one written row."""

    low: int | None
    high: int | None
    price: int
    step: Step | None
    span: Span

    def price_at(self, value: int) -> int:
        """Minor units for one value inside the rung."""
        return self.price if self.step is None else self.step.price_of(self.price, value)


class Stretch(NamedTuple):
    """`[low, high)` on which one rung decides, or none (`rung` None). Stretches are in order and cover the axis."""

    low: int | None
    high: int | None
    rung: int | None


class Clash(NamedTuple):
    """Two rungs, `earlier` before `later` in document order, that both take `[low, high)`."""

    earlier: int
    later: int
    low: int | None
    high: int | None


class Sweep(NamedTuple):
    """`clashes` has at most one entry for each later rung."""

    stretches: list[Stretch]
    clashes: list[Clash]


class Join(NamedTuple):
    """Where one rung ends and the next one that has a price begins: `less` is the last value of `lower`, `more` the
    first of `upper`.
    """

    lower: Rung
    less: int
    upper: Rung
    more: int


def joins(rungs: Sequence[Rung]) -> Iterator[Join]:
    """Every place where the price passes from one rung to another, in ascending order."""
    priced = [stretch for stretch in sweep(rungs).stretches if stretch.rung is not None]
    for before, after in pairwise(priced):
        assert before.rung is not None
        assert after.rung is not None
        assert before.high is not None
        assert after.low is not None
        yield Join(rungs[before.rung], before.high - 1, rungs[after.rung], after.low)


def sweep(rungs: Sequence[Rung]) -> Sweep:
    """Settle the rungs as the shop does: of those that contain a value, the first in document order decides."""
    open_rungs: list[int] = []
    clashes: dict[int, Clash] = {}
    stretches: list[Stretch] = []
    for low, high, starting in _steps(rungs):
        for rung in starting:
            _close(open_rungs, rungs, low)
            if open_rungs:
                clash = _clash(rungs, open_rungs[0], rung)
                clashes.setdefault(clash.later, clash)
            heappush(open_rungs, rung)
        _close(open_rungs, rungs, low)
        _append(stretches, Stretch(low, high, open_rungs[0] if open_rungs else None))
    return Sweep(stretches, [clashes[later] for later in sorted(clashes)])


def _steps(rungs: Sequence[Rung]) -> Iterator[tuple[int | None, int | None, list[int]]]:
    """From cut to cut: where the step begins and ends, and the rungs that begin there."""
    starting: dict[int | None, list[int]] = {}
    cuts: set[int] = set()
    for number, rung in enumerate(rungs):
        starting.setdefault(rung.low, []).append(number)
        cuts.update(edge for edge in (rung.low, rung.high) if edge is not None)
    edges: list[int | None] = [None, *sorted(cuts)]
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        yield low, high, starting.get(low, [])


def _close(open_rungs: list[int], rungs: Sequence[Rung], low: int | None) -> None:
    """Take the rungs that have ended by `low` off the top; those further down wait until they come up."""
    while open_rungs:
        high = rungs[open_rungs[0]].high
        if high is None or low is None or high > low:
            return
        heappop(open_rungs)


def _clash(rungs: Sequence[Rung], one: int, two: int) -> Clash:
    lows = [low for low in (rungs[one].low, rungs[two].low) if low is not None]
    highs = [high for high in (rungs[one].high, rungs[two].high) if high is not None]
    return Clash(min(one, two), max(one, two), max(lows, default=None), min(highs, default=None))


def _append(stretches: list[Stretch], stretch: Stretch) -> None:
    """A stretch with the same rung as the one before makes that one longer."""
    if stretches and stretches[-1].rung == stretch.rung:
        stretches[-1] = stretches[-1]._replace(high=stretch.high)
    else:
        stretches.append(stretch)
