"""A code is applied, waits for what the customer still has to do, or is refused; the shipped rules decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from storage.database import Database
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.shop import Client, expect, new_shop, new_store, serving


def coupon(cart: dict[str, Any]) -> Any:
    """The one coupon of the decision."""
    (found,) = cart["decision"]["coupons"]
    return found


async def test_a_code_that_can_be_used_is_applied_however_it_is_typed(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    user = await shoppers.user()
    await user.add("LAMP")
    cart = expect(await user.coupon("  welcome10 "))
    assert (cart["coupon_code"], coupon(cart)["state"], coupon(cart)["saves"]) == ("WELCOME10", "applied", "10.00")
    assert cart["decision"]["totals"]["discount"] == "10.00"


async def test_a_code_waits_for_what_the_customer_has_to_do_and_applies_by_itself_then(
    shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("MUG", 2_500)
    user = await shoppers.user()
    await user.add("MUG")
    pending = coupon(expect(await user.coupon("WELCOME10")))
    assert pending["state"] == "pending"
    assert [(reason["code"], reason["short_by"]) for reason in pending["reasons"]] == [("condition", "25.00")]
    assert coupon(await user.add("MUG"))["state"] == "applied"


async def test_a_guest_is_told_what_a_first_order_coupon_waits_for(guest: Shopper, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    cart = expect(await guest.coupon("WELCOME10"))
    assert coupon(cart)["state"] == "pending"
    assert {"customer.email", "customer.orders_paid"} <= set(cart["decision"]["missing_facts"])


@pytest.mark.parametrize("code", ["NO-SUCH-CODE", "   ", "WELCOME1O", "💥"])
async def test_an_unknown_code_is_refused_without_help_for_guessing(guest: Shopper, goods: Goods, code: str) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    answer = await guest.coupon(code)
    assert (answer.status, answer.code) == (422, "coupon_unknown")
    assert answer.json["errors"][0]["pointer"] == "/code"
    assert "WELCOME10" not in answer.raw.decode()
    assert (await guest.cart())["coupon_code"] is None


async def test_a_code_that_can_never_be_used_is_refused_and_the_old_one_stays(guest: Shopper, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    before = await guest.add("LAMP")
    expect(await guest.coupon("WELCOME10"))
    answer = await guest.coupon("NEWS-UNKNOWN")
    assert (answer.status, answer.code) == (422, "coupon_unknown")
    cart = await guest.cart()
    assert (cart["coupon_code"], cart["version"]) == ("WELCOME10", before["version"] + 1)


async def test_an_acceptable_code_takes_the_place_of_another_and_says_so(guest: Shopper, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    first = expect(await guest.coupon("WELCOME10"))
    assert first["replaced_coupon"] is None
    second = expect(await guest.coupon("bemvindo10"))
    assert (second["coupon_code"], second["replaced_coupon"]) == ("BEMVINDO10", "WELCOME10")
    again = expect(await guest.coupon("BEMVINDO10 "))
    assert (again["coupon_code"], again["replaced_coupon"]) == ("BEMVINDO10", None)


async def test_a_code_can_be_entered_before_anything_is_in_the_cart(guest: Shopper) -> None:
    cart = expect(await guest.coupon("WELCOME10"))
    assert (cart["coupon_code"], coupon(cart)["state"]) == ("WELCOME10", "pending")


async def test_a_code_is_taken_off(guest: Shopper, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    expect(await guest.coupon("WELCOME10"))
    cart = expect(await guest.client.delete("/cart/coupon"))
    assert (cart["coupon_code"], cart["decision"]["coupons"]) == (None, [])


async def test_taking_a_code_off_without_a_cart_does_nothing(guest: Shopper, goods: Goods) -> None:
    assert expect(await guest.client.delete("/cart/coupon"))["id"] is None
    assert await goods.value("SELECT count(*) FROM carts") == 0


async def told(goods: Goods) -> list[dict[str, Any]]:
    """What was announced of codes that were tried in the store, in this order."""
    rows = await goods.shop.database.transaction(
        goods.store.id,
        lambda tx: tx.fetch(
            "SELECT envelope FROM (SELECT id, convert_from(payload, 'UTF8') AS envelope FROM pgqueuer) q"
            " WHERE envelope LIKE $1 ORDER BY id",
            f"%{goods.store.id}%",
        ),
    )
    envelopes = [msgspec.json.decode(row["envelope"]) for row in rows]
    return [{"name": each["name"], **each["payload"]} for each in envelopes]


async def test_every_try_of_a_code_is_announced_without_telling_the_code(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    user = await shoppers.user()
    await user.add("LAMP")
    await user.coupon("NO-SUCH-CODE")
    await user.client.get("/coupons/no-such-code")
    cart = expect(await user.coupon("WELCOME10"))
    await user.coupon("welcome10")
    refused, asked, accepted = await told(goods)
    assert (refused["name"], refused["coupon_reason"]) == ("CouponRefused", "coupon_unknown")
    assert (asked["name"], asked["coupon_reason"]) == ("CouponRefused", "coupon_not_found")
    assert asked["coupon_code"] == refused["coupon_code"] != accepted["coupon_code"]
    assert (accepted["name"], accepted["cart_id"]) == ("CouponAccepted", cart["id"])
    assert "NO-SUCH" not in str(refused)
    for each in (refused, asked, accepted):
        assert each["customer_id"] == str(user.owner.id)
        assert each["device_id"] == refused["device_id"] is not None


async def test_a_refusal_is_announced_in_one_round_trip(guest: Shopper, goods: Goods) -> None:
    answer = await guest.client.get("/coupons/NO-SUCH-CODE")
    # Begin, the cart, what is known of the code, commit; then the announcement.
    assert (answer.status, answer.statements) == (404, 5)
    (refused,) = await told(goods)
    assert refused["customer_id"] is None


@pytest_asyncio.fixture(loop_scope="session")
async def limited(database: Database, tmp_path: Path, session: ClientSession) -> AsyncIterator[Shopper]:
    """A guest of a shop that counts tries."""
    shop: Shop = new_shop(database, tmp_path, rate_limits=True)
    async with serving(shop) as address:
        client = Client(session, address, await new_store(shop))
        yield Shoppers(shop, client, install_actors(shop)).guest()


async def test_whoever_tries_too_many_codes_has_to_wait(limited: Shopper) -> None:
    answers = [await limited.coupon(f"GUESS-{number}") for number in range(31)]
    assert {answer.code for answer in answers[:30]} == {"coupon_unknown"}
    assert (answers[30].status, answers[30].code) == (429, "rate_limited")
    assert 1 <= int(answers[30].headers["Retry-After"]) <= 60
