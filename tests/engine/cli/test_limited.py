"""Work with a limit of seconds gives what it gives, or is killed when the time is up."""

from __future__ import annotations

import os
import time
from functools import partial

import pytest

from engine.cli.limited import Ended, OutOfTime, Tell, Worker, within

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


def unlike_any(tell: Tell) -> int:
    class Odd(Exception):
        """Cannot be sent: nobody else finds its class."""

    raise Odd("not like any")


def test_what_cannot_be_sent_is_said_all_the_same() -> None:
    with pytest.raises(RuntimeError, match="Odd: not like any"):
        within(PATIENT, unlike_any, lambda done: None)
    with pytest.raises(Exception, match="lambda"):
        within(PATIENT, partial(giving_what_cannot_be_sent), lambda done: None)


def giving_what_cannot_be_sent(tell: Tell) -> object:
    return lambda: None


def dying(tell: Tell) -> int:
    os._exit(9)


def test_a_process_that_ends_by_itself_is_no_answer_and_the_next_work_gets_another() -> None:
    with Worker(PATIENT) as worker:
        with pytest.raises(Ended, match="ended by itself"):
            worker.do(dying, lambda done: None)
        assert worker.do(partial(doubled, 4), lambda done: None) == 8


def test_what_goes_wrong_where_it_is_heard_is_not_taken_for_its_end() -> None:
    def broken(done: int) -> None:
        raise BrokenPipeError("nobody reads the screen")

    with pytest.raises(BrokenPipeError, match="screen"):
        within(PATIENT, partial(doubled, 4), broken)
