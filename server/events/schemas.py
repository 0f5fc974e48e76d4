"""What do requests and answers about events look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from server.auth.schemas import PLAIN_TEXT
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

State = Literal["due", "done", "dead", "dropped"]
Instant = Annotated[datetime, Meta(tz=True)]
EventName = Annotated[
    str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}(?!\n)$", description="OrderPlaced, StockRanLow …")
]
Aggregate = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT, description="What it happened to: `order:<id>`.")
]
HandlerName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}(?!\n)$", description="Who reacts; GET /events/summary names them all.")
]


class EventPath(Path, frozen=True, kw_only=True):
    """Which event."""

    event_id: UUID


class EventsQuery(PageQuery, frozen=True, kw_only=True, rename={"since": "from"}):
    """Which events to list; all that are given have to fit. `from` is included, `until` is not."""

    name: EventName | None = None
    aggregate: Aggregate | None = None
    since: Instant | None = None
    until: Instant | None = None


class DeliveriesQuery(PageQuery, frozen=True, kw_only=True):
    """Which deliveries to list: those that somebody has to decide about, or that are still to come.

    What was done is told with each event.
    """

    state: Literal["dead", "due"] = "dead"
    handler: HandlerName | None = None


class DeliveriesBody(Body, frozen=True, kw_only=True):
    """Which deliveries are meant: those that are in this state, of one event, of one handler, or all."""

    state: Literal["dead", "due"] = "dead"
    event_id: UUID | None = None
    handler: HandlerName | None = None


class RedeliverBody(Body, frozen=True, kw_only=True):
    """Who is to get the event once more."""

    handler: HandlerName


class EventView(View, frozen=True, kw_only=True):
    """Something that happened. `name` is how rulesets call it, `kind` the type of its payload in this `version`."""

    id: UUID
    name: str
    kind: str
    version: int
    aggregate: str | None
    at: datetime


class DeliveryView(View, frozen=True, kw_only=True):
    """What a handler has, or had, to do because of an event.

    `next_try_at` is when it is due, null once it has ended; `last_error` why the last try failed.
    """

    event_id: UUID
    name: str
    at: datetime
    handler: str
    state: State
    attempts: int
    next_try_at: datetime | None
    ended_at: datetime | None
    last_error: str | None


class EventDeliveriesView(View, frozen=True, kw_only=True):
    """Everybody who was, or is to be, told of one event."""

    items: list[DeliveryView]


class EventDetailView(EventView, frozen=True, kw_only=True):
    """An event with what it says, and who was told. What nobody may see stands there as `•••`."""

    payload: dict[str, Any]
    deliveries: list[DeliveryView]


class HappenedView(View, frozen=True, kw_only=True):
    """How often something happened in the last 24 hours."""

    name: str
    count: int


class HandlerView(View, frozen=True, kw_only=True):
    """How a handler gets on: `due` it has to do, `dead` it was asked too often; the oldest of each happened then."""

    handler: str
    due: int
    oldest_due_at: datetime | None
    oldest_due_seconds: float | None
    dead: int
    oldest_dead_at: datetime | None


class EventsSummaryView(View, frozen=True, kw_only=True):
    """What happened of late, and how far everybody is with it."""

    happened: list[HappenedView]
    handlers: list[HandlerView]


class ChangedDeliveriesView(View, frozen=True, kw_only=True):
    """How many deliveries were changed; as many as can be at once, 10,000, may have left some."""

    count: int
