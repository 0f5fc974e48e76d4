"""A claim that nobody has proved is kept all the same: the book before decides, what broke it is taken off, once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from server.decisions.guards import GUARDS
from server.decisions.guards_breaches import GUARDING
from server.decisions.switching import SWITCHBOARD
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.proving.provers import FALSE, TRUE, Prover
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_shop, serving

ORDERED: Final = {"country": "BR", "postcode": "01310-100", "region": "SP"}
TENTH_OFF_EACH_LINE: Final = """
lanes: [{id: all, pick: all}]
rules: [{id: tenth, lane: all, then: {percent_off: 10, on: lines}}]
invariants:
  - id: a-tenth
    when: {coupon.present: false}
    always: {discount: {at_most: {percent: 10, of: items}, tolerance: "0.05"}}
"""
"""Each line is rounded by itself, so of ten lines and more the discount may be too large; of two it never is."""


@pytest.fixture
def prover(shop: Shop, store: Store, client: Client, monkeypatch: pytest.MonkeyPatch) -> Prover:
    """An admin of a shop in which publishing proves nothing but what the bounds alone do."""
    monkeypatch.setattr(shop, "settings", msgspec.structs.replace(shop.settings, proof_seconds=0.0))
    return Prover(shop, store, Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",)))))


async def publish_cheap(prover: Prover, free_from: str = "149.00") -> Any:
    """A version that is live, and claims what most carts break; delivery is free from 149.00 on."""
    draft = await prover.draft_claiming(TRUE, FALSE, free_from=free_from)
    allow = await prover.allowed(draft, "RS651")
    return expect(await prover.admin.try_to_publish(draft, allow=allow, activate=True))


async def shipping_of(shopper: Shopper) -> str:
    """What delivery of their cart costs now."""
    shipping: str = (await shopper.cart())["decision"]["totals"]["shipping"]
    return shipping


async def breaches(prover: Prover) -> list[Any]:
    """What was written down."""
    await prover.shop.use(GUARDING).settle()
    found: list[Any] = expect(await prover.client.get("/rulesets/guard"))["breaches"]
    return found


async def test_a_cart_that_breaks_a_claim_is_decided_by_the_book_before_which_is_live_again(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    await goods.put("B", 5_000)
    small, large = shoppers.guest(), shoppers.guest()
    await small.ready("B")
    version = await publish_cheap(prover)
    assert (await small.cart())["decision"]["totals"]["total"] == "59.90"
    guard = expect(await prover.client.get("/rulesets/guard"))
    assert "always-cheap" in [each["invariant"] for each in guard["watched"]]
    assert (guard["takes_off"], guard["breaches"]) == ("shipping/default@2", [])
    # By the new version delivery of this would be free.
    await large.add("A")
    await large.choose("contact", {"email": "ana@example.com", "phone": "+55 11 91234-5678"})
    cart = await large.choose("destination", ORDERED)
    assert cart["decision"]["totals"]["shipping"] == "9.90"
    (breach,) = await breaches(prover)
    assert (breach["kind"], breach["number"], breach["invariant"]) == ("shipping", version["number"], "always-cheap")
    assert breach["at"].startswith("shipping/default.yaml:")
    assert breach["said"].startswith("the total is 153.00 BRL, claimed is at most 100.00 BRL")
    assert breach["measured"] == {"total": 15_300}
    assert breach["cart"]["lines"][0]["sku"] == "A"
    assert "ana@example.com" not in str(breach)
    plans = await prover.admin.plans("shipping")
    assert [each["cancelled_at"] is None for each in plans] == [False]
    guard = expect(await prover.client.get("/rulesets/guard"))
    assert (guard["watched"], guard["takes_off"]) == ([], None)
    assert await shipping_of(large) == "9.90"
    metrics = (await large.client.get("//metrics")).raw.decode()
    assert 'sostech_invariant_breaches_total{kind="shipping"}' in metrics


async def test_what_is_proved_only_for_carts_of_few_lines_is_watched_still(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    draft = await prover.admin.draft("promotions")
    text, tag = await prover.admin.source(draft)
    tenth = text.partition("\nlanes:")[0] + TENTH_OFF_EACH_LINE
    expect(await prover.admin.try_to_save(draft, tenth, tag))
    allow = await prover.allowed(draft, "RS651")
    expect(await prover.admin.try_to_publish(draft, allow=allow, activate=True))
    verdicts = {each["invariant"]: each for each in (await prover.answer("prove"))["verdicts"]}
    assert (verdicts["a-tenth"]["status"], verdicts["a-tenth"]["for_all_carts"]) == ("proved", False)
    await prover.shop.use(SWITCHBOARD).look()
    assert [each["invariant"] for each in expect(await prover.client.get("/rulesets/guard"))["watched"]] == ["a-tenth"]
    guest = shoppers.guest()
    skus = [f"PENNY-{number}" for number in range(12)]
    for sku in skus:
        await goods.put(sku, 5)
    carts = [await guest.add(sku) for sku in skus]
    # Ten times 0.01 of 0.50 is within the tolerance; with the eleventh the book before decides.
    assert [cart["decision"]["totals"]["discount"] for cart in carts[9:]] == ["0.10", "0.00", "0.00"]
    (breach,) = await breaches(prover)
    assert (breach["invariant"], breach["measured"]) == ("a-tenth", {"discount": 11, "items": 55})


async def test_however_many_break_it_at_once_it_is_taken_off_once(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    people = [shoppers.guest() for _ in range(20)]
    await asyncio.gather(*[each.add("A") for each in people])
    await publish_cheap(prover)
    carts = await asyncio.gather(*[each.cart() for each in people])
    assert {cart["decision"]["totals"]["total"] for cart in carts} == {"153.00"}
    assert len(await breaches(prover)) == 1
    assert await goods.value("SELECT count(*) FROM audit_log WHERE action = 'rulesets.guard_roll_back'") == 1
    assert await goods.value("SELECT count(*) FROM ruleset_plans WHERE cancelled_at IS NOT NULL") == 1
    actor = await goods.value("SELECT actor_kind FROM audit_log WHERE action = 'rulesets.guard_roll_back'")
    assert actor == "system"


async def test_of_two_processes_one_takes_it_off_and_both_switch(
    prover: Prover, shoppers: Shoppers, goods: Goods, store: Store, client: Client, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    here = shoppers.guest()
    await here.ready("A")
    await publish_cheap(prover)
    other = new_shop(database, tmp_path)
    await other.use(SWITCHBOARD).look()
    assert other.use(GUARDS).of(store.id) is not None
    async with serving(other) as address:
        there = Shoppers(other, Client(client.session, address, store), install_actors(other)).guest()
        await there.ready("A")
        assert await shipping_of(here) == "9.90"
        assert await shipping_of(there) == "9.90"
        await other.use(GUARDING).settle()
        await prover.shop.use(GUARDING).settle()
        await other.use(SWITCHBOARD).look()
        assert other.use(GUARDS).of(store.id) is None
        assert await shipping_of(there) == "9.90"
    assert len(await breaches(prover)) == 1


async def test_quotes_are_guarded_too(prover: Prover, shoppers: Shoppers, goods: Goods) -> None:
    await goods.put("A", 17_000)
    guest = shoppers.guest()
    await guest.ready("A")
    await guest.choose("shipping-method", {"method": "standard"})
    await guest.choose("payment-method", {"method": "pix"})
    await publish_cheap(prover)
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert quote["decision"]["totals"]["shipping"] == "9.90"
    assert len(await breaches(prover)) == 1
    # It is by the rulesets that are live again.
    live = expect(await prover.client.get("/rulesets/live"))["rulesets"]
    shipping = {each["hash"] for each in live if each["kind"] == "shipping"}
    assert shipping <= {each["hash"] for each in quote["decision"]["rulesets"]}


async def test_it_goes_back_to_the_version_before_and_not_further(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    guest = shoppers.guest()
    await guest.ready("A")
    await prover.admin.free_from("149.00")
    await publish_cheap(prover, "180.00")
    # By the version that broke it, and by what ships, it would be 9.90.
    assert await shipping_of(guest) == "0.00"
    await breaches(prover)
    assert await shipping_of(guest) == "0.00"
    live = expect(await prover.client.get("/rulesets/live"))["rulesets"]
    assert next(each["version"] for each in live if each["kind"] == "shipping") == 2


async def test_where_the_book_before_breaks_its_own_claims_nothing_is_charged(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    guest = shoppers.guest()
    await publish_cheap(prover)
    await publish_cheap(prover, "150.00")
    refused = await guest.client.post("/cart/items", {"sku": "A", "quantity": 1})
    assert (refused.status, refused.code) == (503, "invariant_broken")
    assert refused.json["parameters"]["invariant"] == "always-cheap"
    await breaches(prover)
    # The newest was taken off; whoever asks again meets the one before, which goes the same way.
    expect(await guest.client.get("/cart"))
    assert len(await breaches(prover)) == 2
    assert (await guest.cart())["decision"]["totals"]["total"] == "153.00"


async def test_a_version_on_trial_that_breaks_a_claim_serves_nobody(
    prover: Prover, shoppers: Shoppers, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    draft = await prover.draft_claiming(TRUE, FALSE, free_from="149.00")
    version = expect(await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft, "RS651")))
    trial = {"kind": "shipping", "number": version["number"], "mode": "canary", "share": 10_000}
    expect(await prover.client.post("/rulesets/trials", trial), 201)
    guest = shoppers.guest()
    await guest.ready("A")
    assert await shipping_of(guest) == "9.90"


async def test_carts_of_customers_are_for_those_who_may_see_them(
    prover: Prover, shoppers: Shoppers, goods: Goods, client: Client, shop: Shop, store: Store
) -> None:
    await goods.put("A", 17_000)
    await publish_cheap(prover)
    await shoppers.guest().add("A")
    await breaches(prover)
    token = install_actors(shop).token(store, "user", permissions={"rules.read"})
    told = expect(await client.signed_in(token).get("/rulesets/guard"))
    assert [(each["invariant"], each["cart"]) for each in told["breaches"]] == [("always-cheap", None)]
    seen = install_actors(shop).token(store, "user", permissions={"rules.read", "cart.read_any"})
    told = expect(await client.signed_in(seen).get("/rulesets/guard"))
    assert [each["cart"]["lines"][0]["sku"] for each in told["breaches"]] == ["A"]


async def test_where_all_is_proved_there_is_no_guard_and_a_guard_costs_no_statement(
    prover: Prover, shoppers: Shoppers, goods: Goods, store: Store
) -> None:
    await goods.put("B", 5_000)
    guest = shoppers.guest()
    await guest.add("B")
    await prover.admin.free_from("149.00")
    assert prover.shop.use(GUARDS).of(store.id) is None
    before = (await guest.client.get("/cart")).statements
    await publish_cheap(prover)
    assert prover.shop.use(GUARDS).of(store.id) is not None
    assert (await guest.client.get("/cart")).statements == before
