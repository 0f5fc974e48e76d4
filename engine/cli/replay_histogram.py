"""How is a distribution drawn with text?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

ROWS = 16
BAR = 60
_NICE = (1, 2, 5)


def histogram(values: Sequence[int], text: Callable[[int], str], rows: int = ROWS) -> str:
    """At most `rows` + 1 bars over equal half-open ranges of round width; zero has a bar of its own.

    `text` writes a bound. A value that occurs has at least a sliver of a bar; each bar ends with its count.
    """
    if not values:
        return "  (no values)\n"
    counts = Counter(_row(value, width := _width(max(values), rows)) for value in values)
    first, last = min(counts), max(counts)
    labels = {row: _label(row, width, text) for row in range(first, last + 1)}
    widest = max(map(len, labels.values()))
    most = max(counts.values())
    lines = [f"  {labels[row]:>{widest}}  {_bar(counts[row], most)}{counts[row]:,}" for row in labels]
    return "\n".join(lines) + "\n"


def _width(greatest: int, rows: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that needs no more than `rows` ranges."""
    power = 1
    while True:
        for nice in _NICE:
            if nice * power * rows > greatest:
                return nice * power
        power *= 10


def _row(value: int, width: int) -> int:
    """0 for zero, otherwise the number of the range from 1; negative values share the row below."""
    return -1 if value < 0 else 0 if value == 0 else value // width + 1


def _label(row: int, width: int, text: Callable[[int], str]) -> str:
    if row < 0:
        return f"below {text(0)}"
    if row == 0:
        return text(0)
    return f"from {text(max(1, (row - 1) * width))} below {text(row * width)}"


def _bar(count: int, most: int) -> str:
    length = -(-count * BAR // most)
    return "█" * length + (" " if count else "")
