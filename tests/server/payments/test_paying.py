"""How does an order get paid? Asked for once, whatever happens in between, and only while there is something to pay."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest

from server.cart.snapshot import Owner
from server.payments.providers.cash import CashProvider
from server.payments.providers.registry import PROVIDERS, Providers
from server.payments.routes import PAYMENTS_PER_CUSTOMER
from server.ports import ProviderRefused, ProviderUnavailable
from storage.ids import new_id
from tests.server.orders.placed import Wanted
from tests.server.payments.bank import event
from tests.server.payments.till import Till
from tests.shop import expect


async def test_paying_tells_what_the_customer_pays_with_and_the_order_waits(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 2, 1990), shipping=1210)
    payment = await till.start(order)
    assert payment["status"] == "pending"
    assert payment["amount"] == "51.90"
    assert payment["client"] == {"checkout_url": f"https://bank/{payment['id']}"}
    wanted = till.bank.payments[payment["id"]]
    assert (wanted.amount, wanted.currency, wanted.order_number) == (5190, "BRL", str(order.number))
    assert await till.state(order) == "payment_pending"


async def test_paying_again_while_it_is_under_way_is_the_same_attempt(till: Till) -> None:
    order = await till.order()
    first = await till.start(order)
    assert await till.start(order) == first
    assert till.bank.asked == 1


async def test_many_who_pay_at_once_make_one_attempt(till: Till) -> None:
    order = await till.order()
    payments = await asyncio.gather(*(till.start(order) for _ in range(8)))
    assert {payment["id"] for payment in payments} == {payments[0]["id"]}
    assert len(await till.payments(order)) == len(till.bank.payments) == 1


async def test_when_the_provider_is_away_the_worker_goes_on_with_the_same_key(till: Till) -> None:
    order = await till.order()
    till.bank.fails = [ProviderUnavailable("no answer", retry_after_seconds=7)]
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
    created = expect(answer, HTTPStatus.ACCEPTED)
    assert (created["status"], created["client"], answer.headers["Retry-After"]) == ("created", None, "7")
    assert await till.work() == 0
    await till.make_due("payments")
    assert await till.work() == 1
    payment = await till.start(order)
    assert (payment["id"], payment["status"]) == (created["id"], "pending")
    assert list(till.bank.payments) == [created["id"]]


async def test_a_provider_that_stays_away_is_asked_less_and_less_often(till: Till) -> None:
    order = await till.order()
    till.bank.fails = [ProviderUnavailable("no answer") for _ in range(6)]
    created = await till.start(order)
    pauses = []
    for _ in range(5):
        await till.make_due("payments")
        assert await till.work() == 1
        pauses.append(await till.value("SELECT extract(epoch FROM next_try_at - now())::float FROM payments"))
    assert pauses[-1] > 4 * pauses[0] > 60
    assert created["id"] == (await till.payments(order))[0]["id"]


async def test_when_the_server_dies_before_it_asks_the_worker_asks(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    # As it was after the first commit, and before the provider was asked.
    await till.execute("UPDATE payments SET status = 'created', reference = NULL, client = NULL, next_try_at = now()")
    assert await till.work() == 1
    again = await till.start(order)
    assert again == payment
    assert list(till.bank.payments) == [payment["id"]]


async def test_when_the_provider_refuses_the_order_can_be_tried_again(till: Till) -> None:
    order = await till.order()
    till.bank.fails = [ProviderRefused("the card is not taken")]
    refused = await till.start(order)
    assert (refused["status"], refused["failure"]) == ("failed", "the card is not taken")
    assert await till.state(order) == "payment_failed"
    again = await till.start(order)
    assert (again["status"], again["attempt"]) == ("pending", 2)
    assert await till.state(order) == "payment_pending"


async def test_after_a_declined_payment_the_next_attempt_keeps_the_stock_again(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 3))
    payment = await till.start(order)
    assert await till.told(event("payment_failed", payment, failure="declined")) == "applied"
    assert (await till.state(order), await till.stock("SHIRT")) == ("payment_failed", (100, 0))
    again = await till.start(order)
    assert (again["attempt"], await till.stock("SHIRT")) == (2, (100, 3))


async def test_when_the_goods_are_gone_meanwhile_no_further_attempt_is_begun(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 3))
    payment = await till.start(order)
    await till.told(event("payment_failed", payment))
    await till.execute("UPDATE stock_levels SET on_hand = 2")
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "transition_refused")
    assert len(await till.payments(order)) == 1


async def test_cash_on_delivery_has_nothing_to_pay_now(till: Till) -> None:
    order = await till.order(payment_method="cash_on_delivery")
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "nothing_to_pay")
    assert await till.state(order) == "pending"


async def test_a_free_order_and_one_that_is_paid_have_nothing_to_pay(till: Till) -> None:
    free = await till.order(Wanted("GIFT", 1, 0))
    paid = await till.order()
    await till.paid(paid)
    for order in (free, paid):
        answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
        assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "nothing_to_pay")


async def test_a_cancelled_order_is_not_paid(till: Till) -> None:
    order = await till.order()
    await till.bring(order, "order_expired")
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "transition_refused")
    assert await till.payments(order) == []


async def test_when_nobody_takes_payments_the_order_stays_as_it_is(till: Till) -> None:
    order = await till.order()
    till.shop.provide(PROVIDERS, Providers({"cash": CashProvider()}))
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {})
    assert (answer.status, answer.code) == (HTTPStatus.SERVICE_UNAVAILABLE, "payment_provider_missing")
    assert (await till.state(order), await till.payments(order)) == ("pending", [])


async def test_calling_an_order_off_calls_its_payment_off(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.bring(order, "payment_timeout")
    assert await till.work() == 1
    assert till.bank.voided == [f"pay_{payment['id']}"]
    assert (await till.payments(order))[0]["status"] == "voided"


async def test_a_payment_the_provider_was_never_heard_of_about_is_begun_to_be_called_off(till: Till) -> None:
    order = await till.order()
    till.bank.fails = [ProviderUnavailable("no answer")]
    payment = await till.start(order)
    await till.bring(order, "payment_timeout")
    await till.work()
    assert list(till.bank.payments) == [payment["id"]]
    assert till.bank.voided == [f"pay_{payment['id']}"]
    assert (await till.payments(order))[0]["status"] == "voided"


async def test_a_payment_that_cannot_be_called_off_is_left_and_goes_back_should_it_come(till: Till) -> None:
    order = await till.order()
    payment = await till.start(order)
    await till.bring(order, "payment_timeout")
    till.bank.fails = [ProviderRefused("it is being processed")]
    assert await till.work() == 1
    assert await till.work() == 0
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    assert [refund["kind"] for refund in await till.refunds(order)] == ["automatic"]


async def test_others_find_no_such_order_and_those_who_only_look_may_not_pay(till: Till) -> None:
    order, other = await till.order(), await till.order()
    stranger = await till.owner(other).post(f"/orders/{order.number}/payments", {})
    assert (stranger.status, stranger.code) == (HTTPStatus.NOT_FOUND, "order_unknown")
    assert (await till.owner(other).get(f"/orders/{order.number}/payments")).code == "order_unknown"
    warehouse = await till.staff("warehouse").post(f"/orders/{order.number}/payments", {})
    assert (warehouse.status, warehouse.code) == (HTTPStatus.FORBIDDEN, "not_allowed")
    assert await till.state(order) == "pending"


async def test_support_pays_for_a_customer_and_a_customer_of_an_account_pays_too(till: Till) -> None:
    user = new_id()
    await till.execute(
        "INSERT INTO users (id, store_id, email, email_folded, name, password_hash)"
        " VALUES ($1, $2, 'ana@example.com', 'ana@example.com', 'Ana', '')",
        user, till.store.id,
    )  # fmt: skip
    for caller in ("owner", "support"):
        order = await till.order(owner=Owner("user", user))
        client = till.owner(order) if caller == "owner" else till.staff("support")
        payment = expect(await client.post(f"/orders/{order.number}/payments", {}), HTTPStatus.ACCEPTED)
        assert payment["client"] is not None


async def test_who_only_looks_does_not_see_what_it_is_paid_with(till: Till) -> None:
    order = await till.order()
    await till.start(order)
    seen = expect(await till.staff("warehouse").get(f"/orders/{order.number}/payments"))["items"]
    own = expect(await till.owner(order).get(f"/orders/{order.number}/payments"))["items"]
    assert (seen[0]["client"], bool(own[0]["client"])) == (None, True)


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "javascript:alert(1)", "//evil.example", "http://127.0.0.1:8080@evil.example/", "shop"],
)
async def test_customers_are_not_sent_to_pages_of_others(till: Till, address: str) -> None:
    order = await till.order()
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {"return_url": address})
    assert (answer.status, answer.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "return_url_foreign")
    assert await till.state(order) == "pending"


async def test_the_page_to_return_to_is_told_to_the_provider_however_often_it_is_asked(till: Till) -> None:
    order = await till.order()
    page = f"{till.shop.settings.base_url}/thanks?order={order.number}"
    till.bank.fails = [ProviderUnavailable("no answer")]
    answer = await till.owner(order).post(f"/orders/{order.number}/payments", {"return_url": page})
    payment = expect(answer, HTTPStatus.ACCEPTED)
    await till.make_due("payments")
    await till.work()
    assert till.bank.payments[payment["id"]].return_url == page


async def test_cards_are_not_tried_out_by_the_hundred(till: Till) -> None:
    order = await till.order()
    address = f"/orders/{order.number}/payments"
    with till.limited():
        owner = till.owner(order)
        answers = [await owner.post(address, {}) for _ in range(PAYMENTS_PER_CUSTOMER.times + 1)]
        assert (answers[-2].status, answers[-1].code) == (HTTPStatus.ACCEPTED, "rate_limited")
        expect(await till.staff("support").post(address, {}), HTTPStatus.ACCEPTED)
