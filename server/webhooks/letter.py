"""What exactly is sent to a webhook? One event as JSON, with headers that say what it is and who signed it.

The body is the same, byte by byte, however often it is sent; the signature is of the moment it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from notifications.events import EVENTS, Event
from server.payments.providers.signatures import sign

SIGNATURE_HEADER: Final = "Sostech-Signature"
EVENT_ID_HEADER: Final = "Sostech-Event-Id"
EVENT_HEADER: Final = "Sostech-Event"

TEST: Final = "WebhookTest"
"""What the test button sends: no event of the shop."""
ALL: Final = "*"
PRIVATE: Final = frozenset(name for name, event in EVENTS.items() if event.SECRET or event.FORGOTTEN)
"""Events that hold what lets somebody act for somebody else; they are told to nobody outside."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """The body: what happened, when, in which store (its slug). `version` is that of `data`."""

    id: UUID
    type: str
    version: int
    created: datetime
    store: str
    data: dict[str, Any]


def is_private(event: Event) -> bool:
    """Whether it is told to nobody outside, whatever it is called."""
    return bool(event.SECRET or event.FORGOTTEN)


def letter(store_slug: str, event_id: UUID, event: Event, occurred_at: datetime) -> str:
    """The body for an event."""
    return _written(store_slug, event_id, event.called, event.VERSION, occurred_at, msgspec.structs.asdict(event))


def letter_of_test(store_slug: str, event_id: UUID, now: datetime) -> str:
    """The body of a test."""
    return _written(store_slug, event_id, TEST, 1, now, {"message": "Hello from your shop."})


def headers(event_id: UUID, event: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of a body that is sent now, signed with every secret."""
    return {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: sign(body.encode(), [secret.encode() for secret in secrets], now),
        EVENT_ID_HEADER: str(event_id),
        EVENT_HEADER: event,
    }


def _written(store_slug: str, event_id: UUID, name: str, version: int, created: datetime, data: dict[str, Any]) -> str:
    whole = Letter(
        id=event_id, type=name, version=version, created=created.astimezone(UTC), store=store_slug, data=data
    )
    return msgspec.json.encode(whole).decode()
