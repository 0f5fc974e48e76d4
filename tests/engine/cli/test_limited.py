"""Work with a limit of seconds gives what it gives, or is killed when the time is up."""

from __future__ import annotations

import time
from functools import partial

import pytest

from engine.cli.limited import OutOfTime, Tell, within

PATIENT = 60.0
"""Seconds: more than starting a process takes anywhere."""


def doubled(number: int, tell: Tell) -> int:
    """Tells once, and doubles."""
    tell(number)
    return 2 * number


def failing(tell: Tell) -> int:
    raise ValueError("not like this")


def endless(tell: Tell) -> int:
    """Never comes to an end, as a solver may not."""
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("seconds", [None, PATIENT], ids=["here", "in a process of its own"])
def test_work_gives_its_result_and_tells_how_far_it_is(seconds: float | None) -> None:
    told: list[int] = []
    assert within(seconds, partial(doubled, 21), told.append) == 42
    assert told == [21]


@pytest.mark.parametrize("seconds", [None, PATIENT], ids=["here", "in a process of its own"])
def test_what_the_work_raises_is_raised_where_somebody_waits(seconds: float | None) -> None:
    with pytest.raises(ValueError, match="not like this"):
        within(seconds, failing, lambda done: None)


def test_work_that_does_not_end_is_killed() -> None:
    with pytest.raises(OutOfTime):
        within(0.2, endless, lambda done: None)
