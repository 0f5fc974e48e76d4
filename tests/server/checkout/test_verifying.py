"""A quote holds until it expires, whatever rules and offers do; a cart that has changed is told what is different."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from server.checkout.quote import Quote, seal, unseal
from server.decisions.books import BOOKS
from server.keys import KeyRing
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers, item
from tests.shop import Answer, expect, new_store


async def quoted(shopper: Shopper) -> Any:
    """A quote of the cart as it is."""
    return expect(await shopper.client.post("/checkout/quote"), 201)


async def verified(shopper: Shopper, token: str) -> Answer:
    """What becomes of a token."""
    return await shopper.client.post("/checkout/quote/verify", {"token": token})


def rewritten(goods: Goods, token: str, **changes: Any) -> str:
    """The token as we would have signed it with other content."""
    quote = unseal(goods.shop.keys, token)
    assert quote is not None
    return seal(goods.shop.keys, msgspec.structs.replace(quote, **changes))


async def test_a_quote_of_an_unchanged_cart_holds(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    checked = expect(await verified(guest, quote["token"]))
    assert (checked["id"], checked["total"], checked["currency"]) == (quote["id"], "49.90", "BRL")
    assert checked["rules_changed"] == []


async def test_the_same_content_by_another_way_is_the_same_cart(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await goods.put("B", 4_000)
    cart = await guest.ready("A", "B")
    quote = await quoted(guest)
    expect(await guest.client.delete(f"/cart/items/{item(cart, 'A')['id']}"))
    await guest.add("A")
    expect(await verified(guest, quote["token"]))


async def test_a_changed_cart_is_told_every_difference(guest: Shopper, goods: Goods) -> None:
    for sku in ("A", "B", "C"):
        await goods.put(sku, 4_000)
    cart = await guest.ready("A", "B")
    quote = await quoted(guest)
    expect(await guest.client.delete(f"/cart/items/{item(cart, 'A')['id']}"))
    await guest.add("B")
    await guest.add("C")
    answer = await verified(guest, quote["token"])
    assert (answer.status, answer.code) == (409, "quote_outdated")
    told = answer.json["parameters"]
    assert told["totals"]["items"] == {"was": "80.00", "now": "120.00"}
    assert told["lines"] == [
        {"sku": "A", "was": {"quantity": 1, "total": "40.00"}, "now": None},
        {"sku": "B", "was": {"quantity": 1, "total": "40.00"}, "now": {"quantity": 2, "total": "80.00"}},
        {"sku": "C", "was": None, "now": {"quantity": 1, "total": "40.00"}},
    ]
    assert told["currency"] == "BRL"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("destination", {"country": "BR", "postcode": "90010-000"}),
        ("payment-method", {"method": "pix"}),
        ("shipping-method", {"method": "express"}),
        ("contact", {}),
    ],
)
async def test_another_choice_outdates_a_quote(guest: Shopper, goods: Goods, what: str, value: Any) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await guest.choose(what, value)
    assert (await verified(guest, quote["token"])).code == "quote_outdated"


async def test_a_choice_that_makes_no_difference_does_not(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await guest.choose("destination", {**SAO_PAULO, "city": "Sao Paulo"})
    expect(await verified(guest, quote["token"]))


async def test_a_price_the_catalogue_has_changed_outdates_a_quote(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await goods.execute("UPDATE variants SET list_price = 3000 WHERE id = $1", variant)
    answer = await verified(guest, quote["token"])
    assert answer.code == "quote_outdated"
    assert answer.json["parameters"]["totals"]["total"] == {"was": "49.90", "now": "39.90"}


async def test_what_is_not_sold_any_more_outdates_a_quote(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await goods.execute("UPDATE products SET status = 'archived'")
    assert (await verified(guest, quote["token"])).code == "quote_outdated"


async def test_the_end_of_an_offer_does_not_break_a_quote(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 5_000)
    await goods.offer(variant, 4_000, "-1 hour", "1 hour")
    await guest.ready("A")
    quote = await quoted(guest)
    # The offer ends a moment after the quote, and before anybody asks.
    await goods.execute(
        "UPDATE offers SET ends_at = $1::text::timestamptz + interval '1 microsecond'", quote["issued_at"]
    )
    assert item(await guest.cart(), "A")["price"] == "50.00"
    assert expect(await verified(guest, quote["token"]))["total"] == "49.90"


async def test_a_new_ruleset_does_not_break_a_quote(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 20_000)
    await guest.ready("A")
    quote = await quoted(guest)
    books = goods.shop.use(BOOKS)
    live = books.live(goods.store)
    without = {kind: hash for kind, hash in live.book.rulesets.items() if kind != "promotions"}
    books.replace(goods.store.id, replace(live, book=replace(live.book, promotions=None, rulesets=without)))
    assert (await guest.cart())["decision"]["totals"]["discount"] == "0.00"
    checked = expect(await verified(guest, quote["token"]))
    assert (checked["total"], checked["rules_changed"]) == (quote["decision"]["totals"]["total"], ["promotions"])


async def test_a_quote_holds_before_its_end_and_not_at_it(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    token = (await quoted(guest))["token"]
    now = await goods.value("SELECT now()")
    expect(await verified(guest, rewritten(goods, token, expires_at=now + timedelta(minutes=1))))
    answer = await verified(guest, rewritten(goods, token, expires_at=now))
    assert (answer.status, answer.code) == (410, "quote_expired")
    assert (answer.json["parameters"]["totals"], answer.json["parameters"]["lines"]) == ({}, [])


async def test_an_expired_quote_says_what_is_different_now(guest: Shopper, goods: Goods) -> None:
    variant = await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await goods.execute("UPDATE variants SET list_price = 4500 WHERE id = $1", variant)
    now = await goods.value("SELECT now()")
    answer = await verified(guest, rewritten(goods, quote["token"], expires_at=now))
    assert answer.code == "quote_expired"
    assert answer.json["parameters"]["totals"]["items"] == {"was": "40.00", "now": "45.00"}


def _other_total(token: str) -> str:
    content, _, signature = token.partition(".")
    plain = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)).replace(b'"total":4990', b'"total":1')
    assert b'"total":1' in plain
    return f"{base64.urlsafe_b64encode(plain).decode().rstrip('=')}.{signature}"


FORGERIES: dict[str, Callable[[str], str]] = {
    "another total": _other_total,
    "no signature": lambda token: token.partition(".")[0],
    "an empty signature": lambda token: f"{token.partition('.')[0]}..",
    "another signature": lambda token: token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
    "an unknown key": lambda token: f"{token.partition('.')[0]}.k9.{token.rpartition('.')[2]}",
    "something before it": lambda token: f"A{token}",
    "no token at all": lambda _token: "no token",
    "dots only": lambda _token: "...",
    "other letters": lambda token: f"é{token}",
    "padding": lambda token: token.replace(".", "=.", 1),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_what_we_have_not_signed_is_no_quote(guest: Shopper, goods: Goods, forgery: str) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    answer = await verified(guest, FORGERIES[forgery]((await quoted(guest))["token"]))
    assert (answer.status, answer.code) == (422, "quote_forged")


async def test_a_signature_made_for_something_else_is_no_quote(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    content = (await quoted(guest))["token"].partition(".")[0]
    cursor = f"{content}.{goods.shop.keys.sign('cursor', content.encode())}"
    assert (await verified(guest, cursor)).code == "quote_forged"


async def test_a_quote_of_somebody_else_or_of_another_store_is_none(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 4_000)
    owner, other = shoppers.guest(), shoppers.guest()
    for shopper in (owner, other):
        await shopper.ready("A")
    token = (await quoted(owner))["token"]
    assert (await verified(other, token)).code == "quote_forged"
    elsewhere = await new_store(goods.shop)
    foreign = rewritten(goods, token, store_id=elsewhere.id)
    assert (await verified(owner, foreign)).code == "quote_forged"


async def test_a_quote_of_a_cart_that_is_gone_does_not_hold_for_the_next_one(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    quote = await quoted(guest)
    await goods.execute("UPDATE carts SET status = 'ordered'")
    assert (await verified(guest, quote["token"])).code == "quote_outdated"
    await guest.ready("A")
    assert (await verified(guest, quote["token"])).code == "quote_outdated"


async def test_a_key_that_has_been_rotated_still_verifies_and_a_removed_one_does_not(
    guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 4_000)
    await guest.ready("A")
    token = (await quoted(guest))["token"]
    old = goods.shop.keys
    rotated = KeyRing((("new1", b"n" * 32), *old.secrets))
    assert isinstance(unseal(rotated, token), Quote)
    assert unseal(KeyRing((("new1", b"n" * 32),)), token) is None
