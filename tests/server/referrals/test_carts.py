"""Carts know what was used: a coupon that is used up is refused, and so is somebody else's; offers end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.decisions.books import BOOKS, LiveBook
from server.referrals.needed import Use
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.referrals.desk import Desk
from tests.server.referrals.orders import Uses
from tests.shop import Client, expect, new_shop, new_store, serving


def coupon(cart: Any) -> tuple[str, str, list[str]]:
    """State of the one coupon, what it saves, and why not more."""
    (found,) = cart["decision"]["coupons"]
    return found["state"], found["saves"], [reason["code"] for reason in found["reasons"]]


def spring(most: int | None = 3) -> Use:
    """A use of the coupon SPRING."""
    return Use(kind="coupon", subject="spring", most=most)


def by(customer: str, rule: str = "once", kind: Any = "coupon") -> Use:
    """A use by one customer."""
    return Use(kind=kind, subject=rule, customer=customer, most=1)


@pytest.mark.parametrize(("held", "used", "applies"), [(1, 1, True), (2, 1, False), (0, 3, False), (3, 0, False)])
async def test_a_coupon_applies_until_it_is_used_up_by_paid_and_unpaid_orders(
    guest: Shopper, goods: Goods, uses: Uses, held: int, used: int, applies: bool
) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    expect(await guest.coupon("SPRING"))
    for _ in range(held):
        await uses.held(spring())
    for _ in range(used):
        await uses.paid(spring())
    assert coupon(await guest.cart()) == (
        ("applied", "10.00", []) if applies else ("rejected", "0.00", ["coupon_exhausted"])
    )
    answer = await guest.coupon("PRIMAVERA")
    assert answer.status == 200 if applies else answer.code == "coupon_rejected"


async def test_a_released_use_makes_the_coupon_good_again(guest: Shopper, goods: Goods, uses: Uses) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    expect(await guest.coupon("SPRING"))
    orders = [await uses.held(spring()) for _ in range(3)]
    assert coupon(await guest.cart())[0] == "rejected"
    await uses.release(orders[0])
    assert coupon(await guest.cart())[0] == "applied"


async def test_once_per_customer_counts_the_account(shoppers: Shoppers, goods: Goods, uses: Uses) -> None:
    await goods.put("LAMP", 10_000)
    ana, bob = await shoppers.user(), await shoppers.user()
    await uses.paid(by(f"user:{ana.owner.id}"))
    for user in (ana, bob):
        await user.add("LAMP")
    answer = await ana.coupon("ONCE")
    assert (answer.code, answer.json["errors"][0]["code"]) == ("coupon_rejected", "coupon_used_by_customer")
    assert coupon(expect(await bob.coupon("ONCE")))[0] == "applied"


async def test_once_per_customer_counts_a_guests_address_however_it_is_written(
    guest: Shopper, goods: Goods, uses: Uses
) -> None:
    await goods.put("LAMP", 10_000)
    await uses.paid(by("email:ana@example.com"))
    await guest.add("LAMP")
    assert coupon(expect(await guest.coupon("ONCE"))) == ("pending", "0.00", ["fact_missing"])
    cart = await guest.choose("contact", {"email": "Ana@EXAMPLE.com"})
    assert coupon(cart) == ("rejected", "0.00", ["coupon_used_by_customer"])
    assert coupon(await guest.choose("contact", {"email": "bob@example.com"}))[0] == "applied"


@pytest.mark.parametrize(("spent", "saves"), [(0, "10.00"), (1_500, "10.00"), (1_501, "9.99"), (2_499, "0.01")])
async def test_a_coupon_gives_what_is_left_of_its_budget(
    guest: Shopper, goods: Goods, uses: Uses, spent: int, saves: str
) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    await uses.held(Use(kind="coupon", subject="pot", budget=2_500, amount=spent))
    assert coupon(expect(await guest.coupon("POT"))) == ("applied", saves, [])


async def test_a_spent_budget_ends_the_coupon(guest: Shopper, goods: Goods, uses: Uses) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    await uses.held(Use(kind="coupon", subject="pot", budget=2_500, amount=2_500))
    assert (await guest.coupon("POT")).json["errors"][0]["code"] == "coupon_budget_spent"


async def test_an_issued_code_applies_until_it_was_used(guest: Shopper, goods: Goods, uses: Uses, desk: Desk) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    code = (await desk.issue(code="PARTNER-1"))["code"]
    cart = expect(await guest.coupon(" partner-1"))
    assert (cart["coupon_code"], coupon(cart)) == (code, ("applied", "5.00", []))
    await uses.held(Use(kind="code", subject="partner-1", most=1))
    assert coupon(await guest.cart()) == ("rejected", "0.00", ["coupon_code_used"])
    await desk.issue(code="PARTNER-2")
    assert coupon(expect(await guest.coupon("PARTNER-2")))[0] == "applied"


async def test_a_revoked_or_expired_code_is_no_code(guest: Shopper, goods: Goods, uses: Uses, desk: Desk) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    revoked, expired = await desk.issue(code="PARTNER-R"), await desk.issue(code="PARTNER-E")
    expect(await guest.coupon("PARTNER-R"))
    await desk.revoke(revoked["id"])
    assert coupon(await guest.cart()) == ("rejected", "0.00", ["coupon_unknown"])
    assert (await guest.coupon("PARTNER-R")).code == "coupon_unknown"
    await goods.execute("UPDATE coupon_codes SET expires_at = now() WHERE code = $1", expired["code"].lower())
    assert (await guest.coupon("PARTNER-E")).code == "coupon_unknown"
    assert await desk.codes("state=expired") == ["PARTNER-E"]


async def test_a_personal_code_is_its_owners_alone(shoppers: Shoppers, goods: Goods, desk: Desk) -> None:
    await goods.put("LAMP", 10_000)
    ana, bob, guest = await shoppers.user(), await shoppers.user(), shoppers.guest()
    await desk.issue("friends", code="FRIEND-ANA", owner_id=str(ana.owner.id))
    for shopper in (ana, bob, guest):
        await shopper.add("LAMP")
    assert coupon(expect(await ana.coupon("FRIEND-ANA"))) == ("applied", "7.00", [])
    assert (await bob.coupon("FRIEND-ANA")).json["errors"][0]["code"] == "coupon_not_yours"
    assert coupon(expect(await guest.coupon("FRIEND-ANA")))[0] == "pending"


@pytest.mark.parametrize(("others", "own", "discount"), [(1, 0, "120.00"), (2, 0, "0.00"), (0, 1, "0.00")])
async def test_an_offer_ends_when_it_is_used_up(
    shoppers: Shoppers, goods: Goods, uses: Uses, others: int, own: int, discount: str
) -> None:
    await goods.put("SOFA", 60_000)
    user = await shoppers.user()
    for _ in range(others):
        await uses.held(Use(kind="promotion", subject="early", most=2))
    for _ in range(own):
        await uses.paid(by(f"user:{user.owner.id}", "early", "promotion"))
    cart = await user.add("SOFA")
    assert cart["decision"]["totals"]["discount"] == discount


async def test_an_offer_once_per_customer_waits_for_a_guests_address(guest: Shopper, goods: Goods) -> None:
    await goods.put("SOFA", 60_000)
    assert (await guest.add("SOFA"))["decision"]["totals"]["discount"] == "0.00"
    cart = await guest.choose("contact", {"email": "ana@example.com"})
    assert cart["decision"]["totals"]["discount"] == "120.00"


async def test_a_first_order_coupon_is_for_who_has_paid_none(shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("LAMP", 10_000)
    user = await shoppers.user()
    await user.add("LAMP")
    assert coupon(expect(await user.coupon("FIRST")))[0] == "applied"
    await goods.execute(
        "INSERT INTO customer_totals (store_id, user_id, orders_paid, spent) VALUES ($1, $2, 1, 500)",
        goods.store.id, user.owner.id,
    )  # fmt: skip
    assert coupon(await user.cart()) == ("rejected", "0.00", ["coupon_first_order_only"])


async def test_what_others_use_meanwhile_does_not_end_a_quote(
    guest: Shopper, goods: Goods, uses: Uses, desk: Desk
) -> None:
    await goods.put("LAMP", 10_000)
    await guest.ready("LAMP")
    expect(await guest.coupon("SPRING"))
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    await uses.held(spring())
    expect(await guest.client.post("/checkout/quote/verify", {"token": quote["token"]}))


async def test_statements_are_sent_for_what_can_be_used_up_alone(
    guest: Shopper, goods: Goods, desk: Desk, shop: Shop, store: Store
) -> None:
    await goods.put("LAMP", 10_000)
    await guest.add("LAMP")
    await desk.issue(code="PARTNER-1")
    with_offer = [(await guest.coupon(code)).statements for code in ("OPEN", "SPRING", "PARTNER-1")]
    assert with_offer == [6, 6, 6]
    # Without the offer that can be used up only codes with limits and issued ones are looked up.
    shop.use(BOOKS).replace(store.id, without_offers(shop.use(BOOKS).live(store)))
    assert [(await guest.coupon(code)).statements for code in ("OPEN", "SPRING", "PARTNER-1")] == [5, 6, 6]


def without_offers(live: LiveBook) -> LiveBook:
    """The same book, but no promotion can be used up."""
    return replace(live, limited=replace(live.limited, promotions={}))


class TestAsking:
    """GET /coupons/{code}: what a code would do, and the cart stays as it is."""

    async def test_a_code_is_shown_as_it_would_be_and_the_cart_keeps_its_own(
        self, guest: Shopper, goods: Goods, desk: Desk
    ) -> None:
        await goods.put("LAMP", 10_000)
        await guest.add("LAMP")
        before = expect(await guest.coupon("OPEN"))
        shown = expect(await guest.client.get("/coupons/spring?locale=en"))
        assert (shown["code"], shown["rule"], shown["state"], shown["saves"]) == (
            "SPRING",
            "spring",
            "applied",
            "10.00",
        )
        after = await guest.cart()
        assert (after["coupon_code"], after["version"]) == ("OPEN", before["version"])

    async def test_without_a_cart_it_waits_for_goods(self, guest: Shopper, goods: Goods) -> None:
        shown = expect(await guest.client.get("/coupons/SPRING"))
        assert (shown["state"], (await guest.cart())["id"]) == ("pending", None)

    async def test_a_code_that_is_used_up_says_so(self, guest: Shopper, goods: Goods, uses: Uses) -> None:
        for _ in range(3):
            await uses.held(spring())
        shown = expect(await guest.client.get("/coupons/SPRING"))
        assert (shown["state"], shown["reasons"][0]["code"]) == ("rejected", "coupon_exhausted")

    @pytest.mark.parametrize("code", ["NO-SUCH", "%20", "SPR1NG"])
    async def test_an_unknown_code_is_not_there(self, guest: Shopper, goods: Goods, code: str) -> None:
        answer = await guest.client.get(f"/coupons/{code}")
        assert (answer.status, answer.code) == (404, "coupon_not_found")

    async def test_a_code_of_somebody_else_is_not_there(self, shoppers: Shoppers, goods: Goods, desk: Desk) -> None:
        ana, bob = await shoppers.user(), await shoppers.user()
        await desk.issue("friends", code="FRIEND-ANA", owner_id=str(ana.owner.id))
        assert (await bob.client.get("/coupons/FRIEND-ANA")).code == "coupon_not_found"
        expect(await ana.client.get("/coupons/FRIEND-ANA"))


class TestGuessing:
    """Only what fails counts; who guesses has to wait, who knows a code does not."""

    @pytest_asyncio.fixture(loop_scope="session")
    async def shoppers(
        self, database: Database, tmp_path: Path, session: ClientSession, limited: LiveBook
    ) -> AsyncIterator[Shoppers]:
        """People of a shop that counts tries."""
        shop = new_shop(database, tmp_path, rate_limits=True)
        store = await new_store(shop)
        shop.use(BOOKS).replace(store.id, limited)
        async with serving(shop) as address:
            yield Shoppers(shop, Client(session, address, store), install_actors(shop))

    async def test_who_enters_a_good_code_again_and_again_is_never_stopped(self, shoppers: Shoppers) -> None:
        guest = shoppers.guest()
        assert {(await guest.coupon("OPEN")).status for _ in range(40)} == {200}
        assert {(await guest.client.get("/coupons/OPEN")).status for _ in range(40)} == {200}

    async def test_guesses_by_either_way_count_together_and_then_not_even_a_good_code_is_told(
        self, shoppers: Shoppers
    ) -> None:
        guest, other = shoppers.guest(), shoppers.guest()
        tried = [await guest.coupon(f"GUESS-{number}") for number in range(15)]
        tried += [await guest.client.get(f"/coupons/GUESS-{number}") for number in range(15)]
        assert {answer.code for answer in tried} == {"coupon_unknown", "coupon_not_found"}
        for answer in (await guest.coupon("OPEN"), await guest.client.get("/coupons/OPEN")):
            assert (answer.status, answer.code) == (429, "rate_limited")
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
        expect(await other.coupon("OPEN"))

    async def test_many_guests_of_one_network_are_stopped_together(self, shoppers: Shoppers) -> None:
        for _ in range(6):
            guest = shoppers.guest()
            for number in range(20):
                await guest.client.get(f"/coupons/{new_id().hex}-{number}")
        assert (await shoppers.guest().coupon("OPEN")).code == "rate_limited"
