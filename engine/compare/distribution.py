"""How are counted differences distributed: their quantiles, and bars to draw?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from engine.replay.quantiles import PERCENTS

MOST_VALUES: Final = 12
"""So many different values get a bar each; more are put into ranges of round width."""

MOST_BARS: Final = 24

_NICE: Final = (1, 2, 5)
_TAIL_PERCENT: Final = 2


class Range(NamedTuple):
    """Values from `low` to `high`, both included; None is open.

    All of them are above 0 (`is_more`), or all below.
    """

    low: int | None
    high: int | None
    carts: int
    is_more: bool


def counted_quantiles(counts: Mapping[int, int], percents: Sequence[int] = PERCENTS) -> Mapping[int, int]:
    """The nearest-rank quantiles of values that are counted; see `engine.replay.quantiles`."""
    ordered = sorted(value for value, count in counts.items() if count > 0)
    total = sum(counts[value] for value in ordered)
    found: dict[int, int] = {}
    seen = 0
    values = iter(ordered)
    value = 0
    for percent in percents if total else ():
        while seen < max(1, -(-percent * total // 100)):
            value = next(values)
            seen += counts[value]
        found[percent] = value
    return found


def ranges(counts: Mapping[int, int]) -> list[Range]:
    """Every value but 0 in a bar, in order; the bars at the ends take the few that lie far out.

    No bar reaches over 0: it holds carts that pay more, or carts that pay less.
    """
    other = {value: count for value, count in counts.items() if value and count}
    if len(other) <= MOST_VALUES:
        return [Range(value, value, other[value], value > 0) for value in sorted(other)]
    least, most = counted_quantiles(other, (_TAIL_PERCENT, 100 - _TAIL_PERCENT)).values()
    width = _width(max(most, 0) - min(least, 0))
    lowest, highest = min(other), max(other)
    first = min(_bar(least, width), -1 if lowest < 0 else 1)
    last = max(_bar(most, width), 1 if highest > 0 else -1)
    bars: Counter[int] = Counter()
    for value, count in other.items():
        bars[min(max(_bar(value, width), first), last)] += count
    return [
        Range(
            None if bar == first and lowest < _low(bar, width) else _low(bar, width),
            None if bar == last and highest > _high(bar, width) else _high(bar, width),
            bars[bar],
            bar > 0,
        )
        for bar in range(first, last + 1)
        if bar and _low(bar, width) <= _high(bar, width)
    ]


def _width(span: int) -> int:
    power = 1
    while True:
        for nice in _NICE:
            if nice * power * MOST_BARS >= span:
                return nice * power
        power *= 10


def _bar(value: int, width: int) -> int:
    """1, 2 … above 0 and -1, -2 … below it, each as wide; nothing is in bar 0."""
    return value // width + 1 if value > 0 else -(-value // width) - 1


def _low(bar: int, width: int) -> int:
    """The least value of a bar. The one next to 0 from above starts with the smallest amount there is."""
    return max(1, (bar - 1) * width) if bar > 0 else -_high(-bar, width)


def _high(bar: int, width: int) -> int:
    """The greatest value of a bar; below 0 the bars mirror those above."""
    return bar * width - 1 if bar > 0 else -_low(-bar, width)
