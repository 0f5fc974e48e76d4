"""What is a firing, once it is kept? Frozen values, as they are written and read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from engine.documents.conditions import Key


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
    cart_id: UUID | None = None
    customer_id: UUID | None = None


class KeptFiring(msgspec.Struct, frozen=True, kw_only=True):
    """What a firing that is new is called, and the number of the order it is about, which only few events tell."""

    id: UUID
    order_number: int | None


class KeptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept; `payload` is JSON."""

    id: UUID
    kind: str
    name: str
    version: int
    payload: str
    occurred_at: datetime


class StoredFiring(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as it is kept; `events` are the ids of those that made it, in order."""

    id: UUID
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


def uuid_of(text: object) -> UUID | None:
    """The id, where it is one: facts of events are whatever was announced."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
