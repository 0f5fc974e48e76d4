"""Which boxes lie on each stretch of one axis?

A mask has bit *i* set for box *i*. Every set flips the bits of its boxes at its cuts, and one running mask is
changed by XOR from cut to cut, so the work is that of sorting the cuts and no box is tested on any stretch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from engine.boxes.values import Key, ValueSet

Sides = Mapping[ValueSet, int]
"""The constraints on one axis: set to the mask of the boxes that have it."""


class Stretches(NamedTuple):
    """``masks[k]`` is for ``[cuts[k - 1], cuts[k])``, the first and the last of them open-ended."""

    cuts: list[Key]
    masks: list[int]
    missing: int


def stretches(sides: Sides, everywhere: int = 0) -> Stretches:
    """Sweep the sets of one axis; the boxes ``everywhere`` are on all stretches and accept missing."""
    flips: dict[Key, int] = defaultdict(int)
    running = missing = everywhere
    for values, mask in sides.items():
        running |= mask if values.from_start else 0
        missing |= mask if values.missing else 0
        for cut in values.cuts():
            flips[cut] ^= mask
    cuts = sorted(flips)
    masks = [running]
    for cut in cuts:
        running ^= flips.pop(cut)
        masks.append(running)
    return Stretches(cuts, masks, missing)
