"""A webhook that never comes keeps no money: after a while the provider is asked, and believed like a webhook."""

from __future__ import annotations

from server.ports import ProviderUnavailable
from tests.server.payments.bank import event
from tests.server.payments.till import Till


async def test_money_that_nobody_told_of_is_found_and_counts_once(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    reference = f"pay_{payment['id']}"
    assert await till.work() == 0
    assert await till.value("SELECT next_try_at BETWEEN now() + interval '14 minutes' AND now() + interval '16 minutes'"
                            " FROM payments WHERE order_id = $1", order.id)  # fmt: skip
    till.bank.ended[reference] = event("payment_succeeded", payment, id="looked-up:1")
    await till.make_due("payments")
    assert await till.work() == 1
    assert (await till.state(order), await till.money(order)) == ("paid", (order.total, 0))
    [receipt] = await till.receipts()
    assert (receipt["event_id"], receipt["status"]) == ("looked-up:1", "applied")
    assert await till.told(event("payment_succeeded", payment)) == "ignored"
    assert await till.money(order) == (order.total, 0)


async def test_one_that_still_waits_is_looked_at_again_later(till: Till) -> None:
    order = await till.order()
    await till.start(order)
    till.bank.fails.append(ProviderUnavailable("away"))
    for _ in range(2):
        await till.make_due("payments")
        assert await till.work() == 1
    assert await till.state(order) == "payment_pending"
    assert await till.value("SELECT next_try_at > now() FROM payments WHERE order_id = $1", order.id)


async def test_money_of_an_order_that_was_given_up_is_found_before_it_is_called_off_and_goes_back(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    till.bank.ended[f"pay_{payment['id']}"] = event("payment_succeeded", payment)
    await till.bring(order, "payment_timeout")
    await till.work()
    await till.settle(order)
    [paid] = await till.payments(order)
    assert (paid["status"], paid["refunded"]) == ("succeeded", paid["amount"])
    assert till.bank.voided == []


async def test_what_it_answers_is_checked_like_what_it_sends(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    till.bank.ended[f"pay_{payment['id']}"] = event("payment_succeeded", payment, amount=1)
    await till.make_due("payments")
    await till.work()
    assert (await till.receipts("?status=mistaken"))[0]["detail"].startswith("the event says 1 minor units")
    assert await till.state(order) == "payment_pending"
