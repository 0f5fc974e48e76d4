"""What every effect on lines answers, whichever family it belongs to.

`Share` is `(position of the line, saving in minor units)`. Savings are never negative and never more than what is
left on the line above its floor price.
"""

from __future__ import annotations

import msgspec

Share = tuple[int, int]


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """What an effect would give now: shares per line, and the units of each line a group effect would use up."""

    shares: list[Share]
    units: list[tuple[int, int]]

    @property
    def total(self) -> int:
        return sum([saving for _, saving in self.shares])


NOTHING = Proposal([], [])
