"""The checker of the books is worth something: whatever is wrong it says, and what is right it leaves alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from server.decisions.books import BOOKS
from storage.transaction import Transaction
from tests.books import faults_in
from tests.database import Cluster
from tests.server.fire import scene
from tests.server.fire.people import People
from tests.server.fire.scene import Scene, opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A shop on a database of its own."""
    async with opened(None, cluster, tmp_path_factory.mktemp("books")) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(stage: Scene) -> People:
    """A store in which one order was paid and refunded in part, and another waits to be paid."""
    people = await stage.people()
    paid = await people.order(["A", "B"], method="pix", coupon="SPRING", regular=True)
    assert paid is not None
    await people.start_payment(paid)
    await people.pay(paid, 0, outcome="succeeded")
    await scene.settle(people.place)
    await people.refund(paid, "amount", approve=True, restock=False)
    await scene.settle(people.place)
    assert await people.place.faults(settled=True) == []
    assert await people.order(["A"], method="pix", coupon="SPRING", regular=False) is not None
    return people


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(stage: Scene, cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may write past everything that keeps the shop itself from breaking its books."""
    name = await stage.shop.database.fetchval("SELECT current_database()")
    connection = await asyncpg.connect(cluster.url(name))
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def test_what_is_right_is_left_alone(people: People) -> None:
    assert await people.place.faults() == []


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE {A}", "A: 6 on hand, the ledger says 5"),
        ("UPDATE stock_levels SET reserved = 0 WHERE {A}", "A: 0 reserved, orders hold 1"),
        ("UPDATE stock_movements SET on_hand_after = 4 WHERE reason = 'sold' AND {A}", "A: the ledger passes a level"),
        ("UPDATE stock_movements SET delta = -2 WHERE reason = 'sold' AND {A}", "order 1001: 1 units are committed"),
        ("DELETE FROM stock_reservations WHERE state = 'held'", "order 1002: 1 units were bought of a variant"),
        ("UPDATE stock_reservations SET state = 'released' WHERE state = 'held'", "its last step about stock was"),
        ("UPDATE stock_reservations SET expires_at = NULL", "order 1002: 1 units of a variant are held without an end"),
        ("UPDATE order_lines SET restocked = 1 WHERE sku = 'B'", "order 1001, B: 1 units were put back"),
        ("UPDATE use_counters SET held = held + 1 WHERE customer = ''", "coupon spring of everybody: counted 2 held"),
        ("UPDATE order_uses SET most = 1", "coupon spring of everybody: used 2 times of 1"),
        ("UPDATE order_uses SET state = 'released' WHERE state = 'used'", "last step about coupons was consume_coupon"),
        ("UPDATE orders SET total = total + 1 WHERE number = 1001", "order 1001 costs"),
        ("UPDATE orders SET captured = 0, refunded = 0", "0 captured, 0 refunded; its payments say"),
        ("UPDATE orders SET refunded = 99 WHERE number = 1001", "99 refunded; its payments say"),
        ("UPDATE payments SET refunding = 5", "order 1001, payment 1 (succeeded)"),
        ("UPDATE payments SET counts = false", "of payment 1,"),
        ("UPDATE customer_totals SET spent = spent + 1", "orders and"),
        ("UPDATE order_lines SET refunded_units = 1 WHERE sku = 'B'", "B: 1 units refunded, its refunds say 0"),
        ("UPDATE order_lines SET shipped = 1 WHERE sku = 'B'", "B: 1 shipped, parcels hold 0"),
        ("UPDATE orders SET state = 'paid' WHERE number = 1002", "order 1002 is paid in version 1"),
        ("UPDATE orders SET version = version + 1 WHERE number = 1002", "order 1002 is pending in version 2"),
        ("UPDATE orders SET deadline_at = NULL, deadline_event = NULL", "pending, which order_expired ends"),
        ("DELETE FROM orders WHERE number = 1001", "1 orders have numbers from 1002 to 1002"),
        ("UPDATE orders SET state = 'payment_pending' WHERE number = 1002", "of its payments 0 wait for the customer"),
        ("UPDATE orders SET state = 'return_requested' WHERE number = 1001", "1001 is return_requested, its return"),
        ("UPDATE order_counters SET last_number = 1003", "the counter is at 1003"),
        ("UPDATE order_transitions SET source = 'paid' WHERE seq = 2", "order 1001: step 2 begins in paid"),
        ("UPDATE order_transitions SET effects = '[]' WHERE seq = 1", "OrderPlaced was to happen 0 times"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said(people: People, owner: asyncpg.Connection, tampering: str, fault: str) -> None:
    found = await found_after(people, owner, tampering)
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE test_provider_charges SET refunded = 0", "charge"),
        ("UPDATE test_provider_charges SET status = 'declined', refunded = 0", "the provider keeps 0 of ours"),
        ("UPDATE test_provider_refunds SET amount = amount + 1", "the provider gave 101 back, we say 100"),
        ("UPDATE refunds SET next_try_at = now()", "refund"),
        ("UPDATE payment_receipts SET status = 'waiting'", "was not processed"),
        ("UPDATE refunds SET status = 'gateway_pending'", "refund 1 is still gateway_pending"),
        ("UPDATE payments SET void_wanted = true", "the provider was never asked"),
        ("UPDATE orders SET deadline_at = now() WHERE number = 1002", "order 1002: order_expired was due"),
        ("UPDATE stock_reservations SET expires_at = now() WHERE state = 'held'", "should have been given up"),
    ],
)  # fmt: skip
async def test_what_is_left_lying_is_said(
    people: People, owner: asyncpg.Connection, tampering: str, fault: str
) -> None:
    found = await found_after(people, owner, tampering, settled=True)
    assert any(fault in each for each in found), found


async def test_a_job_that_is_missing_is_said(people: People, owner: asyncpg.Connection) -> None:
    found = await found_after(people, owner, "DELETE FROM pgqueuer")
    assert "order 1002, step 1: announce: OrderPlaced was to happen 1 times, the outbox has it 0 times" in found


async def found_after(people: People, owner: asyncpg.Connection, tampering: str, *, settled: bool = False) -> list[str]:
    """What the checker finds when this was done to the one store there is; it is undone."""
    place, undo = people.place, owner.transaction()
    await undo.start()
    try:
        changed = await owner.execute(
            tampering.replace("{A}", "variant_id = (SELECT id FROM variants WHERE sku = 'A')")
        )
        assert not changed.endswith(" 0"), changed
        lifecycle = place.shop.use(BOOKS).live(place.store).orders
        return await faults_in(Transaction(owner, place.store.id), lifecycle, settled=settled)
    finally:
        await undo.rollback()
