"""What do the guards of the lifecycle see of an order? The facts of order/1, as the event leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from engine.facts.cart import Key
from server.orders.snapshot import OrderHead, OrderUnits

STOCK_AVAILABLE: Final = "order.stock_available"
"""Costs a look at the shelves, so it is only there when a guard reads it."""

_SECONDS_A_DAY: Final = 86_400


def order_facts(
    order: OrderHead,
    lines: Sequence[OrderUnits],
    now: datetime,
    *,
    is_owner: bool,
    is_seller: bool,
    return_approved: bool,
    stock_available: bool | None,
) -> dict[str, Key]:
    """Facts by their names in the vocabulary. `order` has the money of the event already, `lines` its units.

    Booleans are 0 or 1. Days since delivery are absent until then; so is `order.stock_available` when nobody looked.
    """
    facts: dict[str, Key] = {
        "order.total": order.total,
        "order.captured": order.captured,
        "order.refunded": order.refunded,
        "order.fully_refunded": int(order.captured > 0 and order.refunded >= order.captured),
        "order.payment_method": order.payment_method,
        "order.units_open": sum(line.open for line in lines),
        "order.units_shipped": sum(line.shipped for line in lines),
        "order.units_returned": sum(line.returned for line in lines),
        "order.held": int(order.held),
        "order.return_approved": int(return_approved),
        "order.payment_attempts": order.payment_attempts,
        "actor.is_owner": int(is_owner),
        "actor.is_seller": int(is_seller),
    }
    if order.delivered_at is not None:
        facts["order.days_since_delivery"] = int((now - order.delivered_at).total_seconds()) // _SECONDS_A_DAY
    if stock_available is not None:
        facts[STOCK_AVAILABLE] = int(stock_available)
    return facts
