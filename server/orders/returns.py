"""How does something come back? It is asked for, approved, and received: each a step of the order's life.

The return's own row follows in the same transaction, by compare-and-set; at most one is under way at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from server.decisions.books import BOOKS
from server.errors import Fault
from server.orders import access, changing, fulfilment, history_repo, repo, service
from server.orders import returns_repo as rows
from server.orders.detail import OrderDetail
from server.orders.errors import RETURN_OVER, RETURN_UNKNOWN
from server.orders.happening import Doer, Happens, Transitioned
from server.orders.lifecycle import advance
from server.orders.returns_repo import ReturnHead
from server.orders.schemas import ReceivedLine, ReturnBody
from server.orders.snapshot import OrderHead
from server.web.call import Call, Shop
from server.web.etag import refuse_other_version
from storage.tenancy import Store
from storage.transaction import Transaction

RECEIVE: Final = "receive_return"
UNDER_WAY: Final = ("requested", "approved")
"""Statuses of a return that is not over."""


async def request(call: Call, number: int, version: int | None, body: ReturnBody) -> OrderDetail:
    """Ask to send units back: of one's own order, or with `orders.write` of anybody's.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, VERSION_CHANGED, UNITS_INVALID for units that were not sent or came back
    already, and TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> OrderDetail:
        order = access.own_or_allowed(call.actor, await history_repo.lock(tx, number), number, access.WRITE)
        refuse_other_version(version, order.version)
        return await _request(tx, call, order, service.doer(call), body)

    return await call.database.transaction(call.store.id, work)


async def request_linked(call: Call, token: str, body: ReturnBody) -> OrderDetail:
    """The same for the order a link leads to, as its customer. Raises LINK_INVALID and LINK_EXPIRED as well."""
    link = service.opened(call, token)

    async def work(tx: Transaction) -> OrderDetail:
        order = await changing.linked(tx, link)
        return await _request(tx, call, order, changing.customer_of(order), body)

    return await call.database.transaction(call.store.id, work)


async def approve(call: Call, number: int, return_number: int, note: str | None) -> OrderDetail:
    """Agree to a return; the customer is written to. Raises ORDER_UNKNOWN, RETURN_UNKNOWN, RETURN_OVER, …"""
    return await _decide(call, number, return_number, ("requested",), "approved", "approve_return", note)


async def refuse(call: Call, number: int, return_number: int, note: str | None) -> OrderDetail:
    """Refuse a return; the order goes back to where it was. Raises as `approve`."""
    return await _decide(call, number, return_number, UNDER_WAY, "refused", "refuse_return", note)


async def withdraw(call: Call, number: int, return_number: int) -> OrderDetail:
    """Keep it after all: for the customer. Raises as `approve`."""
    return await _decide(call, number, return_number, UNDER_WAY, "withdrawn", "withdraw_return", None)


async def receive(
    call: Call, number: int, return_number: int, lines: Sequence[ReceivedLine] | None, note: str | None
) -> OrderDetail:
    """The parcel is back: units are counted, those that can be sold again go on the shelf.

    Raises ORDER_UNKNOWN, RETURN_UNKNOWN, RETURN_OVER, UNITS_INVALID for more than was to come, and TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> OrderDetail:
        order = access.visible(call.actor, await history_repo.lock(tx, number), number)
        found = await _found(tx, order, return_number)
        _refuse_over(order, found, ("approved",), "received")
        came = _came(found, lines)
        if not await rows.receive(tx, found.id, came):
            raise RuntimeError(f"order {number}: more units would come back than were sent")
        happens = Happens(
            event=RECEIVE, doer=service.doer(call), key=f"return:{found.id}:received", note=note,
            units={line_id: restock for line_id, (_, restock) in came.items()},
        )  # fmt: skip
        await advance(tx, call.shop, call.store, order.id, happens)
        # Only now: that it is approved is what lets it be received.
        await rows.move(tx, found.id, ("approved",), "received")
        return await service.detail_of(tx, order.id)

    return await call.database.transaction(call.store.id, work)


async def end_left_behind(tx: Transaction, shop: Shop, store: Store, happened: Transitioned) -> None:
    """After a step of a timer: a return whose order waits for it no longer has expired.

    The order may be where its parcels, which arrived meanwhile, lead further.
    """
    lifecycle = shop.use(BOOKS).live(store).orders
    waiting = lifecycle.sources_of(RECEIVE)
    if happened.source in waiting and happened.target not in waiting and await rows.expire(tx, happened.order.id):
        await fulfilment.arrive(tx, shop, store, happened.order.id)


async def _request(tx: Transaction, call: Call, order: OrderHead, doer: Doer, body: ReturnBody) -> OrderDetail:
    left = {line.id: line.shipped - line.returned for line in await repo.units(tx, order.id)}
    units = fulfilment.units_of([(line.line_id, line.quantity) for line in body.lines], left, "can come back")
    # The order first: one that is waiting for a return already is refused by its lifecycle, not by an index.
    happens = Happens(event="request_return", doer=doer, units=units, note=body.comment)
    await advance(tx, call.shop, call.store, order.id, happens)
    await rows.request(tx, order.id, units, body.reason, body.comment)
    return await service.detail_of(tx, order.id)


async def _decide(
    call: Call, number: int, return_number: int, expected: Sequence[str], status: str, event: str, note: str | None
) -> OrderDetail:
    """Set the status of a return and bring the event to its order. A second time does nothing."""

    async def work(tx: Transaction) -> OrderDetail:
        found = await history_repo.lock(tx, number)
        order = access.own_or_allowed(call.actor, found, number, access.WRITE)
        given = await _found(tx, order, return_number)
        if given.status != status:
            _refuse_over(order, given, expected, status)
            await rows.move(tx, given.id, expected, status)
            happens = Happens(event=event, doer=service.doer(call), key=f"return:{given.id}:{status}", note=note)
            await advance(tx, call.shop, call.store, order.id, happens)
            await fulfilment.arrive(tx, call.shop, call.store, order.id)
        return await service.detail_of(tx, order.id)

    return await call.database.transaction(call.store.id, work)


async def _found(tx: Transaction, order: OrderHead, return_number: int) -> ReturnHead:
    found = await rows.find(tx, order.id, return_number)
    if found is None:
        raise RETURN_UNKNOWN(f"order {order.number} has no return {return_number}; GET /orders/{order.number} has them")
    return found


def _refuse_over(order: OrderHead, found: ReturnHead, expected: Sequence[str], status: str) -> None:
    if found.status not in expected:
        raise RETURN_OVER(
            f"return {found.number} of order {order.number} is {found.status}; only one that is"
            f" {' or '.join(expected)} can become {status}",
            status=found.status,
        )


def _came(found: ReturnHead, lines: Sequence[ReceivedLine] | None) -> dict[UUID, tuple[int, int]]:
    """Units received, and of these fit to be sold, by line. Raises UNITS_INVALID."""
    if lines is None:
        return {line_id: (count, count) for line_id, count in found.units.items()}
    received = [(line.line_id, line.received) for line in lines]
    fulfilment.units_of(received, found.units, "were to come back")
    faults = [
        Fault(f"/lines/{place}/restock", "too_many", f"{line.received} came back, not {line.restock}")
        for place, line in enumerate(lines)
        if line.restock is not None and line.restock > line.received
    ]
    if not any(line.received for line in lines):
        faults.append(Fault("/lines", "nothing", "something has to have come back; else refuse the return"))
    if faults:
        raise fulfilment.refused_units(faults)
    return {line.line_id: (line.received, line.received if line.restock is None else line.restock) for line in lines}
