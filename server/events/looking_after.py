"""What can people do about events? See what happened and who was told, and have it told again, or no more."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from notifications.events import EVENTS
from server.errors import AppError, Fault
from server.events import reading_repo as repo
from server.events.errors import EVENT_FORGOTTEN, EVENT_UNKNOWN, HANDLER_UNKNOWN
from server.events.reading_repo import Delivery, EventsWindow, HandlerState, KeptEvent
from server.events.schemas import DeliveriesBody, DeliveriesQuery, EventsQuery
from server.web.call import Call
from server.web.noting import note
from server.web.reacting import HANDLERS
from server.web.waking import WAKE
from storage.transaction import Transaction

HIDDEN: Final = "•••"

_FORGOTTEN: Final = {name: dict(event.FORGOTTEN) for name, event in EVENTS.items() if event.FORGOTTEN}


async def list_events(call: Call, query: EventsQuery, window: EventsWindow) -> list[KeptEvent]:
    """Events of the store, the newest first."""

    async def work(tx: Transaction) -> list[KeptEvent]:
        return await repo.events(
            tx, name=query.name, aggregate=query.aggregate, since=query.since, until=query.until, window=window
        )

    return await call.database.transaction(call.store.id, work)


async def read_event(call: Call, event_id: UUID) -> tuple[KeptEvent, list[Delivery]]:
    """One event, and who was told. Raises EVENT_UNKNOWN."""

    async def work(tx: Transaction) -> tuple[KeptEvent, list[Delivery]]:
        return await _found(tx, event_id), await repo.of_event(tx, event_id)

    return await call.database.transaction(call.store.id, work)


async def list_deliveries(call: Call, query: DeliveriesQuery, window: EventsWindow) -> list[Delivery]:
    """Deliveries in a state, the newest first."""

    async def work(tx: Transaction) -> list[Delivery]:
        return await repo.deliveries(tx, state=query.state, handler=query.handler, window=window)

    return await call.database.transaction(call.store.id, work)


async def summary(call: Call) -> tuple[dict[str, int], list[HandlerState]]:
    """What happened in the last day, by name, and how each handler gets on, also one that is not there any more."""
    happened, busy = await call.database.transaction(call.store.id, repo.summary)
    by_name = {each: HandlerState(handler=each) for each in call.use(HANDLERS)} | {each.handler: each for each in busy}
    return happened, list(by_name.values())


async def retry(call: Call, body: DeliveriesBody) -> int:
    """Have deliveries tried again at once; how many."""

    async def work(tx: Transaction) -> int:
        count = await repo.retry(tx, body.state, body.event_id, body.handler)
        await _note(tx, call, "events.retry", body, count)
        call.use(WAKE).after(tx)
        return count

    return await call.database.transaction(call.store.id, work)


async def drop(call: Call, body: DeliveriesBody) -> int:
    """Have deliveries never tried again; how many."""

    async def work(tx: Transaction) -> int:
        count = await repo.drop(tx, body.state, body.event_id, body.handler, _FORGOTTEN)
        await _note(tx, call, "events.drop", body, count)
        return count

    return await call.database.transaction(call.store.id, work)


async def redeliver(call: Call, event_id: UUID, handler: str) -> list[Delivery]:
    """Have an event told to a handler, once more if it was before; everybody who is told of it.

    Raises EVENT_UNKNOWN, HANDLER_UNKNOWN and EVENT_FORGOTTEN.
    """

    async def work(tx: Transaction) -> list[Delivery]:
        found = await _found(tx, event_id)
        _require_handler(call, handler)
        _refuse_forgotten(found)
        if not await repo.redeliver(tx, event_id, handler):
            raise _unknown(event_id)
        await note(tx, call, "events.redeliver", "event", event_id, None, {"handler": handler})
        call.use(WAKE).after(tx)
        return await repo.of_event(tx, event_id)

    return await call.database.transaction(call.store.id, work)


def shown(kind: str, payload: str) -> dict[str, Any]:
    """What an event says, without what nobody may see; of a type that this program does not know only the fields."""
    fields = msgspec.json.decode(payload, type=dict[str, Any])
    event = EVENTS.get(kind)
    hidden = frozenset(fields) if event is None else event.SECRET
    return {name: _hidden(value) if name in hidden else value for name, value in fields.items()}


def _hidden(value: object) -> object:
    return dict.fromkeys(value, HIDDEN) if isinstance(value, dict) else HIDDEN


async def _found(tx: Transaction, event_id: UUID) -> KeptEvent:
    found = await repo.event(tx, event_id)
    if found is None:
        raise _unknown(event_id)
    return found


def _unknown(event_id: UUID) -> AppError:
    return EVENT_UNKNOWN(f"no event has the id {event_id}; GET /events lists those there are")


def _require_handler(call: Call, handler: str) -> None:
    known = call.use(HANDLERS)
    if handler not in known:
        detail = f"nobody reacts under the name {handler!r}; there are: {', '.join(sorted(known)) or 'none'}"
        raise HANDLER_UNKNOWN(detail, faults=[Fault("/handler", HANDLER_UNKNOWN.code, detail)])


def _refuse_forgotten(found: KeptEvent) -> None:
    forgotten = _FORGOTTEN.get(found.kind)
    if forgotten is not None and forgotten.items() <= msgspec.json.decode(found.payload, type=dict[str, Any]).items():
        raise EVENT_FORGOTTEN(
            f"{found.name} {found.id} was delivered, and what it said is not kept; have it happen again instead"
        )


async def _note(tx: Transaction, call: Call, action: str, body: DeliveriesBody, count: int) -> None:
    if count:
        meant = {"state": body.state, "handler": body.handler, "count": count}
        await note(tx, call, action, "event_delivery", body.event_id or "all", None, meant)
