"""What does the shop do at a step of an order's life? The actions of the orders ruleset, but for those about payments.

Each runs once, in the transaction of its step, in the ruleset's order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from engine.money.shares import cumulative
from engine.stock.decide import reads_group
from notifications.events import OrderEvent, OrderNoticeRequested
from notifications.outbox import announce
from notifications.subjects import subject
from server.catalog import reservations
from server.decisions.books import BOOKS
from server.orders import repo, restocking
from server.orders.errors import COUPON_EXHAUSTED, STOCK_TAKEN
from server.orders.happening import Effect, Happening
from server.orders.snapshot import OrderUnits
from server.referrals import uses

COMMISSION_SETTING: Final = "seller_commission_basis_points"
_WHOLE: Final = 10_000


async def reserve_stock(it: Happening) -> None:
    """Keep the units for the order again."""
    if not await reservations.hold_again(it.tx, it.order.id, await _kept_for(it)):
        raise STOCK_TAKEN(f"order {it.order.number}: there is not enough of everything left")


async def commit_stock(it: Happening) -> None:
    """Take the units out of stock for good."""
    if not await reservations.commit(it.tx, it.order.id, await _kept_for(it)):
        raise STOCK_TAKEN(f"order {it.order.number}: its reservation has expired, and there is not enough left")


async def release_stock(it: Happening) -> None:
    """Give the reservation up."""
    await reservations.release(it.tx, it.order.id)


async def restock(it: Happening) -> None:
    """Put units back on the shelf: all that are not there already, or (`part`) those the event is about."""
    wanted = {line.id: _asked(it, line) for line in it.lines}
    reference = ("order_step", str(it.step_id))
    await restocking.put_back(it.tx, it.order, it.lines, wanted, reference, it.happens.doer.id)


async def hold_coupon(it: Happening) -> None:
    """Keep the uses of coupons for the order again."""
    if not await uses.hold_again(it.tx, it.order.id):
        raise COUPON_EXHAUSTED(f"order {it.order.number}: its coupon was used up meanwhile; go back to the cart")


async def consume_coupon(it: Happening) -> None:
    """Count the uses."""
    await uses.consume(it.tx, it.order.id)


async def release_coupon(it: Happening) -> None:
    """Give uses that are held up."""
    await uses.release(it.tx, it.order.id)


async def return_coupon(it: Happening) -> None:
    """Count used ones as not used."""
    await uses.give_back(it.tx, it.order.id)


async def credit_seller(it: Happening) -> None:
    """Credit each seller what customers pay for their units that were not dropped, less the commission."""
    sold: Counter[str] = Counter()
    for line in it.lines:
        if line.seller is not None:
            given_up = max(line.dropped, line.refunded_units)
            sold[line.seller] += line.gross - cumulative(line.gross, line.quantity, given_up)
    await _book(it, "delivered", sold, 1)


async def debit_seller(it: Happening) -> None:
    """Take back from each seller what the refund gives back for their units."""
    back: Counter[str] = Counter()
    amounts = it.happens.line_amounts or {}
    for line in it.lines:
        if line.seller is not None and amounts.get(line.id):
            back[line.seller] += amounts[line.id]
    await _book(it, f"refund:{it.happens.about}", back, -1)


async def tell(it: Happening) -> None:
    """Announce to the rest of the shop."""
    order = it.order
    await announce(
        it.tx,
        OrderEvent(
            name=it.argument or it.event, order_id=str(order.id), order_number=order.number, order_seq=it.seq,
            order_state=it.target, order_total=order.total, order_currency=order.currency,
            order_payment_method=order.payment_method, order_captured=order.captured, order_refunded=order.refunded,
            customer_id=None if order.user_id is None else str(order.user_id),
            customer_email=subject(it.store.id, "email", order.email),
            refund_amount=it.happens.refunded,
        ),
    )  # fmt: skip


async def write_to_customer(it: Happening) -> None:
    """Ask for a mail to the customer."""
    order = it.order
    await announce(
        it.tx,
        OrderNoticeRequested(
            notice=it.argument or it.event, order_id=str(order.id), order_number=order.number, order_seq=it.seq,
        ),
    )  # fmt: skip


OWN_EFFECTS: Final[Mapping[str, Effect]] = {
    "reserve_stock": reserve_stock,
    "commit_stock": commit_stock,
    "release_stock": release_stock,
    "restock": restock,
    "hold_coupon": hold_coupon,
    "consume_coupon": consume_coupon,
    "release_coupon": release_coupon,
    "return_coupon": return_coupon,
    "credit_seller": credit_seller,
    "debit_seller": debit_seller,
    "announce": tell,
    "notify": write_to_customer,
}


async def _kept_for(it: Happening) -> timedelta:
    """How long units are kept for who ordered; their group is read only where it can make a difference."""
    stock, user_id = it.shop.use(BOOKS).live(it.store).inventory, it.order.user_id
    group = await repo.group_of(it.tx, user_id) if user_id is not None and reads_group(stock) else None
    return reservations.lifetime(stock, group, signed_in=user_id is not None)


def _asked(it: Happening, line: OrderUnits) -> int:
    if it.argument != "part":
        return line.quantity
    if it.happens.units is not None:
        return it.happens.units.get(line.id, 0)
    return line.quantity - line.shipped


async def _book(it: Happening, reference: str, amounts: Mapping[str, int], sign: int) -> None:
    given = it.store.settings.get(COMMISSION_SETTING)
    points = given if type(given) is int and 0 <= given <= _WHOLE else 0
    entries = []
    for seller, amount in sorted(amounts.items()):
        if amount:
            # Half up, in whole minor units; what is left is the seller's.
            commission = (amount * points * 2 + _WHOLE) // (2 * _WHOLE)
            entries.append((seller, sign * (amount - commission), sign * commission))
    entries = [entry for entry in entries if entry[1]]
    if entries:
        await repo.book_sellers(it.tx, it.order, reference, entries)
