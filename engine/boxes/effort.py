"""How much work and memory may a proof about boxes take before it gives up honestly?"""

from __future__ import annotations

from collections.abc import Iterable

from engine.boxes.values import ValueSet

_CUTS = 3_000_000
_CUTS_A_SIDE = 10
_BITS_AN_AXIS = 400_000_000


class TooComplex(Exception):
    """The boxes are too many, or cross on too many axes, to decide within the effort allowed."""


class Effort:
    """How many cuts may be looked at before ``TooComplex`` is raised; a side of a box counts as ten more.

    The usual amount is a second or two of work. One effort may serve several questions.
    """

    def __init__(self, cuts: int = _CUTS) -> None:
        self._left = cuts

    def spend(self, *, sides: int = 0, cuts: int = 0) -> None:
        """Count work that is done or about to be; ``TooComplex`` when it is more than was left."""
        self._left -= _CUTS_A_SIDE * sides + cuts
        if self._left < 0:
            raise TooComplex("too many boxes cross one another to decide what they cover together")


def refuse_too_many(boxes: int, sets: Iterable[ValueSet]) -> None:
    """Raise ``TooComplex`` when a mask of all boxes for each cut of one axis would take more than 50 MB."""
    cuts = len({cut for values in sets for cut in values.cuts()})
    if boxes * cuts > _BITS_AN_AXIS:
        raise TooComplex(f"{boxes} boxes with {cuts} different limits on one fact are too many to compare")
