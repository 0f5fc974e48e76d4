"""What is known of a collection of carts, and of a replay? Frozen values, as they were read."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.analysis.reading import Unreadable
from server.decisions.sides import ChosenSide
from server.decisions.stored import Place

State = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]
OPEN: Final = ("waiting", "running")
"""States in which a worker is to go on with it."""
ENDED: Final = ("done", "failed", "cancelled")


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection without its carts. `unreadable` lines were left out; `faults` says why the first of them."""

    id: UUID
    name: str
    carts: int
    unreadable: int
    faults: tuple[Unreadable, ...]
    created_by: UUID | None
    created_at: datetime


class OrdersSource(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="orders"):
    """Orders placed until an instant and not before another, the newest first."""

    until: datetime
    since: datetime | None
    most: int


class OpenCartsSource(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="carts"):
    """Open carts in which there is something."""

    most: int


class CollectionSource(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="collection"):
    """A collection with the content it had when it was chosen."""

    id: UUID
    name: str


Source = OrdersSource | OpenCartsSource | CollectionSource


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far the carts were read: the source by its index, how many were taken of it, and which one was the last."""

    source: int = 0
    taken: int = 0
    order: Place | None = None
    cart: UUID | None = None


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A replay without texts and report. `done` of about `carts` carts are compared; `error` is why it failed."""

    id: UUID
    title: str
    before: ChosenSide
    after: ChosenSide
    sources: tuple[Source, ...]
    state: State
    carts: int
    done: int
    error: str | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class Progress(msgspec.Struct, frozen=True):
    """How far a replay is."""

    state: State
    done: int
    carts: int
    error: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A replay a worker has: until `claimed_until`, which is its token as well. Both sides are JSON of Side."""

    id: UUID
    before: str
    after: str
    sources: tuple[Source, ...]
    reached: Reached
    found: bytes | None
    carts: int
    done: int
    tries: int
    claimed_until: datetime
