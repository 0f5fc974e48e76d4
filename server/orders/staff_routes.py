"""The addresses at which the people of the shop find orders, bring events to them and write notes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.auth.emails import fold
from server.decisions.errors import RULES_MISSING
from server.orders import access, changing, fulfilment, notes, returns, service
from server.orders.errors import (
    EVENT_ELSEWHERE,
    ORDER_UNKNOWN,
    RETURN_OVER,
    RETURN_UNKNOWN,
    TRANSITION_REFUSED,
    UNITS_INVALID,
)
from server.orders.list_shapes import StaffOrderSummaryView, StateCountsView, StateCountView
from server.orders.routes import keys_of, shown, shows
from server.orders.schemas import (
    EventBody,
    EventPath,
    LocaleQuery,
    NoteBody,
    OrderPath,
    OrdersQuery,
    ReceivedBody,
    ReturnPath,
    StatesQuery,
)
from server.orders.search_repo import OrderFilter
from server.orders.shapes import NotesView, NoteView, OrderView
from server.orders.views import note_view
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.etag import VERSION_CHANGED, wanted_version
from server.web.pages import Page, page, position

routes = Routes("Orders")

_CHANGING: Final = (ORDER_UNKNOWN, RULES_MISSING, VERSION_CHANGED, TRANSITION_REFUSED)
_RETURNING: Final = (ORDER_UNKNOWN, RULES_MISSING, TRANSITION_REFUSED, RETURN_UNKNOWN, RETURN_OVER)


@routes.get("/staff/orders", needs=access.READ, errors=(RULES_MISSING,))
async def list_orders(call: Call, query: OrdersQuery) -> Reply[Page[StaffOrderSummaryView]]:
    """Orders of the store. Conditions add up; several states are alternatives."""
    at = position(call, query)
    found = await service.find_orders(call, _filter(query), at, oldest_first=query.sort == "oldest")
    return page(call, query, at, found, keys_of, shows(call, call.store.locale).staff_summary)


@routes.get("/staff/orders/states", needs=access.READ, errors=(RULES_MISSING,))
async def count_orders_by_state(call: Call, query: StatesQuery) -> StateCountsView:
    """How many orders that pass a filter are in each state."""
    counts = await service.count_orders(call, _filter(query))
    showing = shows(call, call.store.locale)
    states = [*showing.lifecycle.states, *sorted(counts.keys() - showing.lifecycle.states.keys())]
    return StateCountsView(
        states=[StateCountView(state=state, name=showing.name(state), orders=counts.get(state, 0)) for state in states]
    )


@routes.post("/staff/orders/{number}/events/{event}", needs=access.STAFF, errors=(*_CHANGING, EVENT_ELSEWHERE))
async def bring_order_event(call: Call, path: EventPath, query: LocaleQuery, body: EventBody) -> Reply[OrderView]:
    """Bring an event of the lifecycle to an order: hold, release_hold, process, confirm, delivery_failed, …

    Any event that needs nothing more than a note; the ruleset says who may bring it, and when. Others are told where to
    send. `If-Match` may name the version.
    """
    found = await changing.bring(call, path.number, path.event, wanted_version(call), body.note)
    return shown(call, found, query.locale)


@routes.post("/orders/{number}/drop-rest", needs=access.WRITE, errors=_CHANGING)
async def drop_order_rest(call: Call, path: OrderPath, query: LocaleQuery, body: EventBody) -> Reply[OrderView]:
    """Give up what is left to send of an order that was sent in part: it is sold out, or cannot be found.

    The units go back on the shelf, and their money to the customer.
    """
    found = await fulfilment.drop_rest(call, path.number, wanted_version(call), body.note)
    return shown(call, found, query.locale)


@routes.post("/orders/{number}/returns/{return_number}/approve", needs=access.WRITE, errors=_RETURNING)
async def approve_return(call: Call, path: ReturnPath, query: LocaleQuery, body: EventBody) -> Reply[OrderView]:
    """Agree to a return. The customer gets what they need to send it."""
    return shown(call, await returns.approve(call, path.number, path.return_number, body.note), query.locale)


@routes.post("/orders/{number}/returns/{return_number}/refuse", needs=access.WRITE, errors=_RETURNING)
async def refuse_return(call: Call, path: ReturnPath, query: LocaleQuery, body: EventBody) -> Reply[OrderView]:
    """Refuse a return; the order goes back to where it was."""
    return shown(call, await returns.refuse(call, path.number, path.return_number, body.note), query.locale)


@routes.post(
    "/orders/{number}/returns/{return_number}/receive", needs=access.FULFIL, errors=(*_RETURNING, UNITS_INVALID)
)
async def receive_return(call: Call, path: ReturnPath, query: LocaleQuery, body: ReceivedBody) -> Reply[OrderView]:
    """The parcel of a return is back: say what was in it, and what of it can be sold again.

    The refund is another step, with an address of its own.
    """
    found = await returns.receive(call, path.number, path.return_number, body.lines, body.note)
    return shown(call, found, query.locale)


@routes.get("/orders/{number}/notes", needs=access.READ, errors=(ORDER_UNKNOWN,))
async def list_order_notes(call: Call, path: OrderPath) -> NotesView:
    """All notes about an order, the oldest first."""
    found = await notes.of_order(call, path.number)
    return NotesView(items=[note_view(note, is_staff=True) for note in found])


@routes.post("/orders/{number}/notes", needs=access.WRITE, errors=(ORDER_UNKNOWN,), status=201)
async def add_order_note(call: Call, path: OrderPath, body: NoteBody) -> NoteView:
    """Write a note about an order, for the people of the shop or for the customer as well."""
    return note_view(await notes.add(call, path.number, body.text, body.is_for_customer), is_staff=True)


def _filter(query: StatesQuery | OrdersQuery) -> OrderFilter:
    wanted = OrderFilter(
        email=None if query.email is None else fold(query.email),
        placed_from=query.placed_from,
        placed_before=query.placed_before,
        payment_method=query.payment_method,
        held=query.held,
        seller=query.seller,
        sku=query.sku,
        text=query.text,
    )
    if isinstance(query, OrdersQuery):
        return replace(wanted, states=tuple(query.state), number=query.number)
    return wanted
