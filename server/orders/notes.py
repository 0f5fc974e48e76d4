"""What do the people of the shop write down about an order? Notes for each other, and notes for the customer."""

from __future__ import annotations

from typing import Final

from server.orders import access, history_repo, notes_repo
from server.orders.detail import Note
from server.web.call import Call
from storage.transaction import Transaction

PLATFORM: Final = "Platform"
"""Who writes as no account of the store."""


async def add(call: Call, number: int, text: str, is_for_customer: bool) -> Note:
    """Write a note. Raises ORDER_UNKNOWN."""

    async def work(tx: Transaction) -> Note:
        order = access.visible(call.actor, await history_repo.find(tx, number), number)
        return await notes_repo.add(tx, order.id, call.actor.id, PLATFORM, text, is_for_customer)

    return await call.database.transaction(call.store.id, work)


async def of_order(call: Call, number: int) -> list[Note]:
    """All notes of an order, the oldest first. Raises ORDER_UNKNOWN."""

    async def work(tx: Transaction) -> list[Note]:
        order = access.visible(call.actor, await history_repo.find(tx, number), number)
        return await notes_repo.of_order(tx, order.id)

    return await call.database.transaction(call.store.id, work)
