"""What has been at rest for long enough is seen once, by the database's clock, whoever looks when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.background.repo import due_work
from server.decisions.books import BOOKS
from server.signals import rounds, subjects_repo
from server.signals.rounds import begin_anew, go_round
from server.signals.subjects_repo import Place
from server.signals.sweeping_repo import forget_firings
from storage.ids import new_id
from storage.transaction import Transaction
from tests.server.cart.goods import Goods
from tests.server.signals.conftest import Watched
from tests.shop import new_store

ABANDONED = """
signals:
- id: abandoned-cart
  idle: {subject: cart, for: 24h, when: {cart.item_count: {at_least: 1}, cart.reachable: true}}
  then: [{announce: CartAbandoned}]
"""
STUCK = """
signals:
- id: stuck-order
  idle: {subject: order, for: 48h, when: {order.state: processing}}
  then: [{flag: order}, {announce: OrderStuck}]
"""
WIN_BACK = """
signals:
- id: win-back
  idle: {subject: customer, for: 90d, before: 120d, when: {customer.reachable: true}}
  then: [{announce: CustomerIdle}, {tag: sleeping}]
"""


async def cart_of(watched: Watched, *, email: str | None = "ana@example.com", units: int = 2) -> UUID:
    """A guest's cart with cakes in it."""
    goods, cart, store = Goods(watched.shop, watched.store), new_id(), watched.store.id
    await watched.execute(
        "INSERT INTO carts (id, store_id, guest_id, email, expires_at)"
        " VALUES ($1, $2, $3, $4, now() + interval '30 days')",
        cart, store, new_id(), email,
    )  # fmt: skip
    if units:
        await watched.execute(
            "INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)"
            " VALUES ($1, $2, $3, $4, $5, 1)",
            new_id(), store, cart, await goods.put(f"S-{new_id().hex[-9:]}", 1990), units,
        )  # fmt: skip
    return cart


async def customer_of(watched: Watched, **values: Any) -> UUID:
    """Somebody with an account."""
    user, email = new_id(), f"{new_id().hex}@example.com"
    row: dict[str, Any] = {"email": email, "email_folded": email, "name": "Ana", **values}
    places = ", ".join(f"${number}" for number, _ in enumerate(row, 3))
    await watched.execute(
        f"INSERT INTO users (id, store_id, {', '.join(row)}) VALUES ($1, $2, {places})",
        user,
        watched.store.id,
        *row.values(),
    )
    return user


async def test_a_cart_is_seen_once_it_rested_for_a_day_and_only_once(watched: Watched) -> None:
    watched.rules(ABANDONED)
    cart = await cart_of(watched)
    await watched.let_pass(hours=23, minutes=59)
    await watched.round()
    assert await watched.firings() == []
    await watched.let_pass(minutes=1)
    assert await watched.round() == 1
    assert await watched.round() == 0
    (firing,) = await watched.firings()
    assert (firing["cart_id"], firing["events"]) == (cart, [])
    await watched.tell()
    (told,) = await watched.announced()
    assert (told["name"], told["cart_id"], told["customer_id"]) == ("CartAbandoned", str(cart), None)


async def test_a_cart_that_is_touched_rests_anew(watched: Watched) -> None:
    watched.rules(ABANDONED)
    cart = await cart_of(watched)
    await watched.let_pass(hours=24)
    await watched.round()
    await watched.execute("UPDATE carts SET version = version + 1 WHERE id = $1", cart)
    await watched.let_pass(hours=23)
    await watched.round()
    assert len(await watched.firings()) == 1
    await watched.let_pass(hours=1)
    await watched.round()
    assert [firing["cart_id"] for firing in await watched.firings()] == [cart, cart]


async def test_empty_carts_those_nobody_can_be_written_to_about_and_those_that_are_over_are_left_alone(
    watched: Watched,
) -> None:
    watched.rules(ABANDONED)
    await cart_of(watched, units=0)
    await cart_of(watched, email=None)
    await cart_of(watched, email="No@Example.com")
    ordered, over = await cart_of(watched), await cart_of(watched)
    await watched.execute("UPDATE carts SET status = 'ordered' WHERE id = $1", ordered)
    await watched.execute("UPDATE carts SET expires_at = now() WHERE id = $1", over)
    await watched.execute(
        "INSERT INTO notification_preferences (store_id, recipient, category, channel, wanted)"
        " VALUES ($1, 'no@example.com', 'reminders', 'email', false)",
        watched.store.id,
    )
    reachable = await cart_of(watched)
    await watched.let_pass(hours=25)
    await watched.round()
    assert [firing["cart_id"] for firing in await watched.firings()] == [reachable]


async def test_a_customer_rests_since_the_last_order_or_since_they_came(watched: Watched) -> None:
    watched.rules(WIN_BACK)
    never = await customer_of(watched)
    await customer_of(watched, status="closed")
    await watched.let_pass(days=89)
    await customer_of(watched)
    await watched.round()
    assert await watched.firings() == []
    await watched.let_pass(days=1)
    await watched.round()
    assert [firing["customer_id"] for firing in await watched.firings()] == [never]
    assert await watched.rows("SELECT id FROM users WHERE tags = '{sleeping}'") == [{"id": never}]


async def test_whoever_rests_for_too_long_already_is_left_alone(watched: Watched) -> None:
    watched.rules(WIN_BACK)
    await customer_of(watched)
    await watched.let_pass(days=120)
    await watched.round()
    assert await watched.firings() == []


async def test_another_ruleset_looks_at_everything_again_and_fires_for_what_is_new(watched: Watched) -> None:
    watched.rules(ABANDONED)
    small, large = await cart_of(watched, units=1), await cart_of(watched, units=2)
    watched.rules(ABANDONED.replace("at_least: 1", "at_least: 2"))
    await watched.let_pass(hours=24)
    await watched.round()
    assert [firing["cart_id"] for firing in await watched.firings()] == [large]
    watched.rules(ABANDONED)
    await watched.round()
    assert {firing["cart_id"] for firing in await watched.firings()} == {small, large}
    assert len(await watched.firings()) == 2


async def test_a_round_goes_on_where_one_that_was_ended_stopped(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.rules(ABANDONED)
    carts = {await cart_of(watched) for _ in range(5)}
    await watched.let_pass(hours=24)
    monkeypatch.setattr(rounds, "BATCH", 2)
    monkeypatch.setattr(rounds, "MOST_BATCHES", 1)
    for _ in range(3):
        await go_round(watched.shop, watched.store)
    assert {firing["cart_id"] for firing in await watched.firings()} == carts
    assert len(await watched.firings()) == 5


async def test_two_who_go_round_at_once_see_everything_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.rules(ABANDONED)
    # A round is always due, so that nobody is sent away before the first look.
    monkeypatch.setattr(rounds, "PAUSE", -timedelta(seconds=1))
    for _ in range(3):
        await cart_of(watched)
    await watched.let_pass(hours=24)
    looked_at = await asyncio.gather(*(go_round(watched.shop, watched.store) for _ in range(4)))
    assert sum(looked_at) == 3
    await watched.tell()
    assert (len(await watched.firings()), len(await watched.announced())) == (3, 3)


async def test_what_was_seen_so_long_ago_that_it_is_forgotten_is_not_seen_again(watched: Watched) -> None:
    endless = WIN_BACK.replace(", before: 120d", "")
    watched.rules(endless)
    await customer_of(watched)
    await watched.let_pass(days=90)
    await watched.round()
    assert len(await watched.firings()) == 1
    await watched.let_pass(days=watched.shop.settings.events_days)
    await watched.shop.database.transaction(watched.store.id, lambda tx: forget_firings(watched.shop.settings, tx, 10))
    watched.rules(endless.replace("sleeping", "still-sleeping"))
    await watched.round()
    assert await watched.firings() == []


async def test_a_round_looks_at_a_customer_as_they_are_once_a_reaction_is_done_with_them(watched: Watched) -> None:
    customer = await customer_of(watched)
    totals = (
        "INSERT INTO customer_totals AS t (store_id, user_id, orders_paid, spent) VALUES ($1, $2, 1, $3)"
        " ON CONFLICT (store_id, user_id) DO UPDATE SET spent = $3"
    )
    await watched.execute(totals, watched.store.id, customer, 1)

    locked, enough = asyncio.Event(), asyncio.Event()

    async def react(tx: Transaction) -> None:
        await subjects_repo.customer(tx, customer)
        locked.set()
        await enough.wait()
        await tx.execute(totals, watched.store.id, customer, 1_000)

    async def walk(tx: Transaction) -> list[Any]:
        found = await subjects_repo.customers_after(tx, Place(datetime.fromtimestamp(0, UTC), customer), 10)
        return [each.subject.facts["customer.spent"] for each in found]

    reacting = asyncio.create_task(watched.shop.database.transaction(watched.store.id, react))
    await locked.wait()
    walking = asyncio.create_task(watched.shop.database.transaction(watched.store.id, walk))
    while not walking.done() and not await watched.rows("SELECT FROM pg_locks WHERE NOT granted"):
        await asyncio.sleep(0.01)
    enough.set()
    await reacting
    assert await walking == [1_000]


async def test_a_clock_that_is_put_back_loses_nobody_who_comes_to_rest_afterwards(watched: Watched) -> None:
    watched.rules(ABANDONED)
    await watched.round()
    await watched.execute("UPDATE signal_cursors SET looked_to = now() + interval '1 year'")
    await watched.round()
    cart = await cart_of(watched)
    await watched.let_pass(hours=24)
    await watched.round()
    assert [firing["cart_id"] for firing in await watched.firings()] == [cart]


async def test_a_store_is_due_after_a_while_then_after_each_pause_and_at_once_with_other_signals(
    watched: Watched,
) -> None:
    async def is_due() -> bool:
        due = await due_work(watched.shop.database)
        return ("signal", watched.store.slug) in {(each.kind, each.store_slug) for each in due}

    assert not await is_due(), "it is new"
    await watched.round()
    assert not await is_due()
    await watched.execute("UPDATE signal_rounds SET next_at = now()")
    assert await is_due()
    assert (await go_round(watched.shop, watched.store), await is_due()) == (0, False)
    watched.rules(STUCK)
    live = watched.shop.use(BOOKS).live(watched.store)
    await watched.shop.database.transaction(watched.store.id, lambda tx: begin_anew(tx, live))
    assert await is_due()
    await go_round(watched.shop, watched.store)
    await watched.shop.database.transaction(watched.store.id, lambda tx: begin_anew(tx, live))
    assert not await is_due(), "they are the same"


async def test_another_store_is_not_looked_at(watched: Watched) -> None:
    other = Watched(watched.shop, await new_store(watched.shop), watched.owner_url)
    watched.rules(ABANDONED)
    other.rules(ABANDONED)
    await cart_of(other)
    await other.let_pass(hours=25)
    assert await watched.round() == 0
    assert (await watched.firings(), await other.firings()) == ([], [])
