"""An order moves by its ruleset alone: once for each event, with its effects, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from server.errors import AppError
from server.orders.happening import EFFECTS, THE_SYSTEM, Doer, Effect, Happening, Happens, Transitioned
from server.orders.lifecycle import advance
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.cart.goods import Goods, Shopper
from tests.server.orders.buying import placed


async def rows(shop: Shop, store: Store, sql: str, *arguments: object) -> list[asyncpg.Record]:
    """What the database says of the test's store."""

    async def work(tx: Transaction) -> list[asyncpg.Record]:
        return await tx.fetch(sql, *arguments)

    return await shop.database.transaction(store.id, work)


async def levels(shop: Shop, store: Store) -> tuple[int, int]:
    """On hand and reserved of the one variant."""
    [row] = await rows(shop, store, "SELECT on_hand, reserved FROM stock_levels")
    return row["on_hand"], row["reserved"]


async def happen(shop: Shop, store: Store, order: dict[str, Any], event: str, **changes: Any) -> Transitioned:
    """Bring an event to the order, as the system unless somebody is named."""

    async def work(tx: Transaction) -> Transitioned:
        return await advance(
            tx, shop, store, UUID(order["id"]), Happens(**{"doer": THE_SYSTEM, "event": event, **changes})
        )

    return await shop.database.transaction(store.id, work)


@pytest.fixture
def owner(guest: Shopper) -> Doer:
    """The guest, as the lifecycle sees them."""
    return Doer("guest", guest.owner.id, ("customer",))


async def paid(shop: Shop, store: Store, order: dict[str, Any], owner: Doer, key: str = "receipt:1") -> Transitioned:
    """Start a payment, and let it come in."""
    await happen(shop, store, order, "start_payment", doer=owner)
    return await happen(shop, store, order, "payment_succeeded", key=key, captured=4_990)


async def test_a_payment_takes_the_units_out_of_stock_and_books_them(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    order = await placed(guest, "A")
    assert await levels(shop, store) == (5, 1)
    moved = await paid(shop, store, order, owner)
    assert (moved.source, moved.target, moved.money_counts) == ("payment_pending", "paid", True)
    assert await levels(shop, store) == (4, 0)
    [movement] = await rows(shop, store, "SELECT delta, on_hand_after, reason, reference_id FROM stock_movements")
    assert tuple(movement) == (-1, 4, "sold", order["id"])
    [row] = await rows(shop, store, "SELECT state, captured, version, paid_at, deadline_at FROM orders")
    assert (row["state"], row["captured"], row["version"], row["deadline_at"]) == ("paid", 4_990, 3, None)
    assert row["paid_at"] is not None


async def test_an_event_with_a_key_happens_once_however_often_it_comes(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    order = await placed(guest, "A")
    await happen(shop, store, order, "start_payment", doer=owner)
    again = [happen(shop, store, order, "payment_succeeded", key="receipt:1", captured=4_990) for _ in range(8)]
    outcomes = await asyncio.gather(*again)
    assert sorted(outcome.is_repeat for outcome in outcomes) == [False] + [True] * 7
    assert await levels(shop, store) == (4, 0)
    [row] = await rows(shop, store, "SELECT captured FROM orders")
    assert row["captured"] == 4_990


async def test_what_is_not_possible_changes_nothing_and_says_what_is(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000)
    order = await placed(guest, "A")
    with pytest.raises(AppError) as refused:
        await happen(shop, store, order, "request_return", doer=owner)
    assert refused.value.error.code == "transition_refused"
    assert refused.value.parameters["open"] == ["back_to_cart", "cancel", "start_payment"]
    assert refused.value.parameters["allowed_states"] == ["shipped", "delivered", "partially_refunded"]
    stranger = Doer("guest", new_id(), ("customer",))
    with pytest.raises(AppError) as refused:
        await happen(shop, store, order, "cancel", doer=stranger)
    assert refused.value.parameters["failing_facts"] == ["actor.is_owner"]
    [row] = await rows(shop, store, "SELECT state, version FROM orders")
    assert tuple(row) == ("pending", 1)


async def test_a_payment_after_the_reservation_is_over_takes_what_is_left(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    order = await placed(guest, "A")
    await rows(shop, store, "UPDATE stock_reservations SET state = 'expired', expires_at = NULL")
    await rows(shop, store, "UPDATE stock_levels SET reserved = 0")
    assert (await paid(shop, store, order, owner)).target == "paid"
    assert await levels(shop, store) == (4, 0)


async def test_a_payment_for_goods_that_are_gone_goes_back_and_does_not_count(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000, on_hand=1)
    order = await placed(guest, "A")
    await rows(shop, store, "UPDATE stock_reservations SET state = 'expired', expires_at = NULL")
    await rows(shop, store, "UPDATE stock_levels SET reserved = 0, on_hand = 0")
    given_back: list[int] = []
    moved = await _with_effect(shop, "refund_payment", _noting(given_back), lambda: paid(shop, store, order, owner))
    assert (moved.target, moved.money_counts) == ("cancelled", False)
    assert given_back == [4_990]
    assert await levels(shop, store) == (0, 0)
    [row] = await rows(shop, store, "SELECT captured FROM orders")
    assert row["captured"] == 0


async def test_a_cancelled_order_gives_its_units_back_once(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    unpaid = await placed(guest, "A")
    await _with_effect(shop, "void_payment", _noting([]), lambda: happen(shop, store, unpaid, "cancel", doer=owner))
    assert await levels(shop, store) == (5, 0)
    order = await placed(guest, "A")
    await paid(shop, store, order, owner)
    await _with_effect(shop, "refund_payment", _noting([]), lambda: happen(shop, store, order, "cancel", doer=owner))
    assert await levels(shop, store) == (5, 0)
    deltas = await rows(shop, store, "SELECT delta, reason FROM stock_movements ORDER BY created_at")
    assert [tuple(row) for row in deltas] == [(-1, "sold"), (1, "returned")]


async def test_the_deadline_is_that_of_the_state(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000)
    order = await placed(guest, "A")

    async def deadline() -> tuple[str, float]:
        [row] = await rows(
            shop, store,
            "SELECT deadline_event, extract(epoch FROM deadline_at - state_since)::float AS seconds FROM orders",
        )  # fmt: skip
        return row["deadline_event"], row["seconds"]

    assert await deadline() == ("order_expired", 24 * 3600)
    await happen(shop, store, order, "start_payment", doer=owner)
    assert await deadline() == ("payment_timeout", 30 * 60)


async def test_every_step_is_recorded_with_who_did_what_by_which_rules(
    shop: Shop, store: Store, guest: Shopper, goods: Goods, owner: Doer
) -> None:
    await goods.put("A", 4_000)
    order = await placed(guest, "A")
    await paid(shop, store, order, owner)
    steps = await rows(
        shop,
        store,
        "SELECT seq, event, role, actor_kind, actor_id, event_key, ruleset FROM order_transitions ORDER BY seq",
    )
    assert [tuple(step)[:4] for step in steps] == [
        (1, "place", "customer", "guest"),
        (2, "start_payment", "customer", "guest"),
        (3, "payment_succeeded", "system", "system"),
    ]
    assert [step["actor_id"] for step in steps] == [guest.owner.id, guest.owner.id, None]
    assert steps[2]["event_key"] == "receipt:1"
    assert len({step["ruleset"] for step in steps}) == 1


def _noting(amounts: list[int]) -> Effect:
    async def note(it: Happening) -> None:
        amounts.append(it.happens.captured)

    return note


async def _with_effect(shop: Shop, name: str, effect: Effect, work: Any) -> Transitioned:
    """Do the work while an effect of the room above is this one."""
    effects = dict(shop.use(EFFECTS))
    shop.provide(EFFECTS, {**effects, name: effect})
    try:
        result: Transitioned = await work()
        return result
    finally:
        shop.provide(EFFECTS, effects)
