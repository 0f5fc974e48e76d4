"""A version is tried beside the live one: a shadow nobody notices, a canary for the same customers throughout.

It ends by itself when a guard is broken, says why, and whoever has a quote pays what it says.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.decisions.switching import SWITCHBOARD
from server.decisions.trials import takes_part
from server.decisions.trials_arms import TRIALS, OnTrial
from server.decisions.trials_deciding import MOST_WAITING, TRYING
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.cart.goods import SAO_PAULO, Goods, Shopper, Shoppers
from tests.server.orders.buying import try_to_place
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect, new_shop, serving

LIVE, TRIED = "9.90", "0.00"
"""What standard delivery of a cart of 170.00 costs, and with the version on trial."""
READING = 3
"""Statements of reading a cart, whether or not anything is tried."""


async def version_to_try(admin: Admin, amount: str = "149.00") -> int:
    """A version that is published and not live."""
    version = await admin.free_from(amount)
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {}))
    number: int = version["number"]
    return number


async def try_to_start(admin: Admin, number: int, mode: str = "canary", **body: Any) -> Answer:
    """Begin a trial, whatever comes of it."""
    return await admin.client.post("/rulesets/trials", {"kind": "shipping", "number": number, "mode": mode, **body})


async def started(admin: Admin, mode: str = "canary", **body: Any) -> Any:
    """A trial of free delivery from 149.00 on."""
    return expect(await try_to_start(admin, await version_to_try(admin), mode, **body), 201)


async def watched(admin: Admin, trial: Any) -> Any:
    """What came of it so far."""
    return expect(await admin.client.get(f"/rulesets/trials/{trial['id']}"))


async def shipping_of(shopper: Shopper) -> str:
    """What delivery of their cart costs now."""
    shipping: str = (await shopper.cart())["decision"]["totals"]["shipping"]
    return shipping


async def member(shop: Shop, shoppers: Shoppers, is_member: bool) -> Shopper:
    """Somebody new who takes part, or does not."""
    on_trial = shop.use(TRIALS).running(shoppers.client.store.id)
    assert on_trial is not None
    while True:
        found = shoppers.guest()
        if takes_part(on_trial.trial, f"guest:{found.owner.id}") == is_member:
            return found


async def buyer(goods: Goods, shopper: Shopper) -> Shopper:
    """Somebody with a cart of 170.00."""
    await shopper.ready("A")
    return shopper


def fail_from_now_on(shop: Shop, store: Store) -> None:
    """The book on trial is broken: whoever decides with it meets a fault."""
    on_trial = shop.use(TRIALS).running(store.id)
    assert on_trial is not None
    broken = replace(on_trial.book.book, shipping="broken")  # type: ignore[arg-type]
    shop.use(TRIALS).put(store.id, OnTrial(on_trial.trial, replace(on_trial.book, book=broken)))


async def test_a_canary_serves_those_who_take_part_and_nobody_else(
    admin: Admin, shop: Shop, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, share=5_000, reason="cheaper delivery")
    assert (trial["state"], trial["share"], trial["reason"]) == ("running", 5_000, "cheaper delivery")
    inside = await buyer(goods, await member(shop, shoppers, True))
    outside = await buyer(goods, await member(shop, shoppers, False))
    assert (await shipping_of(inside), await shipping_of(outside)) == (TRIED, LIVE)
    live = expect(await admin.client.get("/rulesets/live"))["rulesets"]
    assert next(each["version"] for each in live if each["kind"] == "shipping") == 1
    await shop.use(TRYING).settle()
    found = await watched(admin, trial)
    # Each filled a cart in three steps and looked at it once.
    assert (found["live"]["decided"], found["trial"]["decided"]) == (4, 4)
    assert (found["live"]["average_total"], found["trial"]["average_total"]) == ("157.95", "153.00")
    numbers = (await admin.client.get("//metrics")).raw.decode()
    assert 'sostech_trial_decisions_total{arm="trial",end="decided"}' in numbers


async def test_growing_the_share_takes_everybody_in_and_promoting_makes_it_live(
    admin: Admin, shop: Shop, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, share=1)
    outside = await buyer(goods, await member(shop, shoppers, False))
    assert await shipping_of(outside) == LIVE
    await shop.use(TRYING).settle()
    grown = expect(await admin.client.post(f"/rulesets/trials/{trial['id']}/share", {"share": 10_000}))
    assert (grown["share"], grown["live"]["decided"]) == (10_000, 0)
    assert await shipping_of(outside) == TRIED
    promoted = expect(await admin.client.post(f"/rulesets/trials/{trial['id']}/promote", {"reason": "it works"}))
    assert (promoted["state"], promoted["end_reason"]) == ("promoted", "it works")
    assert shop.use(TRIALS).running(goods.store.id) is None
    assert await shipping_of(outside) == TRIED
    live = expect(await admin.client.get("/rulesets/live"))["rulesets"]
    assert next(each["version"] for each in live if each["kind"] == "shipping") == 2
    over = await admin.client.post(f"/rulesets/trials/{trial['id']}/end", {})
    assert (over.status, over.code) == (409, "trial_over")


async def test_a_quote_holds_when_the_trial_it_was_given_in_ends(
    admin: Admin, shop: Shop, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, share=10_000)
    guest = await buyer(goods, shoppers.guest())
    assert (await guest.client.get("/cart")).statements == READING
    expect(await guest.client.put("/cart/payment-method", {"method": "pix"}))
    quote = expect(await guest.client.post("/checkout/quote"), 201)
    assert quote["decision"]["totals"]["total"] == "153.00"
    expect(await admin.client.post(f"/rulesets/trials/{trial['id']}/end", {"reason": "enough"}))
    assert await shipping_of(guest) == LIVE
    order = expect(await try_to_place(guest, quote["token"]), 201)
    assert order["total"] == "153.00"
    kept = expect(await admin.client.get(f"/orders/{order['number']}"))["rulesets"]
    assert next(each["version"] for each in kept if each["kind"] == "shipping") == trial["number"]


async def test_a_quote_given_before_the_trial_holds_in_it_and_every_quote_is_kept_while_it_runs(
    admin: Admin, goods: Goods, client: Client, store: Store, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    number = await version_to_try(admin)
    unlogged = new_shop(database, tmp_path, quote_log_share=0.0)
    async with serving(unlogged) as address:
        shoppers = Shoppers(unlogged, Client(client.session, address, store), install_actors(unlogged))
        trial = expect(await try_to_start(admin, number, share=1), 201)
        await unlogged.use(SWITCHBOARD).switch(store)
        outside = await buyer(goods, await member(unlogged, shoppers, False))
        expect(await outside.client.put("/cart/payment-method", {"method": "pix"}))
        quote = expect(await outside.client.post("/checkout/quote"), 201)
        expect(await admin.client.post(f"/rulesets/trials/{trial['id']}/share", {"share": 10_000}))
        await unlogged.use(SWITCHBOARD).switch(store)
        assert await shipping_of(outside) == TRIED
        assert expect(await try_to_place(outside, quote["token"]), 201)["total"] == "162.90"


async def test_a_canary_that_fails_gives_the_live_price_and_ends_by_itself(
    admin: Admin, shop: Shop, store: Store, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, share=10_000, guards={"min_decisions": 3})
    fail_from_now_on(shop, store)
    guest = await buyer(goods, shoppers.guest())
    assert await shipping_of(guest) == LIVE
    expect(await guest.client.get("/cart", params={"hints": "true"}))
    await shop.use(TRYING).settle()
    found = await watched(admin, trial)
    assert found["state"] == "tripped"
    assert found["end_reason"] == "100.0 % of its decisions failed; at most 1 % were allowed (5 decisions)"
    assert shop.use(TRIALS).running(store.id) is None


async def test_a_shadow_changes_no_answer_and_says_what_would_be(
    admin: Admin, shop: Shop, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    guest = await buyer(goods, shoppers.guest())
    before = await guest.client.get("/cart")
    trial = await started(admin, "shadow")
    after = await guest.client.get("/cart")
    assert _without_instants(after) == _without_instants(before)
    assert after.statements == before.statements
    await shop.use(TRYING).settle()
    found = await watched(admin, trial)
    assert found["share"] == 10_000
    assert (found["live"]["decided"], found["trial"]["decided"], found["trial"]["differs"]) == (1, 1, 1)
    assert (found["live"]["average_total"], found["trial"]["average_total"]) == ("162.90", "153.00")


async def test_what_a_shadow_has_no_time_for_is_counted_and_forgotten(
    admin: Admin, shop: Shop, goods: Goods, shoppers: Shoppers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_WAITING >= 100
    monkeypatch.setattr("server.decisions.trials_deciding.MOST_WAITING", 2)
    await goods.put("A", 17_000)
    trial = await started(admin, "shadow")
    await buyer(goods, shoppers.guest())
    await shop.use(TRYING).settle()
    found = await watched(admin, trial)
    assert (found["trial"]["decided"], found["trial"]["dropped"]) == (2, 1)


async def test_a_guard_ends_a_trial_once_in_all_processes_and_the_audit_log_says_why(
    admin: Admin, shop: Shop, store: Store, goods: Goods, client: Client, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, "shadow", guards={"min_decisions": 8, "average_total": ["-2", "2"]})
    other = new_shop(database, tmp_path)
    await other.use(SWITCHBOARD).look()
    async with serving(other) as address:
        people = [
            Shoppers(each, Client(client.session, where, store), install_actors(each)).guest()
            for each, where in ((shop, client.base), (other, address))
        ]
        for each in people:
            await buyer(goods, each)
            await each.cart()
        tasks = [asyncio.create_task(work) for work in (other.use(SWITCHBOARD).run(), other.use(TRYING).run())]
        try:
            await asyncio.gather(*(each.use(TRYING).settle() for each in (shop, other)))
            async with asyncio.timeout(10):
                while shop.use(TRIALS).running(store.id) or other.use(TRIALS).running(store.id):
                    await shop.use(SWITCHBOARD).look()
                    await asyncio.sleep(0.02)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    found = await watched(admin, trial)
    assert found["state"] == "tripped"
    assert found["end_reason"] == (
        "the average total is 3.1 % below live; from -2 % to 2 % were allowed (8 decisions)"
    )  # fmt: skip

    async def work(tx: Transaction) -> list[Any]:
        return await tx.fetch(
            "SELECT actor_kind, actor_id, after::text AS after FROM audit_log WHERE action = 'rulesets.trial_tripped'"
        )

    [entry] = await shop.database.transaction(store.id, work)
    assert (entry["actor_kind"], entry["actor_id"]) == ("system", None)
    assert msgspec.json.decode(entry["after"]) == {"state": "tripped", "reason": found["end_reason"]}


async def test_a_request_is_decided_by_one_book_whatever_is_switched_meanwhile(
    admin: Admin, shop: Shop, store: Store, goods: Goods, shoppers: Shoppers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await goods.put("A", 17_000)
    await started(admin, share=10_000)
    guest = await buyer(goods, shoppers.guest())
    trials = shop.use(TRIALS)
    asked: list[str] = []
    for_customer = trials.for_customer

    def asking(store: Store, customer: str) -> Any:
        asked.append(customer)
        return for_customer(store, customer)

    monkeypatch.setattr(trials, "for_customer", asking)
    expect(await guest.client.put("/cart/shipping-method", {"method": "express"}))
    assert asked == [f"guest:{guest.owner.id}"]


async def test_a_trial_is_compiled_anew_over_what_goes_live_and_ends_when_its_version_does(
    admin: Admin, shop: Shop, store: Store, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    trial = await started(admin, share=10_000)
    tax = await admin.publish(await admin.draft("tax"))
    on_trial = shop.use(TRIALS).running(store.id)
    assert on_trial is not None
    assert tax["hash"] in {each.hash for each in on_trial.book.rulesets}
    expect(await admin.client.post("/rulesets/plans/shipping/default", {"number": trial["number"]}), 201)
    found = await watched(admin, trial)
    assert (found["state"], found["end_reason"]) == ("ended", "the version went live")


async def test_a_trial_that_does_not_work_with_what_went_live_trips(admin: Admin, shop: Shop, store: Store) -> None:
    trial = await started(admin, "shadow")
    version_id = new_id()

    # As when a later version of the program does not read it any more.
    async def write(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO ruleset_versions (id, store_id, kind, name, status, number, source, content_hash, hash,"
            " published_at) VALUES ($1, $2, 'shipping', 'default', 'published', 99, 'nothing', '', '', now())",
            version_id, store.id,
        )  # fmt: skip
        await tx.execute("UPDATE ruleset_trials SET version_id = $1", version_id)

    await shop.database.transaction(store.id, write)
    await admin.publish(await admin.draft("tax"))
    found = await watched(admin, trial)
    assert found["state"] == "tripped"
    assert found["end_reason"].startswith("it does not work with the rulesets that are live now: ")


async def test_what_cannot_be_tried_is_refused_and_nothing_begins(
    admin: Admin, shop: Shop, store: Store, goods: Goods
) -> None:
    number = await version_to_try(admin)
    refused = [
        ((await try_to_start(admin, 77)), 404, "ruleset_unknown"),
        ((await try_to_start(admin, number, share=0)), 422, "body_invalid"),
        ((await try_to_start(admin, number, share=10_001)), 422, "body_invalid"),
        ((await try_to_start(admin, number, guards={"average_total": ["2", "-2"]})), 422, "trial_invalid"),
    ]
    assert [(answer.status, answer.code) for answer, *_ in refused] == [(status, code) for _, status, code in refused]
    orders = expect(await admin.client.post("/rulesets/drafts", {"kind": "orders"}), 201)
    version = expect(await admin.try_to_publish(orders))
    answer = await try_to_start(admin, version["number"], kind="orders")
    assert (answer.status, answer.code) == (422, "trial_invalid")
    tax = await admin.publish(await admin.draft("tax"))
    answer = await try_to_start(admin, tax["number"], kind="tax")
    assert (answer.status, answer.code) == (409, "ruleset_version_live")
    assert expect(await admin.client.get("/rulesets/trials"))["items"] == []
    assert shop.use(TRIALS).running(store.id) is None


async def test_one_trial_at_a_time_and_its_version_is_not_put_away(admin: Admin) -> None:
    trial = await started(admin)
    assert trial["share"] == 100
    again = await try_to_start(admin, trial["number"], "shadow")
    assert (again.status, again.code) == (409, "trial_running")
    path = f"/rulesets/versions/shipping/default/{trial['number']}/archive"
    answer = await admin.client.post(path)
    assert (answer.status, answer.code) == (409, "ruleset_version_live")
    expect(await admin.client.post(f"/rulesets/trials/{trial['id']}/end", {}))
    expect(await admin.client.post(path))
    answer = await try_to_start(admin, trial["number"])
    assert (answer.status, answer.code) == (422, "trial_invalid")


async def test_staff_see_what_is_live(admin: Admin, goods: Goods) -> None:
    await goods.put("A", 17_000)
    await started(admin, share=10_000)
    basket = {
        "lines": [{"sku": "A", "quantity": 1, "price": "170.00", "weight_g": 400}],
        "destination": SAO_PAULO,
    }
    dry = expect(await admin.client.post("/decisions/dry-run", basket))
    assert dry["decision"]["totals"]["shipping"] == LIVE


def _without_instants(answer: Answer) -> Any:
    """The body, but for what tells when it was asked."""
    body = answer.json
    body["decision"].pop("now", None)
    return body
