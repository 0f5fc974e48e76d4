"""How does an order get to its customer? In parcels: they leave, are seen on their way, and arrive.

A parcel that leaves is an event of the order's life, and so is the last one that arrives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from server.decisions.books import BOOKS
from server.errors import AppError, Fault
from server.orders import access, changing, history_repo, repo, service
from server.orders import fulfilment_repo as parcels
from server.orders.detail import OrderDetail
from server.orders.errors import SHIPMENT_UNKNOWN, UNITS_INVALID
from server.orders.fulfilment_repo import Parcel
from server.orders.happening import THE_SYSTEM, Doer, Happens
from server.orders.lifecycle import advance, locked, moved_on
from server.orders.schemas import ShipmentBody, ShippedLine, SightingBody, TrackingBody
from server.orders.snapshot import OrderHead, OrderUnits
from server.web.call import Call, Shop
from server.web.etag import refuse_other_version
from storage.tenancy import Store
from storage.transaction import Transaction

SHIP: Final = "ship"
DELIVER: Final = "deliver"
DROP_REST: Final = "drop_rest"

DELIVERED: Final = "delivered"
FAILED: Final = "failed"
_Work = Callable[[Transaction, OrderHead, Parcel], Awaitable[None]]
_ON_ITS_WAY: Final = "in_transit"
_CLOCKS_APART: Final = timedelta(minutes=5)
"""How far ahead of ours the clocks of carriers may be."""


async def ship(call: Call, number: int, version: int | None, body: ShipmentBody) -> OrderDetail:
    """Send a parcel, which is the last one of the order that comes back. Sellers send what is theirs.

    Raises ORDER_UNKNOWN, NOT_A_SELLER, VERSION_CHANGED, UNITS_INVALID with every line of which there is not that much,
    and TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> OrderDetail:
        order, doer = await _to_send(tx, call, number)
        refuse_other_version(version, order.version)
        units = _chosen(await repo.units(tx, order.id), body.lines, doer.seller)
        parcel_id = await parcels.send(
            tx, order.id, units, seller=doer.seller, carrier=body.carrier, tracking_number=body.tracking_number,
            tracking_url=body.tracking_url,
        )  # fmt: skip
        assert parcel_id is not None, "the lines were read after the order was locked"
        happens = Happens(event=SHIP, doer=doer, key=f"shipment:{parcel_id}", units=units, note=body.note)
        await advance(tx, call.shop, call.store, order.id, happens)
        return await service.detail_of(tx, order.id)

    return await call.database.transaction(call.store.id, work)


async def track(call: Call, number: int, shipment: int, body: TrackingBody) -> OrderDetail:
    """Change carrier and tracking of a parcel. Raises ORDER_UNKNOWN, NOT_A_SELLER and SHIPMENT_UNKNOWN."""

    async def work(tx: Transaction, order: OrderHead, parcel: Parcel) -> None:
        given = {name: getattr(body, name) for name in body.__struct_fields__}
        changes = {name: value for name, value in given.items() if value is not UNSET}
        await parcels.track(tx, msgspec.structs.replace(parcel, **changes))

    return await _with_parcel(call, number, shipment, work)


async def sight(call: Call, number: int, shipment: int, body: SightingBody) -> OrderDetail:
    """Note where a parcel was seen. One that is delivered, or has failed, is so from then on.

    When the last parcel of an order arrives the order is delivered. What was noted before is not noted again, and what
    is seen of a parcel after it arrived does not move it. Raises as `deliver`.
    """

    async def work(tx: Transaction, order: OrderHead, parcel: Parcel) -> None:
        await _refuse_future(tx, body.happened_at)
        noted = await parcels.sight(tx, parcel.id, body.status, body.location, body.source, body.happened_at)
        status = body.status if body.status in (DELIVERED, FAILED) else _ON_ITS_WAY
        if noted and await parcels.move(tx, parcel.id, status, body.happened_at):
            await arrive(tx, call.shop, call.store, order.id)

    return await _with_parcel(call, number, shipment, work)


async def deliver(call: Call, number: int, shipment: int, at: datetime | None) -> OrderDetail:
    """A parcel has arrived; with the last one the order is delivered. A second time does nothing.

    One that had failed may arrive after all. Raises ORDER_UNKNOWN, NOT_A_SELLER, SHIPMENT_UNKNOWN, and
    TRANSITION_REFUSED where the lifecycle does not let the order be delivered.
    """

    async def work(tx: Transaction, order: OrderHead, parcel: Parcel) -> None:
        await _refuse_future(tx, at)
        if parcel.status == DELIVERED:
            return
        await parcels.move(tx, parcel.id, DELIVERED, at)
        await parcels.sight(tx, parcel.id, DELIVERED, None, "shop", at)
        await arrive(tx, call.shop, call.store, order.id)

    return await _with_parcel(call, number, shipment, work)


async def drop_rest(call: Call, number: int, version: int | None, note: str | None) -> OrderDetail:
    """Give up what is still open of an order: its units go back on the shelf, its money to the customer.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, VERSION_CHANGED and TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> OrderDetail:
        found = await history_repo.lock(tx, number)
        order = access.visible(call.actor, found, number)
        refuse_other_version(version, order.version)
        dropped = {line.id: line.open for line in await repo.units(tx, order.id) if line.open}
        await repo.drop_rest(tx, order.id)
        happens = Happens(event=DROP_REST, doer=service.doer(call), units=dropped, note=note)
        await advance(tx, call.shop, call.store, order.id, happens)
        await arrive(tx, call.shop, call.store, order.id)
        return await service.detail_of(tx, order.id)

    return await call.database.transaction(call.store.id, work)


async def arrive(tx: Transaction, shop: Shop, store: Store, order_id: UUID) -> bool:
    """The order is delivered once all its parcels are, where its state can lead there; whether that happened now.

    Asked again whenever the order comes back to such a state: a return that was withdrawn, a rest that was dropped.
    """
    order = await moved_on(tx, shop, store, await locked(tx, order_id))
    if DELIVER not in shop.use(BOOKS).live(store).orders.events_in(order.state):
        return False
    if not await parcels.have_all_arrived(tx, order_id):
        return False
    happened = await advance(tx, shop, store, order_id, Happens(event=DELIVER, doer=THE_SYSTEM, key="parcels-arrived"))
    return not happened.is_repeat


async def _with_parcel(call: Call, number: int, shipment: int, work: _Work) -> OrderDetail:
    """Do something with a parcel the caller may touch, in one transaction; the order afterwards."""

    async def in_transaction(tx: Transaction) -> OrderDetail:
        order, doer = await _to_send(tx, call, number)
        parcel = await parcels.find(tx, order.id, shipment)
        if parcel is None or doer.seller not in (None, parcel.seller):
            raise SHIPMENT_UNKNOWN(f"order {number} has no parcel {shipment} of yours")
        await work(tx, order, parcel)
        return await service.detail_of(tx, order.id)

    return await call.database.transaction(call.store.id, in_transaction)


async def _to_send(tx: Transaction, call: Call, number: int) -> tuple[OrderHead, Doer]:
    """The order, locked, and who sends: everybody's parcels with `orders.fulfil`, else those of the seller they are."""
    if call.actor.may(access.FULFIL):
        order = access.visible(call.actor, await history_repo.lock(tx, number), number)
        return order, service.doer(call)
    return await changing.sale(tx, call, number, await service.selling_as(tx, call))


def _chosen(lines: Sequence[OrderUnits], wanted: Sequence[ShippedLine] | None, seller: str | None) -> dict[UUID, int]:
    """Units to send by line; all that are open when nothing is said. Raises UNITS_INVALID."""
    theirs = {line.id: line for line in lines if seller in (None, line.seller)}
    if wanted is None:
        units = {line.id: line.open for line in theirs.values() if line.open}
        if not units:
            raise UNITS_INVALID("nothing is left to send")
        return units
    left = {line.id: line.open for line in theirs.values()}
    return units_of([(line.line_id, line.quantity) for line in wanted], left, "can still be sent")


def units_of(wanted: Sequence[tuple[UUID, int]], left: Mapping[UUID, int], what: str) -> dict[UUID, int]:
    """Units by line, when there are that many left of each. Raises UNITS_INVALID with a fault for every other line."""
    faults: list[Fault] = []
    for place, (line_id, quantity) in enumerate(wanted):
        if line_id not in left:
            faults.append(Fault(f"/lines/{place}/line_id", "line_unknown", f"the order has no line {line_id} of yours"))
        elif any(line_id == earlier for earlier, _ in wanted[:place]):
            faults.append(Fault(f"/lines/{place}/line_id", "repeated", "is named by an earlier entry already"))
        elif quantity > left[line_id]:
            faults.append(Fault(f"/lines/{place}/quantity", "too_many", f"{left[line_id]} {what}, not {quantity}"))
    if faults:
        raise refused_units(faults)
    return dict(wanted)


def refused_units(faults: Sequence[Fault]) -> AppError:
    """UNITS_INVALID with all faults."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return UNITS_INVALID(f"{faults[0].pointer}: {faults[0].message}{more}", faults=faults)


async def _refuse_future(tx: Transaction, at: datetime | None) -> None:
    if at is not None and at > await tx.now() + _CLOCKS_APART:
        raise refused_units([Fault("/happened_at", "in_the_future", "has not come yet; leave it out for now")])
