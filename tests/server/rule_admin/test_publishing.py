"""A version is published once, never changes, is live for every process at once, and can be taken back in a moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from server.decisions.switching import SWITCHBOARD
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_shop, serving


async def shipping_of(shopper: Shopper) -> str:
    """What delivery of their cart costs now."""
    shipping: str = (await shopper.cart())["decision"]["totals"]["shipping"]
    return shipping


async def test_the_next_cart_is_priced_by_what_was_published_and_by_what_was_before_after_going_back(
    admin: Admin, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    await guest.ready("A")
    assert await shipping_of(guest) == "9.90"
    version = await admin.free_from("149.00")
    assert (version["number"], version["status"]) == (2, "published")
    assert await shipping_of(guest) == "0.00"
    live = expect(await admin.client.get("/rulesets/live"))["rulesets"]
    assert next(each for each in live if each["kind"] == "shipping")["hash"] == version["hash"]
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {"reason": "too generous"}))
    assert await shipping_of(guest) == "9.90"
    nothing = await admin.client.post("/rulesets/plans/shipping/default/roll-back", {})
    assert (nothing.status, nothing.code) == (409, "nothing_before")


async def test_going_back_goes_to_the_version_before(admin: Admin, guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 17_000)
    await guest.ready("A")
    await admin.free_from("149.00")
    await admin.free_from("180.00")
    assert await shipping_of(guest) == "9.90"
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {}))
    assert await shipping_of(guest) == "0.00"


async def test_another_process_switches_within_a_moment(
    admin: Admin, goods: Goods, guest: Shopper, store: Store, client: Client, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    other = new_shop(database, tmp_path)
    actors = install_actors(other)
    async with serving(other) as address:
        there = Shoppers(other, Client(client.session, address, store), actors).guest()
        await there.ready("A")
        listening = asyncio.create_task(other.use(SWITCHBOARD).run())
        try:
            await admin.free_from("149.00")
            async with asyncio.timeout(60):  # it compiles the books of all stores that other tests have left
                while await shipping_of(there) != "0.00":
                    await asyncio.sleep(0.05)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def test_a_process_that_starts_later_decides_by_what_is_live(
    admin: Admin, goods: Goods, store: Store, client: Client, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    await admin.free_from("149.00")
    other = new_shop(database, tmp_path)
    await other.use(SWITCHBOARD).look()
    async with serving(other) as address:
        there = Shoppers(other, Client(client.session, address, store), install_actors(other)).guest()
        await there.ready("A")
        assert await shipping_of(there) == "0.00"


async def test_a_published_version_never_changes(admin: Admin, shop: Shop, store: Store) -> None:
    draft = await admin.draft("promotions")
    version = await admin.publish(draft)
    gone = await admin.try_to_save(draft, "ruleset: promotions", f'"{version["content_hash"]}"')
    assert (gone.status, gone.code) == (404, "draft_unknown")
    for statement in ("UPDATE ruleset_versions SET source = ''", "DELETE FROM ruleset_versions"):

        async def change(tx: Transaction, statement: str = statement) -> None:
            await tx.execute(statement)

        with pytest.raises(asyncpg.PostgresError, match="was published and cannot be changed"):
            await shop.database.transaction(store.id, change)


async def test_a_number_is_published_once_however_many_try(admin: Admin) -> None:
    drafts = [await admin.draft("promotions") for _ in range(4)]
    answers = await asyncio.gather(*[admin.try_to_publish(draft) for draft in drafts])
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.code == "ruleset_version_taken"
    assert refused.json["parameters"]["next_version"] == 3


async def test_warnings_have_to_be_allowed_with_a_reason(admin: Admin) -> None:
    draft = await admin.draft("promotions")
    text, tag = await admin.source(draft)
    head, _, _ = text.partition("\ncases:")
    rule = (
        '\n  - id: never\n    lane: order\n    when: {subtotal.after_line_discounts: {at_least: "300.00"}}\n'
        "    then: {percent_off: 1, on: order}\n"
    )
    expect(await admin.try_to_save(draft, head.replace("\nrules:\n", f"\nrules:{rule}", 1), tag))
    checked = await admin.check(draft)
    codes = sorted({each["code"] for each in checked["findings"]})
    assert (checked["errors"], checked["publishable"]) == (0, False)
    answer = await admin.try_to_publish(draft)
    assert (answer.status, answer.code) == (422, "ruleset_warnings")
    assert answer.json["parameters"]["codes"] == codes
    allow = [{"code": code, "because": "meant for tests"} for code in codes]
    assert (await admin.publish(draft, allow=allow))["status"] == "published"


async def test_a_version_can_be_planned_for_later_and_called_off(
    admin: Admin, guest: Shopper, goods: Goods, shop: Shop, store: Store
) -> None:
    await goods.put("A", 17_000)
    await guest.ready("A")
    await admin.free_from("149.00")
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {}))
    soon = datetime.now(UTC) + timedelta(days=1)
    window = {"number": 2, "from": soon.isoformat(), "until": (soon + timedelta(days=1)).isoformat()}
    [plan, *_] = expect(await admin.client.post("/rulesets/plans/shipping/default", window), 201)["items"]
    assert await shipping_of(guest) == "9.90"
    crossing = {"number": 2, "from": (soon + timedelta(hours=1)).isoformat()}
    answer = await admin.client.post("/rulesets/plans/shipping/default", crossing)
    assert (answer.status, answer.code) == (422, "plan_invalid")

    async def tomorrow(tx: Transaction) -> None:
        await tx.execute(
            "UPDATE ruleset_plans SET starts_at = now() - interval '1 second'"
            " WHERE cancelled_at IS NULL AND ends_at > now()"
        )

    await shop.database.transaction(store.id, tomorrow)
    await shop.use(SWITCHBOARD).switch(store)
    assert await shipping_of(guest) == "0.00"
    expect(await admin.client.delete(f"/rulesets/plans/shipping/default/{plan['id']}"), 204)
    assert await shipping_of(guest) == "9.90"


async def test_the_past_is_no_time_to_begin(admin: Admin) -> None:
    await admin.publish(await admin.draft("tax"))
    for window in ({"from": "2020-01-01T00:00:00Z"}, {"until": "2020-01-01T00:00:00Z"}):
        answer = await admin.client.post("/rulesets/plans/tax/default", {"number": 2, **window})
        assert (answer.status, answer.code) == (422, "plan_invalid")


async def test_a_version_that_is_live_cannot_be_put_away(admin: Admin) -> None:
    await admin.publish(await admin.draft("tax"))
    answer = await admin.client.post("/rulesets/versions/tax/default/2/archive")
    assert (answer.status, answer.code) == (409, "ruleset_version_live")
    await admin.publish(await admin.draft("tax"))
    assert expect(await admin.client.post("/rulesets/versions/tax/default/2/archive"))["status"] == "archived"


async def test_everything_is_in_the_audit_log(admin: Admin, shop: Shop, store: Store) -> None:
    await admin.publish(await admin.draft("tax"))
    expect(await admin.client.post("/rulesets/plans/tax/default/roll-back", {"reason": "wrong"}))

    async def work(tx: Transaction) -> list[str]:
        rows = await tx.fetch("SELECT action FROM audit_log WHERE resource_type = 'ruleset' ORDER BY created_at, id")
        return [row["action"] for row in rows]

    actions = await shop.database.transaction(store.id, work)
    assert sorted(actions) == ["rulesets.activate", "rulesets.draft", "rulesets.publish", "rulesets.roll_back"]


async def test_whoever_writes_drafts_does_not_publish_them(admin: Admin, shop: Shop, store: Store) -> None:
    draft = await admin.draft("tax")
    moderator = Admin(admin.client.signed_in(install_actors(shop).token(store, "user", ("moderator",))))
    expect(await moderator.client.get(f"/rulesets/drafts/{draft['id']}"))
    answer = await moderator.try_to_publish(draft)
    assert (answer.status, answer.code) == (403, "not_allowed")
