"""Why did a signal fire, and how near was it where it did not?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.documents.conditions import Key
from engine.documents.model.signals import Idle, Pattern, Signal, Step
from engine.signals.compile import Program
from engine.signals.matching import MICROSECONDS, Event, in_order
from engine.signals.model import Firing, Given, Happened

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Nearest:
    """How far a pattern came: of each step, how many events were there at the most at one time and how many it takes.

    `events` are their ids, in order, and `same` what was equal in them. All are there and the signal did not fire: it
    is outside its window of validity, or what was wanted last came first.
    """

    signal: str
    got: tuple[int, ...]
    wanted: tuple[int, ...]
    same: tuple[tuple[str, Key], ...] = ()
    events: tuple[str, ...] = ()

    def __str__(self) -> str:
        counted = ", then ".join(f"{got} of {wanted}" for got, wanted in zip(self.got, self.wanted, strict=True))
        same = " and ".join(f"{name} {value}" for name, value in self.same)
        return f"{self.signal}: {counted}{f' with {same}' if same else ''}"


def explain_firing(program: Program, firing: Firing, events: Iterable[Happened]) -> tuple[str, ...]:
    """One line that says what was seen, one for each event that made it, one for each effect."""
    signal = next(each for each in program.signals if each.id == firing.signal)
    by_id = {event.id: event for event in events}
    lines = [f"{signal.id}: {seen_text(signal)}"]
    lines += [f"  the same {name}: {value}" for name, value in firing.same]
    lines += [_event_line(number, by_id[name]) for number, name in enumerate(firing.events, 1) if name in by_id]
    if not firing.events:
        lines.append(f"  {_instant(firing.at)}  {firing.last}")
    return (*lines, *(f"  → {effect}" for effect in firing.effects))


def nearest(program: Program, given: Given) -> tuple[Nearest, ...]:
    """Of every signal about what happened, how near it came at the best; of those that fired, too."""
    events = in_order(given.events)
    return tuple(_nearest(signal, pattern, events) for signal, pattern in program.patterns)


def seen_text(signal: Signal) -> str:
    """What a signal looks for, in a few words."""
    seen = signal.seen
    if isinstance(seen, Idle):
        before = "" if seen.before_seconds is None else f", and for less than {duration_text(seen.before_seconds)}"
        return f"{seen.subject} unchanged for {duration_text(seen.for_seconds)}{before}"
    steps = ", then ".join(f"{step.at_least} × {' or '.join(step.events)}" for step in seen.steps)
    same = " or ".join(" and ".join(names) for names in seen.same if names)
    return f"{steps} within {duration_text(seen.within_seconds)}{f', with the same {same}' if same else ''}"


def duration_text(seconds: int) -> str:
    """`1d`, `90m`, `1h 30m`."""
    parts = []
    for size, unit in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts) or "0s"


def _nearest(signal: Signal, pattern: Pattern, events: Sequence[Event]) -> Nearest:
    wanted = tuple(step.at_least for step in pattern.steps)
    best = Nearest(signal.id, (0,) * len(wanted), wanted)
    for names in pattern.same:
        for group in _groups(names, pattern.steps, events).values():
            for position in range(len(group)):
                got, run = _so_far(pattern, group, position)
                if sum(got) > sum(best.got):
                    same = tuple((name, group[position].known.keys[name]) for name in names)
                    best = Nearest(signal.id, got, wanted, same, tuple(event.happened.id for event in run))
    return best


def _groups(
    names: Sequence[str], steps: Sequence[Step], events: Iterable[Event]
) -> Mapping[tuple[Key, ...], list[Event]]:
    groups: dict[tuple[Key, ...], list[Event]] = {}
    for event in events:
        key = event.key(names)
        if key is not None and any(event.matches(step) for step in steps):
            groups.setdefault(key, []).append(event)
    return groups


def _so_far(pattern: Pattern, group: Sequence[Event], position: int) -> tuple[tuple[int, ...], list[Event]]:
    """Forwards from the event at the position, as far as the pattern comes within its time."""
    until = group[position].at + pattern.within_seconds * MICROSECONDS
    run: list[Event] = []
    got: list[int] = []
    following: Iterator[Event] = iter([event for event in group[position:] if event.at < until])
    for step in pattern.steps:
        taken: list[Event] = []
        while len(taken) < step.at_least:
            event = next((each for each in following if each.matches(step)), None)
            if event is None:
                break
            taken.append(event)
        run += taken
        got.append(len(taken))
    return tuple(got), run


def _event_line(number: int, event: Happened) -> str:
    return f"  {number}. {_instant(event.at)}  {event.name}  {event.id}"


def _instant(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="seconds").replace("+00:00", "Z")
