"""A cart that can be ordered gets a signed price; one that cannot is told everything that is in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from storage.database import Database
from storage.ids import new_id
from tests.server.actors import install_actors
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers, item
from tests.shop import Client, expect, new_shop, new_store, serving


def pointers(answer: Any) -> dict[str, str]:
    """Code by place of a refused quote."""
    assert (answer.status, answer.code) == (422, "quote_refused")
    return {fault["pointer"]: fault["code"] for fault in answer.json["errors"]}


async def test_a_quote_has_the_cart_fully_decided_and_holds_for_a_quarter_of_an_hour(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000)
    cart = await guest.ready("A")
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert (quote["cart_id"], quote["cart_version"]) == (cart["id"], cart["version"])
    assert quote["decision"]["totals"] == cart["decision"]["totals"]
    assert quote["decision"]["totals"]["total"] == "49.90"
    issued, expires = (datetime.fromisoformat(quote[name]) for name in ("issued_at", "expires_at"))
    assert expires - issued == timedelta(minutes=15)
    assert quote["price_changes"] == []


async def test_asking_for_a_quote_changes_nothing_about_the_cart(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    before = await guest.ready("A")
    expect(await guest.client.post("/checkout/quote"), 201)
    after = await guest.cart()
    assert {**after, "decision": None} == {**before, "decision": None}


async def test_an_empty_cart_is_told_all_that_is_missing(guest: Shopper) -> None:
    answer = await guest.client.post("/checkout/quote")
    assert pointers(answer) == {
        "/items": "cart_empty",
        "/contact/email": "fact_missing",
        "/destination/country": "fact_missing",
        "/destination/postcode": "fact_missing",
        "": "minimum_order",
    }
    assert answer.json["parameters"]["missing_facts"] == [
        "customer.email",
        "destination.country",
        "destination.postcode",
    ]


async def test_a_cart_below_the_smallest_order_is_told_how_much_is_missing(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 1_999)
    await guest.ready("A")
    answer = await guest.client.post("/checkout/quote")
    assert pointers(answer) == {"": "minimum_order"}
    (refusal,) = answer.json["parameters"]["refusals"]
    assert (refusal["code"], refusal["params"]["add"]) == ("minimum_order", "0.01")
    await goods.put("B", 1)
    await guest.add("B")
    expect(await guest.client.post("/checkout/quote"), 201)


async def test_what_cannot_be_delivered_or_paid_like_this_is_refused_where_it_was_chosen(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 2_500)
    await guest.ready("A")
    await guest.choose("destination", {"country": "BR", "postcode": "90010-000"})
    await guest.choose("shipping-method", {"method": "express"})
    await guest.choose("payment-method", {"method": "cash_on_delivery"})
    found = pointers(await guest.client.post("/checkout/quote"))
    assert found["/shipping_method"] == "shipping_method_unavailable"
    assert found["/payment_method"] == "payment_method_unavailable"


async def test_what_is_not_sold_any_more_or_not_there_is_refused_at_its_item(guest: Shopper, goods: Goods) -> None:
    await goods.put("GONE", 4_000)
    await goods.put("SHORT", 4_000, on_hand=2)
    await goods.put("FINE", 4_000, on_hand=1)
    await guest.ready("GONE", "SHORT", "FINE")
    await guest.add("SHORT", 2)
    await goods.execute("UPDATE variants SET status = 'inactive' WHERE sku = 'GONE'")
    answer = await guest.client.post("/checkout/quote")
    assert pointers(answer) == {"/items/0": "variant_inactive", "/items/1/quantity": "stock_short"}
    assert "2 are left" in answer.json["errors"][1]["message"]


async def test_a_line_without_a_weight_is_never_quoted_as_weightless(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000, weight_g=None)
    await guest.ready("A")
    assert pointers(await guest.client.post("/checkout/quote"))


async def test_a_pending_coupon_does_not_stand_in_the_way(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    expect(await guest.coupon("WELCOME10"))
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert [coupon["state"] for coupon in quote["decision"]["coupons"]] == ["pending"]


async def test_a_price_that_changed_since_it_was_seen_is_quoted_and_named(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 4_000)
    cart = await guest.ready("A")
    await goods.execute("UPDATE variants SET list_price = 4100 WHERE id = $1", variant)
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert quote["price_changes"] == [{"item_id": item(cart, "A")["id"], "sku": "A", "seen": "40.00", "price": "41.00"}]
    assert quote["decision"]["totals"]["items"] == "41.00"


async def test_the_decision_behind_a_quote_is_in_the_log_with_its_facts(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    cart = await guest.ready("A")
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    found = await goods.value(
        "SELECT jsonb_build_object('purpose', purpose, 'cart', cart_id, 'digest', digest, 'total', total,"
        " 'actor', actor_id)::text FROM decision_log WHERE id = $1::uuid",
        quote["decision_id"],
    )
    assert f'"cart": "{cart["id"]}"' in found
    assert f'"actor": "{guest.owner.id}"' in found
    assert quote["decision"]["digest"] in found
    assert '"purpose": "quote"' in found
    assert '"total": 4990' in found


@pytest_asyncio.fixture(loop_scope="session")
async def unlogged(database: Database, tmp_path: Path, session: ClientSession) -> AsyncIterator[Shoppers]:
    """People of a shop that keeps no log of quotes."""
    shop = new_shop(database, tmp_path, quote_log_share=0.0)
    async with serving(shop) as address:
        yield Shoppers(shop, Client(session, address, await new_store(shop)), install_actors(shop))


async def test_a_shop_may_log_none_of_its_quotes(unlogged: Shoppers) -> None:
    goods, guest = Goods(unlogged.shop, unlogged.client.store), unlogged.guest()
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert quote["decision_id"] is None
    assert await goods.value("SELECT count(*) FROM decision_log") == 0
    expect(await guest.client.post("/checkout/quote/verify", {"token": quote["token"]}))


async def test_an_idempotency_key_gives_the_same_quote_again(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    headers = {"Idempotency-Key": new_id().hex}
    first, again = [await guest.client.post("/checkout/quote", headers=headers) for _ in range(2)]
    assert expect(first, 201) == expect(again, 201)


@pytest.mark.parametrize("level", ["admin", "full"])
async def test_everybody_is_told_why_but_only_staff_how_the_rules_say_it(
    shoppers: Shoppers, goods: Goods, level: str
) -> None:
    await goods.put("A", 20_000)
    user = await shoppers.user()
    await user.ready("A")
    told = expect(await user.client.get("/checkout/explanation?locale=en"))
    assert told["explanation"]["level"] == "shopper"
    assert any("10% off from R$ 150" in sentence for sentence in told["explanation"]["sentences"])
    for answer in (
        await user.client.get(f"/checkout/explanation?explain={level}"),
        await user.client.post(f"/checkout/quote?explain={level}"),
    ):
        assert (answer.status, answer.code) == (403, "explanation_not_allowed")
    token = shoppers.actors.token(shoppers.client.store, "user", ("staff",), user.owner.id)
    staff = user.client.signed_in(token)
    quote = expect(await staff.post(f"/checkout/quote?explain={level}"), 201)
    assert any(rule["rule"] == "ten-off-150" and rule["applied"] for rule in quote["explanation"]["rules"])
    assert (quote["explanation"]["data"] is not None) == (level == "full")


async def test_the_explanation_of_an_empty_cart_is_short(guest: Shopper) -> None:
    told = expect(await guest.client.get("/checkout/explanation"))
    assert (told["cart_id"], told["total"]) == (None, "0.00")


async def test_a_quote_sends_so_many_statements_and_lines_do_not_matter(guest: Shopper, goods: Goods) -> None:
    counted: list[list[int]] = []
    await guest.ready()
    for lines in (2, 30):
        for number in range(lines):
            await goods.put(f"{lines}-{number}", 1_000, weight_g=10)
            await guest.add(f"{lines}-{number}")
        quoted = await guest.client.post("/checkout/quote")
        token = {"token": expect(quoted, 201)["token"]}
        answers = [
            quoted,
            await guest.client.post("/checkout/quote/verify", token),
            await guest.client.get("/checkout/explanation"),
        ]
        counted.append([answer.statements for answer in answers])
    assert counted == [[4, 3, 3]] * 2


async def test_a_quote_of_somebody_else_s_cart_cannot_be_asked_for(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 4_000)
    owner, other = shoppers.guest(), shoppers.guest()
    await owner.ready("A")
    assert "/items" in pointers(await other.client.post("/checkout/quote"))
    await other.choose("destination", SAO_PAULO)
    assert "/items" in pointers(await other.client.post("/checkout/quote"))
