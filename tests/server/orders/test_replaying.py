"""An order is decided again to the last byte, whatever was published, restarted or rewritten since."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.conftest import CHECKOUT
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import placed, quoted, try_to_place
from tests.server.orders.placed import place
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect, new_shop, new_store, serving


@dataclass(frozen=True)
class Support:
    """Somebody who is asked why an order cost that."""

    client: Client

    async def bytes_of(self, order: dict[str, Any]) -> bytes:
        """The decision, made again; its ETag is its hash."""
        answer = await self.client.get(f"/orders/{order['number']}/replay/decision")
        assert answer.status == 200, answer.raw
        assert answer.headers["ETag"] == f'"{sha256(answer.raw).hexdigest()}"'
        return answer.raw

    async def replay(self, order: dict[str, Any], rulesets: str | None = None) -> Any:
        """All of the replay."""
        return expect(await self.try_to_replay(order, rulesets))

    async def try_to_replay(self, order: dict[str, Any], rulesets: str | None = None) -> Answer:
        """The same, whatever comes of it."""
        query = "" if rulesets is None else f"?rulesets={rulesets}"
        return await self.client.get(f"/orders/{order['number']}/replay{query}")


@pytest.fixture
def admin(shop: Shop, store: Store, client: Client) -> Admin:
    """Who publishes rulesets."""
    return Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))


@pytest.fixture
def support(shop: Shop, store: Store, client: Client) -> Support:
    """Who answers."""
    return Support(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))


async def stored_digest(goods: Goods, order: dict[str, Any]) -> str:
    """The hash that was written when the order was placed."""
    found: str = await goods.value(
        "SELECT d.digest FROM orders o JOIN decision_log d ON d.id = o.decision_id WHERE o.id = $1", order["id"]
    )
    return found


async def test_an_order_is_the_same_bytes_after_three_publishes(
    admin: Admin, support: Support, guest: Shopper, goods: Goods
) -> None:
    # Too cheap for free delivery under any of them: nobody has to agree to what changes nothing for past carts.
    await goods.put("A", 9_000)
    order = await placed(guest, "A", coupon="WELCOME10")
    before = await support.bytes_of(order)
    assert sha256(before).hexdigest() == await stored_digest(goods, order)
    for amount in ("149.00", "110.00", "180.00"):
        await admin.free_from(amount)
        assert await support.bytes_of(order) == before
    seen = await support.replay(order)
    assert (seen["reproduced"], seen["digest"], seen["what_if"]) == (True, seen["stored_digest"], None)
    assert seen["decision"]["totals"]["total"] == order["total"]
    assert [each["version"] for each in seen["rulesets"]] == [1] * 6


async def test_an_order_placed_under_an_own_version_is_the_same_bytes_after_the_next_one(
    admin: Admin, support: Support, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    await admin.free_from("149.00")
    order = await placed(guest, "A")
    before = await support.bytes_of(order)
    assert b"shipping/default.yaml:" in before
    await admin.free_from("152.00")
    assert await support.bytes_of(order) == before
    explained = expect(await support.client.get(f"/orders/{order['number']}/explanation?locale=en"))
    assert (explained["reproduced"], explained["rules_changed"]) == (True, ["shipping"])
    assert any("(before discounts" in line or "0.00" in line for line in explained["explanation"]["sentences"])


async def test_an_order_is_the_same_bytes_in_a_process_that_has_just_started(
    admin: Admin, support: Support, guest: Shopper, goods: Goods, client: Client, database: Database, tmp_path: Path
) -> None:
    await goods.put("A", 17_000)
    await admin.free_from("149.00")
    order = await placed(guest, "A")
    before = await support.bytes_of(order)
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {}))
    other = new_shop(database, tmp_path)
    token = install_actors(other).token(client.store, "user", ("admin",))
    async with serving(other) as address:
        there = Support(Client(client.session, address, client.store, token))
        assert await there.bytes_of(order) == before


async def test_an_order_is_the_same_bytes_after_the_folder_of_the_store_was_rewritten(
    shop: Shop, client: Client, database: Database
) -> None:
    name = f"f-{new_id().hex}"
    folder = shop.settings.data_dir / "stores" / name / "rules"
    for path in (CHECKOUT / "rules").glob("*/**/*"):
        if path.suffix in (".yaml", ".csv"):
            copy = folder / path.relative_to(CHECKOUT / "rules")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    store = await new_store(shop, settings={"rules": name})
    there = Client(client.session, client.base, store)
    await Goods(shop, store).put("A", 17_000)
    order = await placed(Shoppers(shop, there, install_actors(shop)).guest(), "A")
    support = Support(there.signed_in(install_actors(shop).token(store, "user", ("admin",))))
    before = await support.bytes_of(order)
    for path in folder.glob("*/*.yaml"):
        # The same meaning and hash on other lines, and for promotions another meaning.
        text = path.read_text("utf-8")
        path.write_text("# moved\n\n" + text.replace('"150.00"', '"160.00"'), "utf-8")
    other = new_shop(database, shop.settings.data_dir)
    token = install_actors(other).token(store, "user", ("admin",))
    async with serving(other) as address:
        restarted = Support(Client(client.session, address, store, token))
        assert await restarted.bytes_of(order) == before
        now = await restarted.replay(order, "live")
    assert f"{name}/rules/".encode() in before
    assert now["what_if"]["digest"] != now["digest"]
    await _buy_under_the_new_text(shop, store, client, database)


async def _buy_under_the_new_text(shop: Shop, store: Store, client: Client, database: Database) -> None:
    """What means the same on other lines is another text, and kept beside the first."""
    other = new_shop(database, shop.settings.data_dir)
    actors = install_actors(other)
    async with serving(other) as address:
        there = Client(client.session, address, store)
        order = await placed(Shoppers(other, there, actors).guest(), "A")
        support = Support(there.signed_in(actors.token(store, "user", ("admin",))))
        assert sha256(await support.bytes_of(order)).hexdigest() == await stored_digest(Goods(other, store), order)


async def test_what_if_says_what_would_be_different(
    admin: Admin, support: Support, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    await admin.free_from("149.00")
    order = await placed(guest, "A")
    asked = (await support.replay(order, "shipped"))["what_if"]
    changes = asked["differences"]
    assert changes["shipping"] == {"before": "0.00", "after": "9.90", "difference": "9.90"}
    assert changes["discount"]["difference"] == "0.00"
    assert {rule["ruleset"] for rule in changes["rules"]} == {"shipping"}
    assert asked["decision"]["totals"]["shipping"] == "9.90"
    for rulesets in ("live", "shipping/default@2"):
        same = (await support.replay(order, rulesets))["what_if"]
        assert (same["differences"]["changed"], same["digest"]) == (False, await stored_digest(goods, order))


async def test_what_if_takes_drafts(admin: Admin, support: Support, guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 17_000)
    order = await placed(guest, "A")
    draft = await admin.draft("promotions")
    await admin.change(draft, ("percent_off: 10, on: order", "percent_off: 20, on: order"))
    asked = (await support.replay(order, f"draft:{draft['id']}"))["what_if"]
    assert asked["differences"]["discount"] == {"before": "17.00", "after": "34.00", "difference": "17.00"}


@pytest.mark.parametrize(
    ("rulesets", "status", "code"),
    [
        ("promotions", 422, "ruleset_choice_invalid"),
        ("live,shipped", 422, "ruleset_choice_invalid"),
        ("promotions/default@1,promotions/default@2", 404, "ruleset_choice_unknown"),
        ("promotions/default@7", 404, "ruleset_choice_unknown"),
        ("draft:019a0000-0000-7000-8000-000000000000", 404, "ruleset_choice_unknown"),
    ],
)
async def test_what_if_of_rulesets_there_are_not_is_refused(
    rulesets: str, status: int, code: str, support: Support, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    answer = await support.try_to_replay(await placed(guest, "A"), rulesets)
    assert (answer.status, answer.code) == (status, code)


async def test_an_order_from_before_texts_were_kept_cannot_be_replayed(
    shop: Shop, store: Store, support: Support
) -> None:
    order = await place(shop, store)
    for part in ("", "/decision"):
        answer = await support.client.get(f"/orders/{order.number}/replay{part}")
        assert (answer.status, answer.code) == (410, "pinned_rulesets_missing")


async def test_replays_are_for_those_who_may_read_the_log_and_drafts_for_those_who_may_see_them(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    order = await placed(guest, "A")
    assert (await guest.client.get(f"/orders/{order['number']}/replay")).status == 401
    held = ["decisions.log_read", "orders.read"]
    reader = Support(guest.client.signed_in(install_actors(shop).token(store, permissions=held)))
    assert (await reader.replay(order, "live"))["what_if"] is not None
    refused = await reader.try_to_replay(order, "promotions/default@1")
    assert (refused.status, refused.code) == (403, "not_allowed")


async def test_placing_costs_no_more_statements_for_keeping_texts(guest: Shopper, goods: Goods) -> None:
    await goods.put("A", 17_000)
    first = await try_to_place(guest, await quoted(guest, "A"))
    kept = await goods.value("SELECT count(*) FROM ruleset_texts")
    second = await try_to_place(guest, await quoted(guest, "A"))
    assert (first.statements, kept) == (second.statements, 12)
    assert await goods.value("SELECT count(*) FROM ruleset_texts") == 12


async def test_a_replay_of_a_book_that_was_asked_for_reads_the_order_and_the_log(
    support: Support, guest: Shopper, goods: Goods
) -> None:
    await goods.put("A", 17_000)
    order = await placed(guest, "A")
    await support.bytes_of(order)
    answer = await support.client.get(f"/orders/{order['number']}/replay/decision")
    assert answer.statements == 6  # two reads, each in a transaction
