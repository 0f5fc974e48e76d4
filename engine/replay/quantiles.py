"""How are whole numbers distributed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PERCENTS = (0, 5, 25, 50, 75, 95, 99, 100)


def quantiles(values: Sequence[int], percents: Sequence[int] = PERCENTS) -> Mapping[int, int]:
    """The nearest-rank quantiles: for p percent the smallest value that at least p % of all do not exceed.

    Always one of the values, never a mean of two; 0 is the least. Empty when there are no values.
    """
    ordered = sorted(values)
    count = len(ordered)
    if not count:
        return {}
    return {percent: ordered[max(0, -(-percent * count // 100) - 1)] for percent in percents}
