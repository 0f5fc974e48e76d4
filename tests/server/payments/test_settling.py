"""How does a refund end? As its provider says, whenever and however often it says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from server.ports import ProviderRefused, ProviderUnavailable
from storage.ids import new_id
from tests.server.orders.placed import Wanted
from tests.server.payments.bank import event
from tests.server.payments.till import Till, units
from tests.shop import expect

SHIRT = Wanted("SHIRT", 1, 1990)


async def test_when_the_provider_is_away_the_refund_is_asked_for_again_with_the_same_key(till: Till) -> None:
    order = await till.delivered(SHIRT)
    till.bank.fails = [ProviderUnavailable("no answer", retry_after_seconds=90)]
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    assert await till.work() == 1
    assert (await till.refunds(order))[0]["status"] == "approved"
    assert 80 < await till.value("SELECT extract(epoch FROM next_try_at - now())::float FROM refunds") <= 90
    await till.make_due("refunds")
    await till.settle(order)
    assert (await till.refunds(order))[0]["status"] == "settled"
    assert len(till.bank.refunds) == 1


@pytest.mark.parametrize("how", ["refused", "failed", "failed later"])
async def test_a_refund_that_fails_frees_its_money_and_can_be_tried_once_more(till: Till, how: str) -> None:
    order = await till.delivered(SHIRT)
    if how == "refused":
        till.bank.fails = [ProviderRefused("the card is gone")]
    till.bank.refund_status = "failed" if how == "failed" else "pending"
    expect(await till.refund(order, lines=units(order, SHIRT=1), approve=True), HTTPStatus.CREATED)
    await till.work()
    if how == "failed later":
        said = await till.settlement(order, 1, kind="refund_failed", failure="the card is gone")
        assert await till.told(said) == "applied"
    failed = (await till.refunds(order))[0]
    assert (failed["status"], failed["failure"]) == ("failed", "the card is gone")
    assert (await till.payments(order))[0]["refunding"] == "0.00"
    till.bank.refund_status = "settled"
    again = expect(await till.staff().post(f"/orders/{order.number}/refunds/1/retry"), HTTPStatus.CREATED)
    assert (again["number"], again["status"], again["amount"]) == (2, "approved", "19.90")
    twice = await till.staff().post(f"/orders/{order.number}/refunds/1/retry")
    assert (twice.status, twice.code) == (HTTPStatus.CONFLICT, "refund_decided")
    await till.work()
    assert (await till.state(order), await till.money(order)) == ("refunded", (1990, 1990))


async def test_an_automatic_refund_that_failed_can_be_tried_by_those_with_a_small_limit(till: Till) -> None:
    order = await till.order(Wanted("COAT", 1, 10000))
    payment = await till.start(order)
    await till.bring(order, "payment_timeout")
    await till.told(event("payment_succeeded", payment))
    till.bank.fails = [ProviderRefused("not now")]
    await till.work()
    expect(await till.staff("support").post(f"/orders/{order.number}/refunds/1/retry"), HTTPStatus.CREATED)
    await till.settle(order)
    assert [refund["status"] for refund in await till.refunds(order)] == ["failed", "settled"]
    assert (await till.payments(order))[0]["refunded"] == "100.00"


async def test_a_refund_that_arrives_before_the_provider_answers_is_settled_once(till: Till) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    said = await till.settlement(order, 1)
    assert await till.told(said) == "applied"
    assert await till.work() == 0
    assert await till.told(await till.settlement(order, 1)) == "ignored"
    assert await till.money(order) == (1990, 500)


async def test_a_refund_given_up_that_arrives_after_all_counts(till: Till) -> None:
    order = await till.delivered(SHIRT)
    till.bank.refund_status = "failed"
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.work()
    assert await till.told(await till.settlement(order, 1)) == "applied"
    assert (await till.refunds(order))[0]["status"] == "settled"
    assert await till.money(order) == (1990, 500)


async def test_a_refund_given_up_whose_money_has_gone_back_otherwise_is_for_people_to_look_at(till: Till) -> None:
    order = await till.delivered(SHIRT)
    till.bank.refund_status = "failed"
    expect(await till.refund(order, lines=units(order, SHIRT=1), approve=True), HTTPStatus.CREATED)
    await till.work()
    till.bank.refund_status = "settled"
    expect(await till.staff().post(f"/orders/{order.number}/refunds/1/retry"), HTTPStatus.CREATED)
    await till.work()
    assert await till.told(await till.settlement(order, 1)) == "mistaken"
    assert [refund["status"] for refund in await till.refunds(order)] == ["failed", "settled"]
    assert await till.money(order) == (1990, 1990)


async def test_what_was_settled_and_fails_after_all_is_for_people_to_look_at(till: Till) -> None:
    order = await till.delivered(SHIRT)
    await till.given_back(order, amount="5.00")
    said = await till.settlement(order, 1, kind="refund_failed")
    assert await till.told(said) == "mistaken"
    assert await till.money(order) == (1990, 500)


@pytest.mark.parametrize(
    "wrong", [{"amount": 499}, {"currency": "USD"}, {"refund_id": new_id()}, {"order_id": new_id()}]
)
async def test_an_event_about_another_refund_changes_nothing(till: Till, wrong: dict[str, Any]) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.work()
    assert await till.told(await till.settlement(order, 1, **wrong)) == "mistaken"
    assert await till.money(order) == (1990, 0)


async def test_people_do_not_settle_what_a_provider_gives_back(till: Till) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    answer = await till.staff().post(f"/orders/{order.number}/refunds/1/settle", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "refund_decided")


async def test_money_that_went_back_counts_whatever_state_the_order_is_in(till: Till) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.execute("UPDATE orders SET state = 'on_the_moon'")
    await till.settle(order)
    assert await till.money(order) == (1990, 500)
    assert (await till.payments(order))[0]["refunded"] == "5.00"
