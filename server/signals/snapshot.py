"""What is a firing, once it is kept? Frozen values, as they are written and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from engine.documents.conditions import Key

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Ruleset(msgspec.Struct, frozen=True):
    """Which version of a signals ruleset."""

    name: str
    version: int
    hash: str


class DoneEffect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was to be done. `why_not` is empty where it was done.

    `kind` is flag, hold, announce, tag or untag, `name` what is announced, or the tag, `target` an order, a cart or a
    customer, and `target_id` which.
    """

    kind: str
    name: str = ""
    target: str | None = None
    target_id: str = ""
    why_not: str = ""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a firing is about, as far as that is known."""

    order_id: UUID | None = None
    order_number: int | None = None
    cart_id: UUID | None = None
    customer_id: UUID | None = None


class StoredFiring(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as it is kept; `events` are the ids of those that made it, in order."""

    id: UUID
    key: str
    signal: str
    ruleset: Ruleset
    fired_at: datetime
    seen_at: datetime
    events: tuple[UUID, ...]
    same: dict[str, Key]
    order_id: UUID | None
    order_number: int | None
    cart_id: UUID | None
    customer_id: UUID | None
    explanation: tuple[str, ...]
    effects: tuple[DoneEffect, ...]


def microseconds(instant: datetime) -> int:
    """Since 1970 UTC, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(microseconds_since: int) -> datetime:
    """The instant of so many microseconds since 1970 UTC."""
    return _EPOCH + microseconds_since * _MICROSECOND


def uuid_of(text: object) -> UUID | None:
    """The id, where it is one: facts of events are whatever was announced."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
