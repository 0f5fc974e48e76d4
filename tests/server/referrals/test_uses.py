"""Uses are held, counted and given back exactly once, and never more of them than the limit says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from server.referrals import uses as room
from server.referrals.needed import Use
from server.web.call import Shop
from storage.transaction import Transaction
from tests.server.referrals.orders import LimitReached, Uses
from tests.shop import new_store

ANA, BOB = "user:ana", "email:bob@example.com"


def total(most: int | None = None, *, amount: int = 0, budget: int | None = None) -> Use:
    """A use of the coupon `spring` by anybody."""
    return Use(kind="coupon", subject="spring", most=most, budget=budget, amount=amount)


def of(customer: str, most: int | None = 1) -> Use:
    """A use of the coupon `spring` by one customer."""
    return Use(kind="coupon", subject="spring", customer=customer, most=most)


async def test_uses_are_held_below_and_at_the_limit_and_refused_above_it(uses: Uses) -> None:
    await uses.held(total(2))
    await uses.held(total(2))
    order_id = await uses.order()
    with pytest.raises(LimitReached) as refused:
        await uses.hold(order_id, total(2))
    assert refused.value.refused == [total(2)]
    assert await uses.counted(total()) == (2, 0, 0)
    assert await uses.states(order_id) == set()


@pytest.mark.parametrize(
    "use", [Use(kind="code", subject="spring-7", most=1), Use(kind="promotion", subject="early", most=1), of(ANA)]
)
async def test_codes_promotions_and_single_customers_have_limits_of_their_own(uses: Uses, use: Use) -> None:
    await uses.held(use)
    with pytest.raises(LimitReached):
        await uses.held(use)
    assert await uses.counted(use) == (1, 0, 0)


async def test_one_customer_does_not_use_up_what_another_may(uses: Uses) -> None:
    await uses.held(total(), of(ANA))
    await uses.held(total(), of(BOB))
    assert await uses.counted(total()) == (2, 0, 0)
    with pytest.raises(LimitReached) as refused:
        await uses.held(total(), of(ANA))
    assert refused.value.refused == [of(ANA)]
    assert await uses.counted(total()) == (2, 0, 0)


async def test_without_a_limit_uses_are_counted_all_the_same(uses: Uses) -> None:
    await uses.paid(total(amount=500))
    await uses.held(total(amount=250))
    assert await uses.counted(total()) == (1, 1, 750)


async def test_uses_that_were_counted_before_a_limit_was_set_count(uses: Uses) -> None:
    await uses.paid(total())
    await uses.paid(total())
    with pytest.raises(LimitReached):
        await uses.held(total(2))


@pytest.mark.parametrize(("amount", "fits"), [(399, True), (400, True), (401, False)])
async def test_a_budget_is_spent_to_the_last_cent_and_no_further(uses: Uses, amount: int, fits: bool) -> None:
    await uses.held(total(amount=600, budget=1000))
    if fits:
        await uses.held(total(amount=amount, budget=1000))
    else:
        with pytest.raises(LimitReached):
            await uses.held(total(amount=amount, budget=1000))
    assert (await uses.counted(total()))[2] == 600 + amount * fits


async def test_the_first_use_can_be_more_than_the_whole_budget(uses: Uses) -> None:
    with pytest.raises(LimitReached):
        await uses.held(total(amount=1001, budget=1000))
    assert await uses.counted(total()) == (0, 0, 0)


async def test_a_budget_gets_back_what_failed_and_what_was_refunded(uses: Uses) -> None:
    failed, refunded = await uses.held(total(amount=600)), await uses.paid(total(amount=400))
    await uses.release(failed)
    assert await uses.counted(total()) == (0, 1, 400)
    await uses.give_back(refunded)
    assert await uses.counted(total()) == (0, 0, 0)


async def test_every_step_done_twice_is_done_once(uses: Uses) -> None:
    order_id = await uses.order()
    steps: list[tuple[Callable[[UUID], Awaitable[object]], tuple[int, int, int], str]] = [
        (lambda id: uses.hold(id, total(1, amount=5)), (1, 0, 5), "held"),
        (uses.release, (0, 0, 0), "released"),
        (uses.hold_again, (1, 0, 5), "held"),
        (uses.consume, (0, 1, 5), "used"),
        (uses.give_back, (0, 0, 0), "returned"),
    ]
    for step, counted, state in steps:
        for _ in range(2):
            await step(order_id)
            assert (await uses.counted(total()), await uses.states(order_id)) == (counted, {state})


async def test_steps_out_of_turn_change_nothing(uses: Uses) -> None:
    held = await uses.held(total(amount=5))
    assert await uses.give_back(held) == 0
    paid = await uses.paid(total(amount=7))
    assert (await uses.release(paid), await uses.hold_again(paid)) == (0, True)
    assert await uses.counted(total()) == (1, 1, 12)


async def test_a_released_use_is_there_for_somebody_else_and_then_gone_for_the_retry(uses: Uses) -> None:
    first = await uses.held(total(1), of(ANA))
    await uses.release(first)
    assert await uses.can_hold_again(first)
    await uses.held(total(1), of(BOB))
    assert not await uses.can_hold_again(first)
    assert not await uses.hold_again(first)
    assert await uses.states(first) == {"released"}
    assert await uses.counted(of(ANA)) == (0, 0, 0)


async def test_a_retry_asks_for_the_budget_again(uses: Uses) -> None:
    first = await uses.held(total(amount=600, budget=1000))
    await uses.release(first)
    second = await uses.held(total(amount=401, budget=1000))
    assert not await uses.hold_again(first)
    await uses.release(second)
    assert await uses.hold_again(first)
    assert await uses.counted(total()) == (1, 0, 600)


async def test_an_order_without_uses_needs_none_again(uses: Uses) -> None:
    order_id = await uses.order()
    await uses.hold(order_id)
    assert (await uses.can_hold_again(order_id), await uses.hold_again(order_id)) == (True, True)
    assert (await uses.consume(order_id), await uses.release(order_id), await uses.give_back(order_id)) == (0, 0, 0)


async def test_fifty_at_once_get_three_uses_together(uses: Uses) -> None:
    orders = await uses.orders(50)
    wanted = (total(3, amount=10), Use(kind="code", subject="spring"), of(ANA, None))
    outcomes = await asyncio.gather(*(uses.hold(order, *wanted) for order in orders), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LimitReached)]
    assert [outcome for outcome in outcomes if outcome is not None and outcome not in refused] == []
    assert len(refused) == 47
    assert [await uses.counted(use) for use in wanted] == [(3, 0, 30), (3, 0, 0), (3, 0, 0)]


async def test_ten_retries_at_once_get_the_one_use_that_is_left(uses: Uses) -> None:
    orders = []
    for _ in range(10):
        orders.append(await uses.held(total(1, amount=5), of(ANA, None)))
        await uses.release(orders[-1])
    outcomes = await asyncio.gather(*(uses.hold_again(order) for order in orders))
    assert outcomes.count(True) == 1
    assert [await uses.counted(use) for use in (total(), of(ANA))] == [(1, 0, 5), (1, 0, 0)]


async def test_one_customer_who_orders_ten_times_at_once_gets_one_use(uses: Uses) -> None:
    orders = await uses.orders(10)
    outcomes = await asyncio.gather(*(uses.hold(order, total(), of(ANA)) for order in orders), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert await uses.counted(of(ANA)) == (1, 0, 0)
    assert await uses.counted(total()) == (1, 0, 0)


async def test_uses_given_in_any_order_never_wait_for_each_other_in_a_circle(uses: Uses) -> None:
    subjects = [Use(kind="promotion", subject=f"p{number}") for number in range(8)]
    orders = await uses.orders(24)
    holding = [
        uses.hold(order, *(subjects if number % 2 else reversed(subjects))) for number, order in enumerate(orders)
    ]
    await asyncio.gather(*holding)
    await asyncio.gather(*(uses.consume(order) if number % 2 else uses.release(order) for number, order in
                           enumerate(orders)))  # fmt: skip
    assert {await uses.counted(use) for use in subjects} == {(0, 12, 0)}


async def test_two_stores_count_for_themselves(uses: Uses, shop: Shop) -> None:
    other = Uses(shop.database, await new_store(shop))
    await uses.held(total(1))
    await other.held(total(1))
    assert await uses.counted(total()) == await other.counted(total()) == (1, 0, 0)


async def test_an_order_of_another_store_has_no_uses_here(uses: Uses, shop: Shop) -> None:
    order_id = await uses.held(total(1))
    other = Uses(shop.database, await new_store(shop))
    assert await other.release(order_id) == 0
    assert await uses.counted(total()) == (1, 0, 0)


async def test_holding_can_be_part_of_a_larger_statement(uses: Uses) -> None:
    order_id = await uses.order()
    parts = room.hold_parts(store="$1::uuid", order="(SELECT id FROM seen)", uses="$3", after="seen")
    statement = f"WITH seen AS (SELECT $2::uuid AS id), {parts} SELECT count(*) FROM kept_uses"

    async def work(tx: Transaction) -> int:
        wanted = room.hold_argument([total(3), of(ANA)])
        return int(await tx.fetchval(statement, uses.store.id, order_id, wanted))

    assert await uses.database.transaction(uses.store.id, work) == 2
    assert await uses.counted(of(ANA)) == (1, 0, 0)


async def test_counters_that_somebody_deleted_are_noticed(uses: Uses) -> None:
    order_id = await uses.held(total())
    await uses.database.transaction(uses.store.id, lambda tx: tx.execute("DELETE FROM use_counters"))
    with pytest.raises(room.CountersBroken, match=str(order_id)):
        await uses.consume(order_id)
    assert await uses.states(order_id) == {"held"}


@pytest.mark.parametrize(
    ("user_id", "email", "key"),
    [
        (UUID(int=7), "ana@example.com", f"user:{UUID(int=7)}"),
        (None, " Ána@EXAMPLE.com ", "email:ána@example.com"),
        (None, None, None),
    ],
)  # fmt: skip
def test_customers_are_counted_by_account_else_by_folded_address(
    user_id: UUID | None, email: str | None, key: str | None
) -> None:
    assert room.customer_key(user_id, email) == key
