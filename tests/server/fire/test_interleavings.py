"""Two who meet in the worst moment: what one has read the other has changed by the time it is written."""

from __future__ import annotations

import asyncio

import pytest_asyncio

from server.catalog import reservations
from server.web.call import Shop
from storage.transaction import Transaction
from tests.server.fire.stores import Place, limited_store
from tests.server.orders import placed
from tests.shop import Client

PATIENCE_SECONDS = 30
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(fire_shop: Shop, client: Client) -> Place:
    """A store that nobody calls."""
    store = await limited_store(fire_shop)
    return Place(fire_shop, store, client)


async def until_somebody_waits(place: Place) -> None:
    """Until a transaction of the database waits for another one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await place.shop.database.fetchval(_WAITING) == 0:
            await asyncio.sleep(0.01)


async def test_units_that_expire_while_an_order_is_confirmed_are_kept_again_and_sold(quiet: Place) -> None:
    await quiet.stock("A", pieces=5)
    order = await placed.place(quiet.shop, quiet.store, placed.Wanted("A", 2), payment_method="cash_on_delivery")
    await quiet.execute("UPDATE stock_reservations SET expires_at = now() - interval '1 second'")
    expired, confirmed = asyncio.Event(), asyncio.Event()

    async def sweep(tx: Transaction) -> int:
        ended = await reservations.expire_overdue(tx)
        expired.set()
        await confirmed.wait()
        return ended

    sweeping = asyncio.create_task(quiet.shop.database.transaction(quiet.store.id, sweep))
    await expired.wait()
    confirming = asyncio.create_task(placed.bring(quiet.shop, quiet.store, order, "confirm"))
    await until_somebody_waits(quiet)
    confirmed.set()
    assert await sweeping == 1
    assert (await confirming).target == "processing"
    assert await quiet.stock_left() == {"A": (3, 0)}
    assert await quiet.faults() == []
