"""How long something is left alone that failed."""

from __future__ import annotations

from server.web.pauses import LONGEST_SECONDS, Rests


class Clock:
    """A clock that only a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_failure_doubles_the_rest_up_to_the_longest() -> None:
    rests = Rests[str](Clock(), chance=lambda: 0.0)
    assert [rests.failed("a") for _ in range(8)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert [rests.failed("b") for _ in range(2000)][-1] == LONGEST_SECONDS


def test_chance_takes_up_to_half_of_the_rest_away() -> None:
    assert Rests[str](Clock(), chance=lambda: 1.0).failed("a") == 0.5


def test_it_rests_until_its_time_is_over_and_others_do_not() -> None:
    clock = Clock()
    rests = Rests[str](clock, chance=lambda: 0.0)
    rests.failed("a")
    assert (rests.is_resting("a"), rests.is_resting("b")) == (True, False)
    assert rests.resting() == ["a"]
    clock.now = 1.0
    assert not rests.is_resting("a")
    assert rests.resting() == []


def test_success_lets_it_go_on_and_begins_anew() -> None:
    rests = Rests[str](Clock(), chance=lambda: 0.0)
    rests.failed("a")
    rests.went_well("a")
    assert not rests.is_resting("a")
    assert rests.failed("a") == 1.0


def test_an_idle_one_rests_as_told_and_its_failures_are_forgotten() -> None:
    clock = Clock()
    rests = Rests[str](clock, chance=lambda: 0.0)
    rests.failed("a")
    rests.idle("a", 5.0)
    clock.now = 4.9
    assert rests.is_resting("a")
    clock.now = 5.0
    assert not rests.is_resting("a")
    assert rests.failed("a") == 1.0


def test_who_is_roused_goes_on_unless_it_failed() -> None:
    rests = Rests[str](Clock(), chance=lambda: 0.0)
    rests.idle("idle", 5.0)
    rests.idle("other", 5.0)
    rests.failed("failed")
    rests.rouse("idle")
    assert [rests.is_resting(each) for each in ("idle", "other", "failed")] == [False, True, True]
    rests.rouse_all()
    assert [rests.is_resting(each) for each in ("other", "failed")] == [False, True]
