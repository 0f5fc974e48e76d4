"""What does the shop do about money at a step of an order's life? The actions of the orders ruleset on payments.

Each runs once, in the transaction of its step; what a provider has to be asked for is only written down there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.orders import repo as orders
from server.orders.happening import Effect, Happening
from server.payments import giving_back, refunds_repo, repo
from server.payments.amounts import unpaid_share
from server.payments.providers.cash import CashProvider
from server.web.waking import WAKE


async def refund_payment(it: Happening) -> None:
    """Give money back: of a payment that must not stay, of all that was paid, or (`part`) what the event is about."""
    if it.argument == "part":
        await _refund_part(it)
    elif it.happens.captured == 0:
        await giving_back.of_cancelled(it.tx, it.shop, it.order, it.event)
    elif it.happens.about is not None:
        await giving_back.at_once(it.tx, it.shop, it.happens.about, f"{it.event}: the order is {it.target}")


async def void_payment(it: Happening) -> None:
    """Call off what the customer could still pay."""
    if await repo.want_void(it.tx, it.order.id):
        it.shop.use(WAKE).after(it.tx)


async def capture_payment(it: Happening) -> None:
    """Take note of the cash that came at the door: the total without units that were dropped before."""
    lines = await repo.lines_bought(it.tx, it.order.id)
    amount = it.order.total - it.order.captured - unpaid_share(lines)
    if amount <= 0:
        return
    await repo.insert_cash(it.tx, it.order, CashProvider.name, amount)
    if not await orders.add_money(it.tx, it.order, captured=amount):
        raise RuntimeError(f"order {it.order.number}: {amount} came at the door, and less than that was refunded")


PAYMENT_EFFECTS: Final[Mapping[str, Effect]] = {
    "refund_payment": refund_payment,
    "void_payment": void_payment,
    "capture_payment": capture_payment,
}


async def _refund_part(it: Happening) -> None:
    """The refund that was approved; else the price of units that are not sent any more."""
    if it.happens.about is not None:
        refund = await refunds_repo.lock(it.tx, it.happens.about)
        await giving_back.approve(it.tx, it.shop, refund, it.happens.doer.id)
        return
    await giving_back.of_dropped(it.tx, it.shop, it.order, it.event)
