"""What does a kept event look like to a signal? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog

from engine.signals import Happened
from notifications.events import Event, UnknownEvent, facts_of, read_event
from server.decisions.instants import microseconds
from server.signals.snapshot import KeptEvent

_LOG = structlog.get_logger("sostech.signals")


def happened(event_id: UUID, occurred_at: datetime, event: Event) -> Happened:
    """The event with everything rulesets may read of it."""
    facts = {name: value for name, value in facts_of(event).items() if name != "event.name"}
    return Happened(str(event_id), microseconds(occurred_at), event.called, facts)


def read(kept: KeptEvent) -> Happened:
    """The same of an event that is kept. Raises UnknownEvent."""
    return happened(kept.id, kept.occurred_at, read_event(kept.kind, kept.version, kept.payload.encode()))


def readable(events: Iterable[KeptEvent]) -> list[Happened]:
    """The same of all that this program can read; others cannot be part of anything, which is said in the log."""
    found = []
    for each in events:
        try:
            found.append(read(each))
        except UnknownEvent as unknown:
            _LOG.warning("signals_event_unreadable", event_id=str(each.id), reason=str(unknown))
    return found
