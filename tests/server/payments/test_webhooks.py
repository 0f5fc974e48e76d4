"""What do events of a provider do? Once each, and only about what we know, whenever they come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage.ids import new_id
from tests.server.orders.placed import Wanted
from tests.server.payments.bank import event
from tests.server.payments.till import Till


async def test_the_money_came_so_the_order_is_paid_and_its_stock_gone(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 2))
    payment = await till.start(order)
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    assert await till.stock("SHIRT") == (98, 0)
    shown = (await till.payments(order))[0]
    assert (shown["status"], shown["captured"], shown["client"], shown["counts"]) == ("succeeded", "39.80", None, True)


async def test_an_event_that_comes_again_does_nothing_again(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    said = event("payment_succeeded", payment)
    assert [await till.told(said) for _ in range(3)] == ["applied", "repeated", "repeated"]
    assert len(await till.receipts()) == 1
    assert await till.money(order) == (3980, 0)


async def test_the_same_event_twenty_times_at_once_counts_once(till: Till) -> None:
    order = await till.order()
    said = event("payment_succeeded", await till.start(order))
    statuses = await asyncio.gather(*(till.told(said) for _ in range(20)))
    assert sorted(statuses) == ["applied", *["repeated"] * 19]
    assert await till.money(order) == (3980, 0)


async def test_two_events_about_one_payment_are_one_payment(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    said = [event("payment_succeeded", payment), event("payment_succeeded", payment)]
    assert sorted(await asyncio.gather(*map(till.told, said))) == ["applied", "ignored"]
    assert (await till.money(order), await till.refunds(order)) == ((3980, 0), [])


async def test_money_that_comes_before_the_answer_to_the_start_is_not_lost(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.execute("UPDATE payments SET status = 'created', reference = NULL, client = NULL, next_try_at = now()")
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    assert await till.work() == 0
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))


async def test_declined_and_yet_paid_in_whatever_order_is_paid(till: Till) -> None:
    for kinds in (("payment_failed", "payment_succeeded"), ("payment_succeeded", "payment_failed")):
        order = await till.order()
        payment = await till.start(order)
        for kind in kinds:
            await till.told(event(kind, payment))
        assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
        assert [each["status"] for each in await till.payments(order)] == ["succeeded"]


async def test_an_old_attempt_that_fails_late_leaves_the_new_one_alone(till: Till) -> None:
    order = await till.order()
    first = await till.start(order)
    await till.told(event("payment_failed", first))
    second = await till.start(order)
    assert await till.told(event("payment_failed", first)) == "ignored"
    assert await till.state(order) == "payment_pending"
    assert await till.told(event("payment_succeeded", second)) == "applied"


async def test_an_old_attempt_that_succeeds_late_pays_and_the_new_one_is_called_off(till: Till) -> None:
    order = await till.order()
    first = await till.start(order)
    await till.told(event("payment_failed", first))
    second = await till.start(order)
    assert await till.told(event("payment_succeeded", first)) == "applied"
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    await till.work()
    assert till.bank.voided == [f"pay_{second['id']}"]


async def test_money_for_a_second_attempt_goes_back_in_full(till: Till) -> None:
    order = await till.order()
    first = await till.start(order)
    await till.told(event("payment_failed", first))
    second = await till.start(order)
    await till.told(event("payment_succeeded", first))
    assert await till.told(event("payment_succeeded", second)) == "applied"
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    await till.settle(order)
    refund = (await till.refunds(order))[0]
    assert (refund["kind"], refund["status"], refund["amount"]) == ("automatic", "settled", "39.80")
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    kept, extra = await till.payments(order)
    assert (kept["counts"], kept["refunded"], extra["counts"], extra["refunded"]) == (True, "0.00", False, "39.80")


async def test_an_extra_payment_that_goes_back_leaves_a_delivered_order_delivered(till: Till) -> None:
    order = await till.order()
    first = await till.start(order)
    await till.told(event("payment_failed", first))
    second = await till.start(order)
    await till.told(event("payment_succeeded", first))
    await till.bring(order, "process")
    await till.execute("UPDATE order_lines SET shipped = quantity")
    await till.bring(order, "ship")
    await till.bring(order, "deliver")
    await till.told(event("payment_succeeded", second))
    await till.settle(order)
    assert (await till.state(order), await till.money(order)) == ("delivered", (3980, 0))


async def test_money_for_a_cancelled_order_refunds_itself(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.bring(order, "payment_timeout")
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    await till.settle(order)
    assert (await till.state(order), await till.money(order)) == ("cancelled", (0, 0))
    assert [(each["kind"], each["status"]) for each in await till.refunds(order)] == [("automatic", "settled")]
    assert list(till.bank.voided) == []
    assert await till.stock("SHIRT") == (100, 0)


async def test_money_that_comes_when_the_goods_are_gone_refunds_itself(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 3))
    payment = await till.start(order)
    await till.execute("UPDATE stock_reservations SET state = 'expired'")
    await till.execute("UPDATE stock_levels SET on_hand = 2, reserved = 0")
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    await till.settle(order)
    assert (await till.state(order), await till.stock("SHIRT")) == ("cancelled", (2, 0))
    assert [(each["kind"], each["status"]) for each in await till.refunds(order)] == [("automatic", "settled")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 3979}, {"amount": 3981}, {"currency": "USD"}, {"amount": None}, {"currency": None},
        {"order_id": new_id()}, {"payment_id": new_id()}, {"reference": "pay_of_somebody"},
    ],
    ids=lambda wrong: next(iter(wrong)) + str(next(iter(wrong.values())))[:4],
)  # fmt: skip
async def test_an_event_that_is_not_about_what_we_know_changes_nothing(till: Till, wrong: dict[str, Any]) -> None:
    order = await till.order()
    payment = await till.start(order)
    assert await till.told(event("payment_succeeded", payment, **wrong)) == "mistaken"
    assert (await till.state(order), await till.money(order)) == ("payment_pending", (0, 0))
    assert [each["status"] for each in await till.payments(order)] == ["pending"]
    found = (await till.receipts("?status=mistaken"))[0]
    assert found["detail"]
    # The right one is still taken.
    assert await till.told(event("payment_succeeded", payment)) == "applied"


async def test_a_payment_is_found_by_the_providers_name_of_it(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    assert await till.told(event("payment_succeeded", payment, payment_id=None)) == "applied"
    assert await till.state(order) == "paid"
    assert (await till.receipts(f"?order={order.number}"))[0]["payment_id"] == payment["id"]


async def test_money_an_order_cannot_take_at_all_goes_back(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    # A state that a former ruleset had.
    await till.execute("UPDATE orders SET state = 'on_the_moon'")
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    await till.settle(order)
    assert await till.money(order) == (0, 0)
    assert [(each["kind"], each["status"]) for each in await till.refunds(order)] == [("automatic", "settled")]


async def test_paying_while_the_order_is_called_off_ends_paid_or_given_back(till: Till) -> None:
    for _ in range(6):
        order = await till.order()
        said = event("payment_succeeded", await till.start(order))
        await asyncio.gather(till.told(said), till.bring(order, "cancel", doer=till.person("support")))
        await till.settle(order)
        # Paid first and cancelled then, or cancelled first: either way nothing of it stays.
        payment = (await till.payments(order))[0]
        assert (payment["captured"], payment["refunding"], payment["refunded"]) == ("39.80", "0.00", "39.80")
        assert await till.state(order) == ("refunded" if payment["counts"] else "cancelled")
    assert await till.stock("SHIRT") == (100, 0)


async def test_an_event_about_the_order_of_another_store_changes_nothing(till: Till) -> None:
    order = await till.order()
    said = event("payment_succeeded", await till.start(order))
    other = await till.sibling()
    assert await other.told(said) == "mistaken"
    assert (await till.state(order), await till.receipts()) == ("payment_pending", [])
