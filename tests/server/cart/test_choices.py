"""Where it goes, how it is sent and paid, how to reach the customer: each choice is decided with the cart at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers
from tests.shop import expect


async def test_shipping_options_are_priced_as_soon_as_the_destination_is_known(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", weight_g=400)
    before = await guest.add("A")
    assert "destination.postcode" in before["decision"]["missing_facts"]
    cart = await guest.choose("destination", SAO_PAULO)
    options = {option["id"]: option for option in cart["decision"]["shipping_options"]}
    assert (options["standard"]["price"], options["express"]["price"]) == ("9.90", "21.90")
    assert options["standard"]["decided"]
    assert cart["decision"]["totals"]["shipping"] == "9.90"
    assert cart["decision"]["totals"]["tax"] != "0.00"


async def test_a_chosen_method_is_what_the_total_is_computed_with(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", weight_g=400)
    await guest.ready("A")
    cart = await guest.choose("shipping-method", {"method": "express"})
    assert cart["decision"]["totals"]["shipping"] == "21.90"
    cart = await guest.choose("shipping-method", {"method": None})
    assert (cart["shipping_method"], cart["decision"]["totals"]["shipping"]) == (None, "9.90")


async def test_a_method_that_is_not_available_can_be_chosen_and_the_decision_refuses_it(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 2_500)
    await guest.ready("A")
    await guest.choose("destination", {"country": "BR", "postcode": "90010-000"})
    await guest.choose("shipping-method", {"method": "express"})
    cart = await guest.choose("payment-method", {"method": "cash_on_delivery"})
    assert {refusal["code"] for refusal in cart["decision"]["refusals"]} >= {
        "shipping_method_unavailable",
        "payment_method_unavailable",
    }
    assert not cart["decision"]["can_be_ordered"]


@pytest.mark.parametrize("kind", ["shipping", "payment"])
async def test_a_method_the_shop_does_not_have_is_refused_naming_those_it_has(guest: Shopper, kind: str) -> None:
    answer = await guest.client.put(f"/cart/{kind}-method", {"method": "drone"})
    assert (answer.status, answer.code) == (422, f"{kind}_method_unknown")
    assert answer.json["errors"][0]["pointer"] == "/method"
    assert ("standard" if kind == "shipping" else "pix") in answer.json["detail"]


async def test_cash_at_the_door_is_rounded_to_the_coin(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_007)
    await guest.ready("A")
    cart = await guest.choose("payment-method", {"method": "cash_on_delivery"})
    assert (cart["decision"]["totals"]["cash_rounding"], cart["decision"]["totals"]["total"]) == ("-0.02", "49.95")


async def test_a_new_destination_takes_the_place_of_the_whole_old_one(guest: Shopper) -> None:
    await guest.choose("destination", SAO_PAULO)
    cart = await guest.choose("destination", {"country": "PT"})
    assert cart["destination"] == {"country": "PT", "region": None, "postcode": None, "city": None}


async def test_a_cart_with_everything_said_can_be_ordered(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    cart = await guest.ready("A")
    assert (cart["decision"]["can_be_ordered"], cart["decision"]["refusals"]) == (True, [])


async def test_a_user_is_reached_at_the_account_unless_the_cart_says_otherwise(
    shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 4_000)
    user = await shoppers.user()
    await user.add("A")
    cart = await user.choose("destination", SAO_PAULO)
    assert cart["contact"] == {"email": None, "phone": None}
    assert cart["decision"]["can_be_ordered"]


async def test_the_group_of_a_user_counts(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("SOCK", 2_000, category="clothing/socks")
    member = await shoppers.user(customer_group="member")
    stranger = await shoppers.user()
    assert (await member.add("SOCK", 3))["decision"]["totals"]["discount"] == "20.00"
    assert (await stranger.add("SOCK", 3))["decision"]["totals"]["discount"] == "0.00"


async def test_labels_are_in_the_language_asked_for_then_the_customers_then_the_stores(
    shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 20_000)

    async def label(shopper: Shopper, query: str = "") -> str:
        cart = expect(await shopper.client.get(f"/cart{query}"))
        return str(cart["decision"]["discounts"][0]["label"])

    guest, english = shoppers.guest(), await shoppers.user(locale="en-GB")
    for shopper in (guest, english):
        await shopper.add("A")
    assert await label(guest) == "10% de desconto a partir de R$ 150"
    assert await label(english) == "10% off from R$ 150"
    assert await label(guest, "?locale=en") == "10% off from R$ 150"


async def test_places_of_rules_are_for_those_who_may_see_them(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 20_000)
    customer, staff = await shoppers.user(), await shoppers.user()
    token = shoppers.actors.token(shoppers.client.store, "user", ("staff",), staff.owner.id)
    colleague = Shopper(shoppers.client.signed_in(token), staff.owner)
    assert (await customer.add("A"))["decision"]["discounts"][0]["at"] is None
    assert (await colleague.add("A"))["decision"]["discounts"][0]["at"].startswith("rules/promotions/v1.yaml:")


async def test_hints_say_what_more_would_bring(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 14_000)
    cart = await guest.ready("A")
    assert {"ten-off-150"} <= {hint["rule"] for hint in cart["decision"]["hints"]}
    without = expect(await guest.client.get("/cart?hints=false"))
    assert without["decision"] == {**cart["decision"], "hints": [], "now": without["decision"]["now"]}


async def test_postings_and_digest_are_there_when_they_are_asked_for(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 14_000)
    plain = (await guest.ready("A"))["decision"]
    assert (plain["postings"], plain["digest"]) == (None, None)
    postings = expect(await guest.client.get("/cart?include=postings"))["decision"]["postings"]
    assert sum(Decimal(posting["amount"]) for posting in postings) == Decimal(plain["totals"]["total"])
    both = expect(await guest.client.get("/cart?include=digest&include=postings"))["decision"]
    assert both["postings"] == postings
    assert len(both["digest"]) == 64
    changed = expect(await guest.client.post("/cart/items?include=postings", {"sku": "A"}))["decision"]
    assert {posting["kind"] for posting in changed["postings"]} >= {"item", "shipping"}
    assert changed["digest"] is None


async def test_what_no_cart_includes_is_refused(guest: Shopper) -> None:
    assert (await guest.client.get("/cart?include=secrets")).code == "parameters_malformed"


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("destination", {"country": "Brazil"}),
        ("destination", {"country": "br"}),
        ("destination", {"postcode": "1" * 21}),
        ("destination", {"city": "Rio\u0000"}),
        ("destination", {"street": "Rua A"}),
        ("contact", {"email": "nobody"}),
        ("contact", {"email": "a b@example.com"}),
        ("contact", {"email": "ana@example.com\n"}),
        ("contact", {"phone": "call me"}),
        ("shipping-method", {}),
        ("coupon", {"code": ""}),
        ("coupon", {"code": None}),
    ],
)
async def test_a_choice_that_cannot_be_read_is_refused(guest: Shopper, what: str, body: dict[str, Any]) -> None:
    answer = await guest.client.put(f"/cart/{what}", body)
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert (await guest.cart())["id"] is None
