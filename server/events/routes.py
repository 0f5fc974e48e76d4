"""The addresses of events: what happened, and who was told."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.events import looking_after
from server.events.errors import EVENT_FORGOTTEN, EVENT_UNKNOWN, HANDLER_UNKNOWN
from server.events.looking_after import shown
from server.events.reading_repo import Delivery, KeptEvent
from server.events.schemas import (
    ChangedDeliveriesView,
    DeliveriesBody,
    DeliveriesQuery,
    DeliveryView,
    EventDeliveriesView,
    EventDetailView,
    EventPath,
    EventsQuery,
    EventsSummaryView,
    EventView,
    HandlerView,
    HappenedView,
    RedeliverBody,
)
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, page, position, window

NEEDS: Final = "jobs.manage"

routes = Routes("Events")


@routes.get("/events", needs=NEEDS)
async def list_events(call: Call, query: EventsQuery) -> Reply[Page[EventView]]:
    """What happened in the store, the newest first."""
    at = position(call, query)
    found = await looking_after.list_events(call, query, window(at, _by_place))
    return page(call, query, at, found, lambda each: [each.position, ""], _event_view)


@routes.get("/events/summary", needs=NEEDS)
async def summarize_events(call: Call) -> EventsSummaryView:
    """What happened in the last day, and how far everybody is who reacts: what is due, what is dead, since when."""
    happened, handlers = await looking_after.summary(call)
    return EventsSummaryView(
        happened=[HappenedView(name=name, count=count) for name, count in happened.items()],
        handlers=[HandlerView(**_fields(each)) for each in handlers],
    )


@routes.get("/events/deliveries", needs=NEEDS)
async def list_event_deliveries(call: Call, query: DeliveriesQuery) -> Reply[Page[DeliveryView]]:
    """Who could not, or is still to, be told of what: the dead wait for somebody to decide; the newest first.

    Who was told of an event is in `GET /events/{event_id}`.
    """
    at = position(call, query)
    found = await looking_after.list_deliveries(call, query, window(at, _by_place))
    return page(call, query, at, found, lambda each: [each.position, each.handler], _delivery_view)


@routes.post("/events/deliveries/retry", needs=NEEDS)
async def retry_event_deliveries(call: Call, body: DeliveriesBody) -> ChangedDeliveriesView:
    """Have deliveries tried again at once, as often as new ones: the dead, or those that rest after a failure.

    Events of the same order or customer that came later may have been delivered meanwhile.
    """
    return ChangedDeliveriesView(count=await looking_after.retry(call, body))


@routes.post("/events/deliveries/drop", needs=NEEDS)
async def drop_event_deliveries(call: Call, body: DeliveriesBody) -> ChangedDeliveriesView:
    """Have deliveries never tried again. The events stay."""
    return ChangedDeliveriesView(count=await looking_after.drop(call, body))


@routes.get("/events/{event_id}", needs=NEEDS, errors=(EVENT_UNKNOWN,))
async def read_event(call: Call, path: EventPath) -> EventDetailView:
    """One event: what it says, and who was told. What nobody may see is hidden."""
    found, deliveries = await looking_after.read_event(call, path.event_id)
    return EventDetailView(
        **_of_event(found),
        payload=shown(found.kind, found.payload),
        deliveries=[_delivery_view(each) for each in deliveries],
    )


@routes.post(
    "/events/{event_id}/redeliver", needs=NEEDS, errors=(EVENT_UNKNOWN, HANDLER_UNKNOWN, EVENT_FORGOTTEN), status=202
)
async def redeliver_event(call: Call, path: EventPath, body: RedeliverBody) -> EventDeliveriesView:
    """Have one handler told of an event, whether it wanted it or not; what it did because of it it may do again."""
    found = await looking_after.redeliver(call, path.event_id, body.handler)
    return EventDeliveriesView(items=[_delivery_view(each) for each in found])


def _by_place(position: int, handler: str) -> tuple[int, str]:
    return position, handler


def _event_view(event: KeptEvent) -> EventView:
    return EventView(**_of_event(event))


def _of_event(event: KeptEvent) -> dict[str, Any]:
    return {
        "id": event.id, "name": event.name, "kind": event.kind, "version": event.version,
        "aggregate": event.aggregate, "at": event.occurred_at,
    }  # fmt: skip


def _delivery_view(delivery: Delivery) -> DeliveryView:
    fields = _fields(delivery)
    del fields["position"]
    return DeliveryView(at=fields.pop("occurred_at"), **fields)


def _fields(value: Any) -> dict[str, Any]:
    return msgspec.structs.asdict(value)
