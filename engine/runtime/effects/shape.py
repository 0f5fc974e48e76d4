"""What every compiled effect answers, whichever family it belongs to.

`Share` is `(position of the line, saving in minor units)`. Savings are never negative and never more than what is
left on the line above its floor price.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from engine.runtime.arithmetic import Rounder
from engine.runtime.selection import Selected
from engine.runtime.working import Working

Share = tuple[int, int]


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """What an effect would give now: shares per line, and the units of each line a group effect would use up."""

    shares: list[Share]
    units: list[tuple[int, int]]

    @property
    def total(self) -> int:
        return sum([saving for _, saving in self.shares])


NOTHING = Proposal([], [])


class LineEffect(Protocol):
    """An effect that treats each line by itself, so that a `best` lane may choose line by line."""

    @property
    def selection(self) -> int: ...

    def saving(self, work: Working, selected: Selected, position: int, rounder: Rounder) -> int:
        """What it takes off the line, with no regard to caps."""
        ...


class JointEffect(Protocol):
    """An effect over several lines at once: a share of the order, 3 for 2, a bundle."""

    @property
    def selection(self) -> int: ...

    def propose(
        self, work: Working, selected: Selected, positions: list[int], rounder: Rounder, most: int | None
    ) -> Proposal:
        """What it gives over the lines at `positions` (all of its selection, or what is left of it).

        `most` limits the number of applications (groups); effects on the whole order ignore it.
        """
        ...
