"""How are uses of coupons and offers taken? Held with an order, counted when it is paid, given back when it fails.

Every step may run twice: it acts on the uses in the state it starts from, of which there are none the second time.
The caller has locked the order's row, and the rows of stock, which come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from server.referrals import uses_repo
from server.referrals.needed import EVERYBODY, Use, UseKind, customer_key, uses_of
from server.referrals.uses_repo import CountersBroken, hold_argument, hold_parts
from storage.transaction import Transaction

__all__ = [
    "EVERYBODY",
    "CountersBroken",
    "Use",
    "UseKind",
    "can_hold_again",
    "consume",
    "customer_key",
    "give_back",
    "hold",
    "hold_again",
    "hold_argument",
    "hold_parts",
    "release",
    "uses_of",
]


async def hold(tx: Transaction, order_id: UUID, uses: Sequence[Use]) -> list[Use]:
    """Hold uses for an order of this transaction; those that could not be, because their limit is reached.

    When there are such the others are held: raise, so that the transaction is rolled back. What the order holds
    already stays as it is. One statement; none without uses.
    """
    if not uses:
        return []
    refused = await uses_repo.hold(tx, order_id, uses)
    return [use for use in uses if (use.kind, use.subject, use.customer) in refused]


async def can_hold_again(tx: Transaction, order_id: UUID) -> bool:
    """Whether what was released could be held again now; true as well where nothing was. Stays true until commit."""
    return await uses_repo.can_hold_again(tx, order_id)


async def hold_again(tx: Transaction, order_id: UUID) -> bool:
    """Hold what was released: everything, or nothing when a limit is reached meanwhile. Whether it is held."""
    return await uses_repo.hold_again(tx, order_id)


async def consume(tx: Transaction, order_id: UUID) -> int:
    """Count what is held as used: the order is paid. How many uses there were."""
    return await uses_repo.move(tx, order_id, "held", "used")


async def release(tx: Transaction, order_id: UUID) -> int:
    """Give up what is held: the order failed, expired or was cancelled before it was paid. How many there were."""
    return await uses_repo.move(tx, order_id, "held", "released")


async def give_back(tx: Transaction, order_id: UUID) -> int:
    """Count what was used as not used: the order was cancelled or refunded. How many uses there were."""
    return await uses_repo.move(tx, order_id, "used", "returned")
