"""What do events of a provider do? Once each, only when believed and about what we know, whenever they come."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from limits.aio.storage import MemoryStorage

from server.payments import receipts_repo, receiving
from server.ports import PaymentEvent
from server.web.limits import LIMITER, Limiter
from storage.ids import new_id
from storage.transaction import Transaction
from tests.server.orders.placed import Wanted
from tests.server.payments.bank import SIGNATURE, event, letter
from tests.server.payments.till import Till
from tests.shop import expect


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


async def test_a_forged_event_changes_nothing_and_is_kept(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    answer = await till.tell(event("payment_succeeded", payment), secret=b"a guess")
    assert (answer.status, answer.code) == (HTTPStatus.BAD_REQUEST, "webhook_not_believed")
    assert await till.state(order) == "payment_pending"
    kept = (await till.receipts())[0]
    assert (kept["status"], kept["event_id"], kept["remote_address"]) == ("refused", None, "127.0.0.1")
    assert "signature" in kept["detail"]
    assert payment["id"] in kept["payload"]


async def test_an_old_event_sent_again_by_others_is_not_believed(till: Till) -> None:
    payment = await till.start(await till.order())
    answer = await till.tell(event("payment_succeeded", payment), age=timedelta(minutes=6))
    assert (answer.status, answer.code) == (HTTPStatus.BAD_REQUEST, "webhook_not_believed")


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


async def test_events_we_have_no_use_for_are_kept_and_nothing_more(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    assert await till.told(event("other", payment)) == "ignored"
    assert await till.state(order) == "payment_pending"


async def test_a_provider_that_is_not_set_up_here_has_no_address(till: Till) -> None:
    answer = await till.tell(PaymentEvent(id="e", type="t", kind="other"), provider="paypal")
    assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "provider_unknown")


async def test_cash_sends_no_events(till: Till) -> None:
    answer = await till.tell(PaymentEvent(id="e", type="t", kind="other"), provider="cash")
    assert (answer.status, answer.code) == (HTTPStatus.BAD_REQUEST, "webhook_not_believed")


async def test_a_letter_as_long_as_a_book_is_not_read(till: Till) -> None:
    answer = await till.anybody.post(
        "/payments/webhooks/test", data=b"x" * (receiving.LARGEST_EVENT + 1), headers={"Content-Type": "text/plain"}
    )
    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert await till.receipts() == []


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "text/plain", "application/octet-stream"])
async def test_the_bytes_count_whatever_they_are_said_to_be(till: Till, media_type: str) -> None:
    body = b'{"id": "\xff\x00"'
    headers = {"Content-Type": media_type, "Bank-Signature": "t=1,v1=\xe9"}
    answer = await till.anybody.post("/payments/webhooks/test", data=body, headers=headers)
    assert (answer.status, answer.code) == (HTTPStatus.BAD_REQUEST, "webhook_not_believed")
    assert (await till.receipts())[0]["payload"] == '{"id": "\\xff\x00"'


async def test_what_cannot_be_processed_waits_and_is_tried_again(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    # A step of the order that breaks: its row of stock is not what it was.
    await till.execute("UPDATE stock_levels SET reserved = 0")
    assert await till.told(event("payment_succeeded", payment)) == "waiting"
    assert (await till.state(order), await till.money(order)) == ("payment_pending", (0, 0))
    assert (await till.payments(order))[0]["status"] == "pending"
    await till.execute("UPDATE stock_levels SET reserved = 2")
    assert await till.work() == 0
    await till.make_due("payment_receipts")
    assert await till.work() == 1
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    assert (await till.receipts())[0]["status"] == "applied"


async def test_what_can_never_be_processed_is_left_to_people_in_the_end(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.execute("UPDATE stock_levels SET reserved = 0")
    await till.told(event("payment_succeeded", payment))
    for _ in range(receiving.MOST_TRIES):
        await till.make_due("payment_receipts")
        assert await till.work() == 1
    await till.make_due("payment_receipts")
    assert await till.work() == 0
    found = (await till.receipts())[0]
    assert (found["status"], found["tries"]) == ("mistaken", receiving.MOST_TRIES)
    assert found["detail"].startswith("could not be processed")


async def test_an_event_kept_by_a_server_that_died_is_processed_when_its_signature_is_old(till: Till) -> None:
    order = await till.order()
    said = event("payment_succeeded", await till.start(order))
    came_at = await till.value("SELECT now() - interval '1 hour'")
    payload, headers = letter(said, came_at)

    async def keep(tx: Transaction) -> None:
        signed = {SIGNATURE: headers[SIGNATURE]}
        await receipts_repo.keep(tx, "test", said, payload, signed, "192.0.2.1", came_at, timedelta(0))

    await till.shop.database.transaction(till.store.id, keep)
    assert await till.told(said) == "repeated"
    assert await till.state(order) == "payment_pending"
    assert await till.work() == 1
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))


async def test_two_workers_process_an_event_once(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.execute("UPDATE stock_levels SET reserved = 0")
    await till.told(event("payment_succeeded", payment))
    await till.execute("UPDATE stock_levels SET reserved = 2")
    await till.make_due("payment_receipts")
    assert sorted(await asyncio.gather(*(till.work() for _ in range(4)))) == [0, 0, 0, 1]
    assert await till.money(order) == (3980, 0)


async def test_a_flood_of_forged_events_is_not_kept(till: Till) -> None:
    usual = till.shop.use(LIMITER)
    till.shop.provide(LIMITER, Limiter(MemoryStorage()))
    try:
        said = PaymentEvent(id="e", type="t", kind="other")
        answers = [await till.tell(said, secret=b"a guess") for _ in range(receiving.REFUSED_PER_NETWORK.times + 3)]
        assert {answer.code for answer in answers[:-3]} == {"webhook_not_believed"}
        assert {answer.code for answer in answers[-3:]} == {"rate_limited"}
        assert await till.value("SELECT count(*) FROM payment_receipts") == receiving.REFUSED_PER_NETWORK.times
        # The provider itself is heard all the same.
        assert await till.told(said) == "ignored"
    finally:
        till.shop.provide(LIMITER, usual)


async def test_receipts_turn_pages_and_are_for_staff(till: Till) -> None:
    payment = await till.start(await till.order())
    for _ in range(5):
        await till.told(event("other", payment))
    first = expect(await till.staff().get("/payments/receipts?limit=3"))
    second = expect(await till.staff().get(f"/payments/receipts?limit=3&cursor={first['next']}"))
    seen = [item["event_id"] for item in first["items"] + second["items"]]
    assert len(seen) == len(set(seen)) == 5
    assert second["next"] is None
    assert (await till.staff("customer").get("/payments/receipts")).status == HTTPStatus.FORBIDDEN


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
