"""A quote becomes an order at its price, once; stock and coupon are kept, and what cannot be changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec

from engine.money import format_amount
from server.checkout.quote import seal, unseal
from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import ADDRESS, placed, quoted, try_to_place
from tests.shop import expect

ROUND_TRIPS = 6
"""Of performance.md for placing: begin, claim the key, read, write, keep the answer, commit."""


async def rows(shop: Shop, store: Store, sql: str, *arguments: object) -> list[asyncpg.Record]:
    """What the database says of the test's store."""

    async def work(tx: Transaction) -> list[asyncpg.Record]:
        return await tx.fetch(sql, *arguments)

    return await shop.database.transaction(store.id, work)


async def stock(shop: Shop, store: Store) -> dict[str, tuple[int, int]]:
    """On hand and reserved by SKU."""
    found = await rows(
        shop, store, "SELECT v.sku, s.on_hand, s.reserved FROM stock_levels s JOIN variants v ON v.id = s.variant_id"
    )
    return {row["sku"]: (row["on_hand"], row["reserved"]) for row in found}


async def test_an_order_has_the_price_of_its_quote_and_keeps_its_stock(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    token = await quoted(guest, "A")
    answer = await try_to_place(guest, token)
    order = expect(answer, 201)
    assert (order["number"], order["state"], order["total"]) == ("1001", "pending", "49.90")
    assert order["payment_needed"] is True
    assert await stock(shop, store) == {"A": (5, 1)}
    assert answer.statements == ROUND_TRIPS
    [line] = await rows(shop, store, "SELECT sku, quantity, gross FROM order_lines")
    assert tuple(line) == ("A", 1, 4_000)
    [written] = await rows(
        shop,
        store,
        "SELECT total, (SELECT sum((p->>'amount')::bigint) FROM jsonb_array_elements(postings) p) FROM orders",
    )
    assert tuple(written) == (4_990, 4_990)
    [step] = await rows(shop, store, "SELECT seq, event, source, target, effects FROM order_transitions")
    assert tuple(step)[:4] == (1, "place", "start", "pending")
    [told] = await shop.database.pool.fetch(
        "SELECT convert_from(payload, 'UTF8') AS payload FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1",
        f"%{order['id']}%",
    )
    assert '"order_number": 1001' in told["payload"]
    assert (await guest.cart())["items"] == []


async def test_numbers_have_no_gap_when_orders_are_refused_in_between(
    shop: Shop, store: Store, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=2)
    buyers = [shoppers.guest() for _ in range(3)]
    tokens = [await quoted(buyer, "A") for buyer in buyers]
    answers = [await try_to_place(buyer, token) for buyer, token in zip(buyers, tokens, strict=True)]
    assert [answer.status for answer in answers] == [201, 201, 409]
    assert answers[2].code == "stock_taken"
    await goods.put("B", 4_000)
    assert (await placed(shoppers.guest(), "B"))["number"] == "1003"


async def test_one_key_twenty_times_at_once_is_one_order(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    token = await quoted(guest, "A")
    key = new_id().hex

    async def insist() -> Any:
        while True:
            answer = await try_to_place(guest, token, key)
            if answer.status != 409 or answer.code != "idempotency_key_in_use":
                return expect(answer, 201)
            await asyncio.sleep(0.01)

    orders = await asyncio.gather(*[insist() for _ in range(20)])
    assert {order["number"] for order in orders} == {"1001"}
    assert await stock(shop, store) == {"A": (5, 1)}


async def test_a_quote_that_was_ordered_says_which_order_it_is(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    token = await quoted(guest, "A")
    expect(await try_to_place(guest, token), 201)
    again = await try_to_place(guest, token)
    assert (again.status, again.code) == (409, "already_ordered")
    assert again.json["parameters"]["number"] == "1001"


async def test_fifty_people_after_five_pieces_get_five_orders(
    shop: Shop, store: Store, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    buyers = [shoppers.guest() for _ in range(50)]
    tokens = [await quoted(buyer, "A") for buyer in buyers]
    answers = await asyncio.gather(*[try_to_place(buyer, token) for buyer, token in zip(buyers, tokens, strict=True)])
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 45
    assert {answer.code for answer in answers if answer.status == 409} == {"stock_taken"}
    assert await stock(shop, store) == {"A": (5, 5)}
    numbers = sorted(int(answer.json["number"]) for answer in answers if answer.status == 201)
    assert numbers == [1001, 1002, 1003, 1004, 1005]


async def test_the_address_has_to_be_where_the_price_is_for(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    token = await quoted(guest, "A")
    answer = await try_to_place(guest, token, shipping_address={**ADDRESS, "postcode": "69000-000"})
    assert (answer.status, answer.code) == (422, "address_elsewhere")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/shipping_address/postcode"]
    assert len((await guest.cart())["items"]) == 1


async def test_a_changed_cart_is_not_ordered_and_the_answer_lists_what_is_different(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000)
    await goods.put("B", 2_000)
    token = await quoted(guest, "A")
    await guest.add("B")
    answer = await try_to_place(guest, token)
    assert (answer.status, answer.code) == (409, "quote_outdated")
    assert answer.json["parameters"]["totals"]["items"] == {"was": "40.00", "now": "60.00"}


async def test_cash_on_delivery_goes_straight_to_the_warehouse(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    order = await placed(guest, "A", method="cash_on_delivery")
    assert (order["state"], order["payment_needed"]) == ("processing", False)
    assert await stock(shop, store) == {"A": (4, 0)}


async def test_a_quote_holds_after_the_rules_have_changed(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await goods.put("B", 18_000)
    token = await quoted(guest, "A", "B")
    quote = unseal(goods.shop.keys, token)
    assert quote is not None
    books = goods.shop.use(BOOKS)
    live = books.live(goods.store)
    without = {kind: hash for kind, hash in live.book.rulesets.items() if kind != "promotions"}
    books.replace(goods.store.id, replace(live, book=replace(live.book, promotions=None, rulesets=without)))
    dearer = await guest.cart()
    order = expect(await try_to_place(guest, token), 201)
    assert dearer["decision"]["totals"]["total"] != order["total"]
    assert order["total"] == format_amount(quote.offered.totals["total"], "BRL")


async def test_a_quote_that_has_expired_orders_nothing(shop: Shop, store: Store, guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    quote = unseal(shop.keys, await quoted(guest, "A"))
    assert quote is not None
    [now] = await rows(shop, store, "SELECT now() AS now")
    late = seal(shop.keys, msgspec.structs.replace(quote, expires_at=now["now"]))
    answer = await try_to_place(guest, late)
    assert (answer.status, answer.code) == (410, "quote_expired")
    assert await stock(shop, store) == {"A": (100, 0)}


async def test_a_quote_of_somebody_else_or_of_nobody_orders_nothing(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 4_000)
    token = await quoted(shoppers.guest(), "A")
    for wrong in (token, token[:-2] + "xx", "made-up"):
        answer = await try_to_place(shoppers.guest(), wrong)
        assert (answer.status, answer.code) == (422, "quote_forged")


async def test_placing_needs_an_idempotency_key(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    body = {"quote": await quoted(guest, "A"), "shipping_address": ADDRESS}
    answer = await guest.client.post("/checkout/orders", body)
    assert (answer.status, answer.code) == (400, "idempotency_key_missing")


async def test_reservations_that_are_over_make_room_for_whoever_comes_next(
    shop: Shop, store: Store, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=1)
    late, quick = shoppers.guest(), shoppers.guest()
    token = await quoted(late, "A")
    await placed(quick, "A")
    await rows(shop, store, "UPDATE stock_reservations SET expires_at = now() - interval '1 second'")
    assert expect(await try_to_place(late, token), 201)["number"] == "1002"
    states = await rows(shop, store, "SELECT state FROM stock_reservations ORDER BY created_at")
    assert [row["state"] for row in states] == ["expired", "held"]
    assert await stock(shop, store) == {"A": (1, 1)}


async def test_a_price_that_changed_after_the_quote_does_not_change_the_order_but_a_sold_out_line_does(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=1)
    token = await quoted(guest, "A")
    await rows(shop, store, "UPDATE variants SET list_price = 5000")
    answer = await try_to_place(guest, token)
    assert (answer.status, answer.code) == (409, "quote_outdated")
    assert answer.json["parameters"]["totals"]["total"] == {"was": "49.90", "now": "59.90"}
    await rows(shop, store, "UPDATE variants SET list_price = 4000")
    await rows(shop, store, "UPDATE stock_levels SET on_hand = 0")
    answer = await try_to_place(guest, token)
    assert (answer.status, answer.code) == (409, "stock_taken")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/items/0/quantity"]


async def test_what_an_order_leaves_too_little_of_is_announced_once(
    shop: Shop, store: Store, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=3)
    await goods.put("B", 4_000, on_hand=50)
    await rows(shop, store, "UPDATE stock_levels SET low_stock_threshold = 1")
    announced: list[list[str]] = []
    for _ in range(3):
        before = await _told(shop, store)
        await placed(shoppers.guest(), "A", "B")
        announced.append(sorted(set(await _told(shop, store)) - set(before)))
    assert [[name for name, _ in map(_named, each)] for each in announced] == [
        [],
        ["StockRanLow"],
        ["VariantsSoldOut"],
    ]
    assert [sku for each in announced for _, skus in map(_named, each) for sku in skus] == ["A", "A"]


async def _told(shop: Shop, store: Store) -> list[str]:
    """The announcements about stock, as JSON."""
    found = await shop.database.pool.fetch(
        "SELECT convert_from(payload, 'UTF8') AS told FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1",
        f"%{store.id}%",
    )
    return [row["told"] for row in found if '"lines"' in row["told"]]


def _named(told: str) -> tuple[str, list[str]]:
    envelope = msgspec.json.decode(told)
    return envelope["name"], [line["sku"] for line in envelope["payload"]["lines"]]


async def test_the_inventory_ruleset_says_how_long_an_order_keeps_its_units(
    shop: Shop, store: Store, guest: Shopper, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000, on_hand=5)
    for shopper in (guest, await shoppers.user()):
        await placed(shopper, "A")
    kept = await rows(shop, store, "SELECT expires_at - created_at AS kept FROM stock_reservations ORDER BY 1")
    assert [each["kept"] for each in kept] == [timedelta(minutes=20), timedelta(minutes=35)]
