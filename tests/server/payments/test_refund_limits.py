"""What may be refunded, and by whom? Never more than is left, nor more than a person is allowed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from storage.ids import new_id
from tests.server.orders.placed import Wanted
from tests.server.payments.till import Till, units
from tests.shop import expect

SOCKS = Wanted("SOCKS", 3, 333)
SHIRT = Wanted("SHIRT", 1, 1990)


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


async def test_reading_refunds_takes_as_many_statements_whatever_their_number(till: Till) -> None:
    order = await till.delivered(SOCKS)
    counts = []
    for _ in range(2):
        expect(await till.refund(order, lines=units(order, SOCKS=1)), HTTPStatus.CREATED)
        answers = [await till.staff().get(path) for path in ("/refunds", f"/orders/{order.number}/refunds")]
        counts.append([answer.statements for answer in answers])
    assert counts[0] == counts[1] == [4, 5]
