"""Does a proof give up when it is told to, rather than run on?"""

import pytest

from engine.boxes.effort import Effort, TooComplex, refuse_too_many
from engine.boxes.values import ValueSet


def test_an_effort_lasts_exactly_as_long_as_was_allowed() -> None:
    effort = Effort(25)
    effort.spend(sides=2, cuts=5)
    with pytest.raises(TooComplex, match="cross one another"):
        effort.spend(cuts=1)


def test_ten_thousand_boxes_with_two_limits_each_may_be_compared_and_twenty_thousand_not() -> None:
    limits = [ValueSet.interval(low, low + 1) for low in range(0, 40_000, 2)]
    refuse_too_many(10_000, limits[:10_000])
    with pytest.raises(TooComplex, match="20000 boxes with 40000 different limits"):
        refuse_too_many(20_000, limits)
