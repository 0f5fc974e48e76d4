"""What did each unit of a line cost? Its money spread over its units, so that any units together are right to the cent.

The largest remainder does it, earlier units first (semantics, section 2); the first so many units come to a running
sum, so that units given back one by one come to the same as at once (section 11).
"""

from __future__ import annotations

from engine.money.allocation import allocate


def unit_shares(gross: int, quantity: int) -> list[int]:
    """What each unit of a line cost: minor units that sum to `gross`, the earlier ones at most one more."""
    return allocate(gross, [1] * quantity)


def cumulative(gross: int, quantity: int, units: int) -> int:
    """What the first so many units cost."""
    return sum(unit_shares(gross, quantity)[:units])
