"""Which of the events that were found can matter for one of them? Few, however many there are. Pure.

Of a pattern of one step the last event takes the newest before it, as many as the step asks for; so only those are
needed, and whatever came after it. Of a pattern of several steps anything may be needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.documents.model.signals import Pattern
from engine.signals import Happened, Program
from engine.signals.matching import Event, in_order


def needed(program: Program, last: Happened, found: Sequence[Happened]) -> tuple[Happened, ...]:
    """The event itself and those of the others with which it can make a pattern, in order."""
    events = in_order([*found, last])
    position = next(number for number, event in enumerate(events) if event.happened.id == last.id)
    kept = {position}
    for _, pattern in program.patterns:
        for names in pattern.same:
            kept.update(_of_pattern(pattern, names, events, position))
    return tuple(events[number].happened for number in sorted(kept))


def _of_pattern(pattern: Pattern, names: Sequence[str], events: Sequence[Event], position: int) -> Iterator[int]:
    key = events[position].key(names)
    if key is None or not any(events[position].matches(step) for step in pattern.steps):
        return
    is_one_step = len(pattern.steps) == 1
    before = 0
    for number in (*range(position - 1, -1, -1), *range(position + 1, len(events))):
        event = events[number]
        if number < position and is_one_step and before == pattern.steps[0].at_least - 1:
            continue
        if event.key(names) == key and any(event.matches(step) for step in pattern.steps):
            before += number < position
            yield number
