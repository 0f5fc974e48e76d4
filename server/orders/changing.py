"""What can people do with an order that needs nothing but their word? Cancel it, take it back, hold it, pack it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.cart import refill_repo
from server.cart.changes import lifetime_of, owner_of
from server.orders import access, fulfilment_repo, history_repo, links, repo, service
from server.orders.detail import OrderDetail
from server.orders.errors import EVENT_ELSEWHERE, LINK_INVALID, ORDER_UNKNOWN
from server.orders.happening import Doer, Happens
from server.orders.lifecycle import advance, sells
from server.orders.snapshot import OrderHead
from server.web.call import Call
from server.web.etag import refuse_other_version
from server.web.problems import SIGN_IN_NEEDED
from storage.transaction import Transaction

CANCEL: Final = "cancel"
BACK_TO_CART: Final = "back_to_cart"
DELIVERY_FAILED: Final = "delivery_failed"

ELSEWHERE: Final[Mapping[str, str]] = {
    "place": "POST /checkout/orders",
    "start_payment": "POST /orders/{number}/payments",
    "retry_payment": "POST /orders/{number}/payments",
    BACK_TO_CART: "POST /orders/{number}/back-to-cart",
    "ship": "POST /orders/{number}/shipments",
    "deliver": "POST /orders/{number}/shipments/{shipment}/deliver",
    "drop_rest": "POST /orders/{number}/drop-rest",
    "request_return": "POST /orders/{number}/returns",
    "approve_return": "POST /orders/{number}/returns/{return_number}/approve",
    "refuse_return": "POST /orders/{number}/returns/{return_number}/refuse",
    "withdraw_return": "POST /orders/{number}/returns/{return_number}/withdraw",
    "receive_return": "POST /orders/{number}/returns/{return_number}/receive",
    "approve_refund": "POST /orders/{number}/refunds",
}
"""Events that have to be told more than that they happen, by the address that asks for it."""


async def cancel(call: Call, number: int, version: int | None, note: str | None) -> OrderDetail:
    """Cancel an order: one's own, or with `orders.write` anybody's. Money that came goes back by the ruleset.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, VERSION_CHANGED and TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> OrderDetail:
        found = await history_repo.lock(tx, number)
        order = access.own_or_allowed(call.actor, found, number, access.WRITE)
        return await moved(tx, call, order, version, Happens(event=CANCEL, doer=service.doer(call), note=note))

    return await call.database.transaction(call.store.id, work)


async def cancel_linked(call: Call, token: str) -> OrderDetail:
    """Cancel the order a link leads to, as its customer. Raises LINK_INVALID, LINK_EXPIRED and TRANSITION_REFUSED."""
    link = service.opened(call, token)

    async def work(tx: Transaction) -> OrderDetail:
        order = await linked(tx, link)
        return await moved(tx, call, order, None, Happens(event=CANCEL, doer=customer_of(order)))

    return await call.database.transaction(call.store.id, work)


async def back_to_cart(call: Call, number: int, version: int | None) -> OrderDetail:
    """Give an order up that is not paid, and put what was in it into the caller's cart again.

    What the cart holds stays, units add up. Raises as `cancel`, and NO_CART for people of the platform.
    """
    owner = owner_of(call.actor)

    async def work(tx: Transaction) -> OrderDetail:
        access.own_or_allowed(call.actor, await history_repo.find(tx, number), number)
        if not await refill_repo.take(tx, owner, lifetime_of(call.store)):
            raise SIGN_IN_NEEDED("the account of this token is gone; sign in again")
        order = access.own_or_allowed(call.actor, await history_repo.lock(tx, number), number)
        happens = Happens(event=BACK_TO_CART, doer=service.doer(call))
        given_up = await moved(tx, call, order, version, happens)
        await refill_repo.put_back(tx, owner, await history_repo.goods(tx, order.id), _choices(given_up))
        return given_up

    return await call.database.transaction(call.store.id, work)


async def bring(call: Call, number: int, event: str, version: int | None, note: str | None) -> OrderDetail:
    """Bring an event of the lifecycle to anybody's order. Whether the caller may is decided by the ruleset alone.

    Raises EVENT_ELSEWHERE for events that need more than this, ORDER_UNKNOWN, VERSION_CHANGED and TRANSITION_REFUSED.
    """
    refuse_elsewhere(event, number)

    async def work(tx: Transaction) -> OrderDetail:
        order = access.visible(call.actor, await history_repo.lock(tx, number), number)
        found = await moved(tx, call, order, version, Happens(event=event, doer=service.doer(call), note=note))
        if event == DELIVERY_FAILED and await fulfilment_repo.fail_parcels(tx, order.id):
            return await service.detail_of(tx, order.id)
        return found

    return await call.database.transaction(call.store.id, work)


async def bring_to_sale(
    call: Call, number: int, event: str, version: int | None, note: str | None
) -> tuple[OrderDetail, str]:
    """The same for a seller, to an order with a line of theirs; and the seller they are. Raises NOT_A_SELLER too."""
    refuse_elsewhere(event, number)

    async def work(tx: Transaction) -> tuple[OrderDetail, str]:
        seller = await service.selling_as(tx, call)
        order, doer = await sale(tx, call, number, seller)
        return await moved(tx, call, order, version, Happens(event=event, doer=doer, note=note)), seller

    return await call.database.transaction(call.store.id, work)


async def sale(tx: Transaction, call: Call, number: int, seller: str) -> tuple[OrderHead, Doer]:
    """An order with a line of the seller, locked, and the seller as the lifecycle sees them. Raises ORDER_UNKNOWN."""
    order = await history_repo.lock(tx, number)
    doer = service.doer(call, seller)
    if order is None or not sells(doer, await repo.units(tx, order.id)):
        raise ORDER_UNKNOWN(f"order {number} has no line of yours; GET /seller/orders lists those that have")
    return order, doer


async def linked(tx: Transaction, link: links.Link) -> OrderHead:
    """The order a link leads to, locked. Raises LINK_INVALID and LINK_EXPIRED."""
    service.refuse_expired(link.expires_at, await tx.now())
    order = await repo.lock(tx, link.order_id)
    if order is None:
        raise LINK_INVALID("this link leads to no order of this store")
    return order


def customer_of(order: OrderHead) -> Doer:
    """Whoever placed the order, as the lifecycle sees them: for those who come with a link."""
    return Doer("guest" if order.user_id is None else "user", order.owner_id, ("customer",))


async def moved(tx: Transaction, call: Call, order: OrderHead, version: int | None, happens: Happens) -> OrderDetail:
    """The locked order after the event, read anew. Raises VERSION_CHANGED and what `advance` raises."""
    refuse_other_version(version, order.version)
    await advance(tx, call.shop, call.store, order.id, happens)
    return await service.detail_of(tx, order.id)


def refuse_elsewhere(event: str, number: int) -> None:
    """Raise EVENT_ELSEWHERE for events that need to be told more than a note."""
    address = ELSEWHERE.get(event)
    if address is not None:
        raise EVENT_ELSEWHERE(f"send it to {address.replace('{number}', str(number))}", event=event, address=address)


def _choices(order: OrderDetail) -> dict[str, str | None]:
    address = order.shipping_address
    return {
        "coupon_code": order.coupon_code,
        "email": order.head.email,
        "phone": order.phone,
        "country": address.country,
        "region": address.region,
        "postcode": address.postcode,
        "city": address.city,
        "shipping_method": order.shipping_method,
        "payment_method": order.head.payment_method,
    }
