"""What becomes of what providers send? It is kept, believed or not, and processed in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus

import pytest

from server.payments import receipts_repo, receiving
from server.ports import PaymentEvent
from storage.transaction import Transaction
from tests.server.payments.bank import SIGNATURE, event, letter
from tests.server.payments.till import Till
from tests.shop import expect


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
    said = PaymentEvent(id="e", type="t", kind="other")
    with till.limited():
        answers = [await till.tell(said, secret=b"a guess") for _ in range(receiving.REFUSED_PER_NETWORK.times + 3)]
        # The provider itself is heard all the same.
        assert await till.told(said) == "ignored"
    assert {answer.code for answer in answers[:-3]} == {"webhook_not_believed"}
    assert {answer.code for answer in answers[-3:]} == {"rate_limited"}
    refused = "SELECT count(*) FROM payment_receipts WHERE status = 'refused'"
    assert await till.value(refused) == receiving.REFUSED_PER_NETWORK.times


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


async def test_whoever_processes_an_event_at_once_with_others_learns_what_became_of_it(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.execute("UPDATE stock_levels SET reserved = 0")
    await till.told(event("payment_succeeded", payment))
    await till.execute("UPDATE stock_levels SET reserved = 2")
    receipt_id = await till.value("SELECT id FROM payment_receipts")
    found = await asyncio.gather(*(receiving.process(till.shop, till.store, receipt_id) for _ in range(4)))
    assert (found, await till.money(order)) == (["applied"] * 4, (3980, 0))
