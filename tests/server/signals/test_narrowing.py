"""Of all that was found, what is kept is enough to see every pattern that an event is part of."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.documents.conditions import ALWAYS
from engine.documents.model.signals import Pattern, Signal, Step
from engine.signals import Chainer, Given, Happened, Program
from server.signals.narrowing import needed

sys.path.insert(0, str(Path(__file__).parents[2] / "engine" / "signals"))
from generated import EVENTS, SPAN, programs


@given(programs(), EVENTS, st.integers(0, 24))
def test_what_is_kept_shows_the_same_firings_of_the_event(
    program: Program, events: tuple[Happened, ...], number: int
) -> None:
    assume(events)
    last = events[number % len(events)]

    def of_last(seen: tuple[Happened, ...]) -> list[object]:
        firings = Chainer(program).evaluate(Given(now=0, events=seen)).firings
        return [firing for firing in firings if last.id in firing.events]

    kept = needed(program, last, events)
    assert of_last(kept) == of_last(events)
    assert last in kept


def test_of_a_thousand_only_as_many_as_the_pattern_asks_for_are_kept() -> None:
    step = Step(events=("OrderPlaced",), where=ALWAYS, at_least=3, span=SPAN)
    pattern = Pattern(steps=(step,), same=(("customer.phone",),), within_seconds=600, span=SPAN)
    program = Program(strata=(), signals=(Signal(id="s", seen=pattern, then=(), span=SPAN),), tags=())
    events = [Happened(f"{number:04}", number, "OrderPlaced", {"customer.phone": "p"}) for number in range(1_000)]
    assert [event.id for event in needed(program, events[-1], events)] == ["0997", "0998", "0999"]
    assert len(needed(program, events[500], events)) == 2 + 500, "and whatever came after it"
