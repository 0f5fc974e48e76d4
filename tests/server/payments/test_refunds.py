"""How does money go back? For units, returns, cancellations, and what cannot be sent, to the cent."""

from __future__ import annotations

from http import HTTPStatus

from server.cart.snapshot import Owner
from storage.ids import new_id
from tests.server.orders.placed import Wanted
from tests.server.payments.till import Till, units
from tests.shop import expect

SOCKS = Wanted("SOCKS", 3, 333)
SHIRT = Wanted("SHIRT", 1, 1990)


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
        "withheld": "0.00",
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


async def test_the_store_says_whether_shipping_goes_back_in_part(till: Till) -> None:
    till.refunding(shipping_on_partial="pro_rata")
    order = await till.delivered(SOCKS, shipping=900)
    assert (await till.given_back(order, lines=units(order, SOCKS=1)))["amount"] == "6.33"


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
