"""How does the shop itself put an order aside, for a look by a person? As its lifecycle lets it: the event `hold`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from server.errors import AppError
from server.orders.errors import ORDER_UNKNOWN, TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

HOLD: Final = "hold"


async def hold(tx: Transaction, shop: Shop, store: Store, order_id: UUID, *, key: str, note: str) -> str:
    """Hold the order; why that was not possible, "" when it is held. With the same key it happens once.

    An order that is held already, or has left, is refused by the lifecycle: whatever else there is to do goes on.
    """
    try:
        await advance(tx, shop, store, order_id, Happens(event=HOLD, doer=THE_SYSTEM, key=key, note=note))
    except AppError as refused:
        # Both are raised before anything of the event is written.
        if refused.error not in (TRANSITION_REFUSED, ORDER_UNKNOWN):
            raise
        return refused.detail
    return ""
