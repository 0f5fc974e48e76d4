"""What becomes of orders in a state that the lifecycle no longer has? They go on where its `moved:` says.

An order is moved when the next thing happens to it (see lifecycle), or by the worker, whichever comes first. Which
states to look for is written down when a lifecycle goes live.
"""

from __future__ import annotations

from typing import Final

from server.decisions.books import BOOKS, LiveBook
from server.orders import moving_repo as repo
from server.orders.lifecycle import moved_on
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

MOST: Final = 100
"""Orders that are moved in one transaction."""


async def watch_states(tx: Transaction, book: LiveBook) -> None:
    """Remember which states orders are moved out of by what is live now."""
    await repo.watch(tx, book.orders.hash, sorted(book.orders.moved))


async def move_orders(shop: Shop, store: Store) -> int:
    """Move some orders on, those nobody else is at; how many."""
    lifecycle = shop.use(BOOKS).live(store).orders

    async def work(tx: Transaction) -> int:
        orders = await repo.claim(tx, sorted(lifecycle.moved), MOST)
        for order in orders:
            await moved_on(tx, shop, store, order)
        return len(orders)

    return await shop.database.transaction(store.id, work) if lifecycle.moved else 0
