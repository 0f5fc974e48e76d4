"""What do signals see in events of the past? Pure; made for another process, so it imports no more than that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.signals import Chainer, Firing, Given, Happened, Program, explain_firing
from notifications.events import UnknownEvent
from server.signals.seen import read
from server.signals.snapshot import KeptEvent

MOST_FIRINGS: Final = 200
"""That are told one by one, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A firing with its explanation."""

    firing: Firing
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How often each signal fires, which orders it holds, and the newest firings.

    `events` were looked at; `unreadable` ones, which this program does not know, besides.
    """

    events: int
    unreadable: int
    firings: dict[str, int]
    held: dict[str, int]
    newest: tuple[Told, ...]


def find(program: Program, kept: Sequence[KeptEvent], since: int) -> Found:
    """All firings from that instant on, in microseconds."""
    events = _read(kept)
    outcome = Chainer(program).evaluate(Given(now=0, events=events))
    firings = [firing for firing in outcome.firings if firing.at >= since]
    counts = {signal.id: 0 for signal, _ in program.patterns}
    held: dict[str, set[str]] = {name: set() for name in counts}
    for firing in firings:
        counts[firing.signal] += 1
        held[firing.signal] |= {effect.target_id for effect in firing.effects if effect.kind == "hold"}
    by_id = {event.id: event for event in events}
    newest = tuple(
        Told(
            firing=firing, explanation=explain_firing(program, firing, [by_id[name] for name in firing.events])
        )
        for firing in reversed(firings[-MOST_FIRINGS:])
    )  # fmt: skip
    return Found(
        events=len(events), unreadable=len(kept) - len(events), firings=counts,
        held={name: len(orders) for name, orders in held.items()}, newest=newest,
    )  # fmt: skip


def _read(kept: Sequence[KeptEvent]) -> tuple[Happened, ...]:
    """Of an event that cannot be read nothing is known, so it is part of nothing."""
    found = []
    for each in kept:
        try:
            found.append(read(each))
        except UnknownEvent:
            continue
    return tuple(found)
