"""How does a handler get an event? A worker takes what is due, and ends it in the transaction of what the handler does.

So what a handler does is done once, though it may be begun more often. Of one aggregate a handler gets one event after
another; one that is dead holds up nobody: what comes after it is often what makes it good, and a shop must not stand
still because of one event. Beginning is counted before the handler begins, and committed, so that an event that takes
its worker along is not tried for ever.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

import msgspec
import structlog

from notifications.events import Event, UnknownEvent, read_event
from server.events import deliveries_repo as repo
from server.events.deliveries_repo import Claimed
from server.events.numbers import EVENT_NUMBERS
from server.events.reasons import reason_of
from server.web.call import Shop
from server.web.reacting import HANDLERS, Reaction
from storage.errors import DatabaseUnavailable
from storage.pauses import pause_after
from storage.tenancy import Store
from storage.transaction import Transaction

MOST_ATTEMPTS: Final = 10
FIRST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 900.0
HANDS: Final = 4
"""Deliveries begun together: what kills the worker counts as a try of each of them, so they are few."""
ALONE_FROM: Final = 3
"""Attempts after which one is begun alone."""
LEASE: Final = timedelta(seconds=20)
"""For how long nobody else begins one. While its transaction is open nobody does anyway."""
OF_OTHERS: Final = timedelta(minutes=1)
"""How long is left alone what a handler of another version of the program has to do."""
LONGEST_SECONDS: Final = 15.0
"""A handler that takes longer is ended, and has failed."""
SLICE_SECONDS: Final = 5.0
"""How long a worker stays with one store: then it looks what else is due, and may stop."""

_LOG: Final = structlog.get_logger("sostech.events")


async def deliver_due(shop: Shop, store: Store) -> int:
    """Give handlers the events that are due in the store; how many tries it was, 0 when others were faster."""
    now = asyncio.get_running_loop().time
    over, tried = now() + SLICE_SECONDS, 0
    while now() < over:
        claimed = await _claim(shop, store)
        if not claimed:
            if not tried:
                await _rest(shop, store)
            break
        ends = await asyncio.gather(*(_deliver(shop, store, each) for each in claimed), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        tried += len(claimed)
    return tried


async def _claim(shop: Shop, store: Store) -> list[Claimed]:
    # What a handler has to do that this program does not know waits for one that does.
    handlers = shop.use(HANDLERS)

    async def work(tx: Transaction) -> list[Claimed]:
        return await repo.claim(tx, handlers, most=HANDS, alone_from=ALONE_FROM, lease=LEASE)

    return await shop.database.transaction(store.id, work)


async def _rest(shop: Shop, store: Store) -> None:
    """Something is due, and nothing of it can be begun here now."""
    handlers = shop.use(HANDLERS)
    await shop.database.transaction(store.id, lambda tx: repo.rest(tx, handlers, OF_OTHERS))


async def _deliver(shop: Shop, store: Store, claimed: Claimed) -> None:
    """One try. Raises nothing but DatabaseUnavailable: then it is due again after the lease."""
    with structlog.contextvars.bound_contextvars(event_id=str(claimed.event_id), handler=claimed.handler):
        if claimed.attempts > MOST_ATTEMPTS:
            await _give_up(shop, store, claimed, f"begun {MOST_ATTEMPTS} times, and whoever had it was ended by it")
            return
        try:
            event = read_event(claimed.kind, claimed.version, claimed.payload.encode())
        except UnknownEvent as unknown:
            await _give_up(shop, store, claimed, str(unknown))
            return
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await shop.database.transaction(store.id, partial(_react, shop, store, claimed, event))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is this handler's and no other's
            await _failed(shop, store, claimed, error)


async def _react(shop: Shop, store: Store, claimed: Claimed, event: Event, tx: Transaction) -> None:
    """End the delivery, and let the handler do its work, in one transaction."""
    now = await repo.end(tx, claimed)
    if now is None:
        _LOG.info("delivery_lost", attempt=claimed.attempts)
        return
    await shop.use(HANDLERS)[claimed.handler].react(
        Reaction(
            shop=shop, store=store, tx=tx, event_id=claimed.event_id, event=event, occurred_at=claimed.occurred_at,
            attempt=claimed.attempts,
        )
    )  # fmt: skip
    if event.FORGOTTEN:
        await repo.forget(tx, claimed.event_id, msgspec.json.encode(dict(event.FORGOTTEN)).decode())

    async def count() -> None:
        shop.use(EVENT_NUMBERS).delivered(claimed.handler, (now - claimed.occurred_at).total_seconds())

    tx.after_commit(count)


async def _failed(shop: Shop, store: Store, claimed: Claimed, error: Exception) -> None:
    reason = reason_of(error)
    _LOG.warning("delivery_failed", attempt=claimed.attempts, exc_info=error)
    shop.use(EVENT_NUMBERS).failed(claimed.handler)
    if claimed.attempts >= MOST_ATTEMPTS:
        await _give_up(shop, store, claimed, reason)
        return
    pause = timedelta(seconds=pause_after(claimed.attempts, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS))
    await shop.database.transaction(store.id, lambda tx: repo.put_off(tx, claimed, reason, pause))


async def _give_up(shop: Shop, store: Store, claimed: Claimed, reason: str) -> None:
    if await shop.database.transaction(store.id, lambda tx: repo.give_up(tx, claimed, reason)):
        _LOG.error("delivery_dead", event_name=claimed.name, reason=reason)
        shop.use(EVENT_NUMBERS).dead(claimed.handler)
