"""What happens to orders when nobody does anything? Their timers go off, and what is kept for them is let go.

For the worker: by the database's clock, one transaction an order, and safe to run in several processes at once.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from server.catalog import reservations
from server.errors import AppError
from server.orders import deadlines_repo, repo
from server.orders.errors import TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance
from server.orders.returns import end_left_behind
from server.web.call import Shop
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

MOST: Final = 200
"""Orders that are looked at in one go; the worker comes back for the rest."""
LATER: Final = timedelta(minutes=5)
"""When a timer is tried again whose event could not be brought for now."""

_LOG: Final = structlog.get_logger("sostech.orders")


async def due_deadlines(shop: Shop, store: Store) -> int:
    """Bring the events of timers that are over to their orders, the longest overdue first; how many went off.

    A timer that its lifecycle refuses is forgotten, one that cannot be brought for another reason is tried again in
    five minutes; both are logged, and neither stands in the way of others. Raises DatabaseUnavailable.
    """
    found = await shop.database.transaction(store.id, lambda tx: repo.due(tx, MOST))
    gone_off = 0
    for order_id, event in found:
        outcome = await _tried(shop, store, order_id, event)
        if isinstance(outcome, DatabaseUnavailable):
            raise outcome
        if isinstance(outcome, BaseException):
            await _give_up(shop, store, order_id, event, outcome)
        else:
            gone_off += outcome
    return gone_off


async def expire_reservations(shop: Shop, store: Store) -> int:
    """Let go what is kept for orders that took too long; how many reservations."""
    ended = 0
    while True:
        some = await shop.database.transaction(store.id, reservations.expire_overdue)
        ended += some
        if some < reservations.SWEEP:
            return ended


async def _tried(shop: Shop, store: Store, order_id: UUID, event: str) -> bool | BaseException:
    """Whether the timer went off, or what kept it from doing so."""
    work = shop.database.transaction(store.id, lambda tx: _bring(tx, shop, store, order_id, event))
    return (await asyncio.gather(work, return_exceptions=True))[0]


async def _give_up(shop: Shop, store: Store, order_id: UUID, event: str, error: BaseException) -> None:
    """Forget the timer, or put it off, with a word in the log."""
    is_refused = isinstance(error, AppError) and error.error is TRANSITION_REFUSED
    _LOG.error(
        "order_timer_failed", store=store.slug, order_id=str(order_id), order_event=event, forgotten=is_refused,
        exc_info=error,
    )  # fmt: skip
    later = None if is_refused else LATER
    await shop.database.transaction(store.id, lambda tx: deadlines_repo.put_off(tx, order_id, event, later))


async def _bring(tx: Transaction, shop: Shop, store: Store, order_id: UUID, event: str) -> bool:
    """Bring the event, unless the timer was stopped meanwhile, or another worker is at it."""
    order = await deadlines_repo.claim(tx, order_id, event)
    if order is None:
        return False
    happens = Happens(event=event, doer=THE_SYSTEM, key=f"deadline:{order.version}")
    happened = await advance(tx, shop, store, order_id, happens)
    if happened.source == happened.target:
        # The state is the same, so nothing has stopped its timer; but it goes off only once.
        await repo.clear_deadline(tx, happened.order, event)
    await end_left_behind(tx, shop, store, happened)
    return True
