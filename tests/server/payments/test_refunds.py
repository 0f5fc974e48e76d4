"""How does money go back? What staff request and let go, never more than came, and booked once it has arrived."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from server.cart.snapshot import Owner
from server.ports import ProviderRefused, ProviderUnavailable
from storage.ids import new_id
from tests.server.orders.placed import Placed, Wanted
from tests.server.payments.bank import event
from tests.server.payments.till import Till
from tests.shop import expect

SOCKS = Wanted("SOCKS", 3, 333)
SHIRT = Wanted("SHIRT", 1, 1990)


def units(order: Placed, **by_sku: int) -> list[dict[str, Any]]:
    return [{"line_id": str(order.lines[sku]), "units": count} for sku, count in by_sku.items()]


async def test_one_piece_goes_back_and_the_order_says_so_once_the_money_has_arrived(till: Till) -> None:
    order = await till.delivered(SOCKS, SHIRT, shipping=900)
    asked = expect(await till.refund(order, lines=units(order, SOCKS=1), approve=True), HTTPStatus.CREATED)
    assert (asked["status"], asked["amount"], asked["shipping_amount"]) == ("approved", "3.33", "0.00")
    assert await till.state(order) == "delivered"
    assert await till.work() == 1
    assert (await till.refunds(order))[0]["status"] == "gateway_pending"
    assert (await till.payments(order))[0]["refunding"] == "3.33"
    await till.settle(order)
    assert (await till.state(order), await till.money(order)) == ("partially_refunded", (3889, 333))
    payment = (await till.payments(order))[0]
    assert (payment["refunding"], payment["refunded"]) == ("0.00", "3.33")
    assert await till.value("SELECT refunded_units FROM order_lines WHERE id = $1", order.lines["SOCKS"]) == 1


async def test_piece_by_piece_to_the_cent_is_the_whole_order(till: Till) -> None:
    order = await till.delivered(SOCKS, SHIRT, shipping=900)
    # Three pairs for 10.00: a third of it is no whole number of cents.
    await till.execute("UPDATE order_lines SET gross = 1000 WHERE id = $1", order.lines["SOCKS"])
    await till.execute("UPDATE order_lines SET gross = 1989 WHERE id = $1", order.lines["SHIRT"])
    amounts = []
    for lines in ({"SOCKS": 1}, {"SHIRT": 1}, {"SOCKS": 1}, {"SOCKS": 1}):
        refund = await till.given_back(order, lines=units(order, **lines))
        amounts.append((refund["amount"], refund["shipping_amount"]))
    assert amounts == [("3.34", "0.00"), ("19.89", "0.00"), ("3.33", "0.00"), ("12.33", "9.00")]
    assert (await till.state(order), await till.money(order)) == ("refunded", (3889, 3889))


async def test_a_preview_says_the_same_and_changes_nothing(till: Till) -> None:
    order = await till.delivered(SOCKS, shipping=900)
    body = {"lines": units(order, SOCKS=3)}
    answer = await till.staff("support").post(f"/orders/{order.number}/refunds/preview", body)
    assert expect(answer) == {
        "currency": "BRL",
        "lines": [
            {
                "line_id": str(order.lines["SOCKS"]), "sku": "SOCKS", "units": 3,
                "unit_shares": ["3.33", "3.33", "3.33"], "amount": "9.99",
            }
        ],
        "shipping": "9.00",
        "total": "18.99",
        "is_everything": True,
        "left": "18.99",
    }  # fmt: skip
    assert await till.refunds(order) == []


async def test_a_return_that_was_received_is_refunded_as_a_step_of_the_order(till: Till) -> None:
    order = await till.delivered(SOCKS, SHIRT)
    return_id = await till.returned(order, SOCKS=2)
    asked = expect(await till.refund(order, return_id=str(return_id)), HTTPStatus.CREATED)
    assert (asked["status"], asked["amount"], asked["lines"][0]["units"]) == ("requested", "6.66", 2)
    assert await till.state(order) == "returned"
    approved = expect(await till.staff("support").post(f"/orders/{order.number}/refunds/1/approve", {}))
    assert approved["status"] == "approved"
    events = await till.value(
        "SELECT array_agg(event ORDER BY seq) FROM order_transitions WHERE order_id = $1", order.id
    )
    assert events[-2:] == ["receive_return", "approve_refund"]
    await till.settle(order)
    assert (await till.state(order), await till.money(order)) == ("partially_refunded", (2989, 666))


async def test_refusing_the_refund_of_a_return_lets_the_order_stand(till: Till) -> None:
    order = await till.delivered(SOCKS)
    return_id = await till.returned(order, SOCKS=1)
    expect(await till.refund(order, return_id=str(return_id)), HTTPStatus.CREATED)
    refused = expect(await till.staff().post(f"/orders/{order.number}/refunds/1/refuse", {"note": "worn"}))
    assert (refused["status"], await till.state(order)) == ("refused", "delivered")
    # Its units are free again.
    assert expect(await till.refund(order, lines=units(order, SOCKS=3)), HTTPStatus.CREATED)["amount"] == "9.99"


async def test_a_goodwill_amount_needs_no_units_and_does_not_stop_the_parcel(till: Till) -> None:
    order = await till.order(SHIRT)
    await till.paid(order)
    refund = await till.given_back(order, amount="5.00")
    assert (refund["status"], refund["amount"], refund["lines"]) == ("settled", "5.00", [])
    assert (await till.state(order), await till.money(order)) == ("paid", (1990, 500))


async def test_everything_back_before_anything_was_sent_ends_the_order(till: Till) -> None:
    order = await till.order(SHIRT, shipping=900)
    await till.paid(order)
    refund = await till.given_back(order, lines=units(order, SHIRT=1))
    assert refund["amount"] == "28.90"
    assert (await till.state(order), await till.stock("SHIRT")) == ("refunded", (100, 0))


async def test_units_go_back_on_the_shelf_when_that_is_asked_for_and_the_money_has_arrived(till: Till) -> None:
    order = await till.delivered(SOCKS)
    expect(await till.refund(order, lines=units(order, SOCKS=2), restock=True, approve=True), HTTPStatus.CREATED)
    await till.work()
    assert await till.stock("SOCKS") == (97, 0)
    await till.settle(order)
    assert await till.stock("SOCKS") == (99, 0)


async def test_cancelling_a_paid_order_gives_all_of_it_back(till: Till) -> None:
    order = await till.order(SOCKS, SHIRT, shipping=900)
    await till.paid(order)
    await till.given_back(order, amount="1.00")
    await till.bring(order, "cancel", doer=till.person("support"))
    await till.settle(order)
    refund = (await till.refunds(order))[1]
    assert (refund["kind"], refund["status"], refund["amount"]) == ("cancellation", "settled", "37.89")
    assert (await till.state(order), await till.money(order)) == ("refunded", (3889, 3889))
    assert await till.stock("SOCKS") == (100, 0)


async def test_what_cannot_be_sent_is_given_back_and_no_more(till: Till) -> None:
    order = await till.order(SOCKS, shipping=900)
    await till.paid(order)
    await till.bring(order, "process")
    await till.execute("UPDATE order_lines SET shipped = 1")
    await till.bring(order, "ship")
    await till.execute("UPDATE order_lines SET dropped = 2")
    await till.bring(order, "drop_rest", doer=till.person("staff"), units={order.lines["SOCKS"]: 2})
    await till.settle(order)
    refund = (await till.refunds(order))[0]
    assert (refund["kind"], refund["status"], refund["amount"]) == ("dropped", "settled", "6.66")
    assert (await till.state(order), await till.money(order)) == ("shipped", (1899, 666))
    # The one that was sent can still come back, and with it everything has.
    await till.bring(order, "deliver")
    assert (await till.given_back(order, lines=units(order, SOCKS=1)))["amount"] == "12.33"
    assert await till.state(order) == "refunded"


async def test_a_unit_that_was_refunded_before_it_was_dropped_is_not_given_back_twice(till: Till) -> None:
    order = await till.order(SOCKS)
    await till.paid(order)
    await till.given_back(order, lines=units(order, SOCKS=1))
    await till.bring(order, "process")
    await till.execute("UPDATE order_lines SET shipped = 1")
    await till.bring(order, "ship")
    await till.execute("UPDATE order_lines SET dropped = 2")
    await till.bring(order, "drop_rest", doer=till.person("staff"), units={order.lines["SOCKS"]: 2})
    await till.settle(order)
    assert [refund["amount"] for refund in await till.refunds(order)] == ["3.33", "3.33"]
    # The one that was sent is still theirs to give back.
    assert expect(await till.refund(order, lines=units(order, SOCKS=1)), HTTPStatus.CREATED)["amount"] == "3.33"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"lines": [("SOCKS", 4)]}, "refund_invalid", "/lines/0/units"),
        ({"lines": [("SOCKS", 1), ("SOCKS", 1)]}, "refund_invalid", "/lines/1/line_id"),
        ({"lines": [("nothing", 1)]}, "refund_invalid", "/lines/0/line_id"),
        ({"lines": [("SOCKS", 1)], "amount": "3.34"}, "refund_invalid", "/amount"),
        ({"amount": "0.00"}, "refund_invalid", "/amount"),
        ({"amount": "0.001"}, "refund_invalid", "/amount"),
        ({"amount": "10.00"}, "refund_too_large", None),
        ({}, "refund_invalid", None),
        ({"shipping": True}, "refund_invalid", None),
        ({"return_id": "00000000-0000-7000-8000-000000000000"}, "refund_invalid", "/return_id"),
    ],
)
async def test_what_cannot_be_refunded_is_refused_with_the_place(
    till: Till, body: dict[str, Any], code: str, pointer: str | None
) -> None:
    order = await till.delivered(SOCKS)
    lines = [{"line_id": str(order.lines.get(sku, new_id())), "units": count} for sku, count in body.get("lines", ())]
    answer = await till.refund(order, **{**body, **({"lines": lines} if lines else {})}, approve=True)
    assert answer.code == code, answer.raw
    assert [fault["pointer"] for fault in answer.json.get("errors", [])] == ([] if pointer is None else [pointer])
    assert await till.refunds(order) == []


async def test_more_than_is_left_is_refused_and_told(till: Till) -> None:
    order = await till.delivered(SOCKS)
    expect(await till.refund(order, amount="6.00"), HTTPStatus.CREATED)
    expect(await till.refund(order, amount="6.00"), HTTPStatus.CREATED)
    assert expect(await till.staff().post(f"/orders/{order.number}/refunds/1/approve", {}))["status"] == "approved"
    answer = await till.staff().post(f"/orders/{order.number}/refunds/2/approve", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "refund_too_large")
    assert answer.json["parameters"] == {"left": "3.99"}
    assert [refund["status"] for refund in await till.refunds(order)] == ["approved", "requested"]


async def test_many_who_refund_at_once_never_give_back_more_than_came(till: Till) -> None:
    order = await till.delivered(SOCKS)
    answers = await asyncio.gather(*(till.refund(order, amount="3.00", approve=True) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [*[HTTPStatus.CREATED] * 3, *[HTTPStatus.CONFLICT] * 5]
    await till.settle(order)
    assert await till.money(order) == (999, 900)


async def test_a_refund_is_approved_once_by_whoever_is_first(till: Till) -> None:
    order = await till.delivered(SOCKS)
    expect(await till.refund(order, amount="3.00"), HTTPStatus.CREATED)
    address = f"/orders/{order.number}/refunds/1/approve"
    answers = await asyncio.gather(*(till.staff().post(address, {}) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [HTTPStatus.OK, *[HTTPStatus.CONFLICT] * 5]
    assert {answer.code for answer in answers if answer.status != HTTPStatus.OK} == {"refund_decided"}
    await till.settle(order)
    assert len(till.bank.refunds) == 1


async def test_support_lets_go_what_its_limit_allows_in_a_day(till: Till) -> None:
    order = await till.delivered(Wanted("COAT", 2, 10000))
    limit = await till.refund(order, "support", amount="50.00", approve=True)
    assert expect(limit, HTTPStatus.CREATED)["status"] == "approved"
    beyond = await till.refund(order, "support", amount="0.01", approve=True)
    assert (beyond.status, beyond.code) == (HTTPStatus.FORBIDDEN, "refund_beyond_limit")
    assert beyond.json["parameters"] == {"left": "0.00", "per": "day"}
    assert len(await till.refunds(order)) == 1
    # It may ask, and somebody who may give more decides.
    expect(await till.refund(order, "support", amount="60.00"), HTTPStatus.CREATED)
    address = f"/orders/{order.number}/refunds/2/approve"
    assert (await till.staff("support").post(address, {})).code == "refund_beyond_limit"
    assert expect(await till.staff("moderator").post(address, {}))["status"] == "approved"


async def test_yesterdays_refunds_and_those_that_failed_do_not_count_for_the_limit(till: Till) -> None:
    order = await till.delivered(Wanted("COAT", 2, 10000))
    expect(await till.refund(order, "support", amount="50.00", approve=True), HTTPStatus.CREATED)
    await till.execute("UPDATE refunds SET approved_at = approved_at - interval '1 day'")
    till.bank.refund_status = "failed"
    expect(await till.refund(order, "support", amount="50.00", approve=True), HTTPStatus.CREATED)
    await till.work()
    expect(await till.refund(order, "support", amount="50.00", approve=True), HTTPStatus.CREATED)


async def test_one_person_who_approves_twice_at_once_stays_within_the_limit(till: Till) -> None:
    orders = [await till.delivered(Wanted("COAT", 1, 10000)) for _ in range(4)]
    answers = await asyncio.gather(*(till.refund(each, "support", amount="50.00", approve=True) for each in orders))
    assert sorted(answer.status for answer in answers) == [HTTPStatus.CREATED, *[HTTPStatus.FORBIDDEN] * 3]


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


async def test_cash_is_paid_at_the_door_and_given_back_by_people(till: Till) -> None:
    order = await till.order(SOCKS, shipping=900, payment_method="cash_on_delivery")
    await till.bring(order, "confirm")
    await till.execute("UPDATE order_lines SET shipped = 2")
    await till.bring(order, "ship")
    await till.execute("UPDATE order_lines SET dropped = 1")
    await till.bring(order, "drop_rest", doer=till.person("staff"), units={order.lines["SOCKS"]: 1})
    await till.bring(order, "deliver")
    assert (await till.state(order), await till.money(order)) == ("delivered", (1566, 0))
    payment = (await till.payments(order))[0]
    assert (payment["provider"], payment["status"], payment["captured"]) == ("cash", "succeeded", "15.66")
    expect(await till.refund(order, lines=units(order, SOCKS=2), approve=True), HTTPStatus.CREATED)
    await till.work()
    address = f"/orders/{order.number}/refunds/1/settle"
    assert expect(await till.staff().post(address, {"note": "at the counter"}))["status"] == "settled"
    assert (await till.state(order), await till.money(order)) == ("refunded", (1566, 1566))
    assert (await till.staff().post(address, {})).code == "refund_decided"
    actions = await till.value("SELECT array_agg(action ORDER BY created_at, id) FROM audit_log")
    assert actions == ["refunds.request", "refunds.approve", "refunds.settle"]


async def test_people_do_not_settle_what_a_provider_gives_back(till: Till) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    answer = await till.staff().post(f"/orders/{order.number}/refunds/1/settle", {})
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "refund_decided")


async def test_an_order_nobody_paid_has_nothing_to_refund(till: Till) -> None:
    order = await till.order(SHIRT)
    answer = await till.refund(order, amount="5.00")
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, "nothing_to_refund")


async def test_customers_see_their_refunds_without_what_staff_write(till: Till) -> None:
    order, other = await till.delivered(SHIRT), await till.order(SOCKS)
    await till.given_back(order, amount="5.00")
    own = expect(await till.owner(order).get(f"/orders/{order.number}/refunds"))["items"]
    assert (own[0]["amount"], own[0]["reason"], own[0]["approved_by"]) == ("5.00", None, None)
    assert (await till.owner(other).get(f"/orders/{order.number}/refunds")).code == "order_unknown"
    assert (await till.owner(order).post(f"/orders/{order.number}/refunds/preview", {})).status in (
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN,
    )  # fmt: skip


async def test_the_list_of_all_refunds_turns_pages_by_status(till: Till) -> None:
    order = await till.delivered(SOCKS)
    for _ in range(3):
        expect(await till.refund(order, lines=units(order, SOCKS=1)), HTTPStatus.CREATED)
    expect(await till.staff().post(f"/orders/{order.number}/refunds/2/refuse", {}))
    first = expect(await till.staff("support").get("/refunds?status=requested&limit=1"))
    second = expect(await till.staff("support").get(f"/refunds?status=requested&limit=1&cursor={first['next']}"))
    shown = [(item["order_number"], item["number"]) for item in first["items"] + second["items"]]
    assert shown == [(order.number, 3), (order.number, 1)]
    assert first["items"][0]["lines"][0]["sku"] == "SOCKS"


async def test_a_refund_that_is_not_there_cannot_be_decided(till: Till) -> None:
    order = await till.delivered(SHIRT)
    for action in ("approve", "refuse", "settle", "retry"):
        answer = await till.staff().post(f"/orders/{order.number}/refunds/1/{action}", {})
        assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "refund_unknown")


async def test_requesting_twice_with_one_key_is_one_refund(till: Till) -> None:
    order = await till.delivered(SHIRT)
    key = {"Idempotency-Key": "the same"}
    body = {"amount": "5.00", "reason": "scratched", "approve": True}
    answers = [await till.staff().post(f"/orders/{order.number}/refunds", body, headers=key) for _ in range(2)]
    assert answers[0].raw == answers[1].raw
    assert len(await till.refunds(order)) == 1
    without = await till.staff().post(f"/orders/{order.number}/refunds", body)
    assert without.code == "idempotency_key_missing"


async def test_the_store_says_whether_shipping_goes_back_in_part(till: Till) -> None:
    assert "refund_policy" not in till.store.settings
    generous = await till.sibling(refund_policy={"shipping_on_partial": "pro_rata"})
    order = await generous.delivered(SOCKS, shipping=900)
    assert (await generous.given_back(order, lines=units(order, SOCKS=1)))["amount"] == "6.33"


async def test_money_that_went_back_counts_whatever_state_the_order_is_in(till: Till) -> None:
    order = await till.delivered(SHIRT)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.execute("UPDATE orders SET state = 'on_the_moon'")
    await till.settle(order)
    assert await till.money(order) == (1990, 500)
    assert (await till.payments(order))[0]["refunded"] == "5.00"


async def test_what_a_customer_has_bought_follows_cash_and_refunds(till: Till) -> None:
    ana = Owner("user", new_id())
    await till.execute(
        "INSERT INTO users (id, store_id, email, email_folded, name, password_hash)"
        " VALUES ($1, $2, 'ana@example.com', 'ana@example.com', 'Ana', '')",
        ana.id, till.store.id,
    )  # fmt: skip
    order = await till.order(SHIRT, owner=ana, payment_method="cash_on_delivery")
    await till.bring(order, "confirm")
    await till.execute("UPDATE order_lines SET shipped = 1")
    await till.bring(order, "ship")
    await till.bring(order, "deliver")
    bought = "SELECT orders_paid, spent FROM customer_totals WHERE user_id = $1"
    assert await till.row(bought, ana.id) == {"orders_paid": 1, "spent": 1990}
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.work()
    expect(await till.staff().post(f"/orders/{order.number}/refunds/1/settle", {}))
    assert await till.row(bought, ana.id) == {"orders_paid": 1, "spent": 1490}


async def test_sellers_are_debited_what_goes_back_for_what_they_sold(till: Till) -> None:
    order = await till.delivered(Wanted("VASE", 2, 1000, seller="oficina"), SOCKS)
    await till.given_back(order, lines=units(order, VASE=1, SOCKS=1))
    entries = "SELECT array_agg(amount ORDER BY created_at, id) FROM seller_entries WHERE seller = 'oficina'"
    assert sorted(await till.value(entries)) == [-1000, 2000]


async def test_reading_refunds_takes_as_many_statements_whatever_their_number(till: Till) -> None:
    order = await till.delivered(SOCKS)
    counts = []
    for _ in range(2):
        expect(await till.refund(order, lines=units(order, SOCKS=1)), HTTPStatus.CREATED)
        answers = [await till.staff().get(path) for path in ("/refunds", f"/orders/{order.number}/refunds")]
        counts.append([answer.statements for answer in answers])
    assert counts[0] == counts[1] == [4, 5]
