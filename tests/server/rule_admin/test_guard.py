"""What makes past carts worse, or takes revenue, is shown to the cent and waits for somebody else."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from engine.text.diagnostics import Diagnostic, error, warning
from server.decisions.facts import Basket
from server.decisions.stored import SavedCart
from server.rule_admin.gates import GATES, Candidate
from server.web.call import Call, Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.server.cart.goods import Goods, Shopper
from tests.server.rule_admin.admins import Admin
from tests.server.rule_admin.second_person import Change, order_for, publish_policy
from tests.shop import expect


async def test_what_past_carts_would_pay_is_shown_to_the_cent(
    admin: Admin, guest: Shopper, goods: Goods, shop: Shop, store: Store
) -> None:
    number = await order_for(guest.client, goods, 8_500)
    change = await Change.drafted(admin, "149.00")
    answer = await change.try_to_publish()
    assert (answer.status, answer.code) == (409, "approval_needed")
    (reason,) = answer.json["parameters"]["reasons"]
    assert reason["code"] == "revenue_falls"
    assert reason["message"] == "past carts would pay 14.90 BRL less, of 167.90 (8.8743 %); 0.2 % may"
    assert reason["at"].startswith("rules/access/v1.yaml:")
    past = answer.json["parameters"]["past_carts"]
    assert (past["counts"]["read"], past["counts"]["cheaper"], past["shares"]["worse"]) == (1, 1, "0.0000")
    (sums,) = past["currencies"]
    assert (sums["currency"], sums["before"], sums["after"], sums["change"]) == ("BRL", "167.90", "153.00", "-8.8743")
    assert [(cart["cart"], cart["difference"]) for cart in sums["most_cheaper"]] == [(f"order {number}", "-14.90")]
    assert answer.json["parameters"]["people_who_may_agree"] == 0
    assert "nobody else of the store may agree" in answer.json["detail"]
    assert expect(await admin.client.get("/rulesets/versions"))["items"] == []
    await sign_up(shop, store, ["admin"])
    assert (await change.try_to_publish()).json["parameters"]["people_who_may_agree"] == 1


async def test_what_past_carts_do_not_notice_is_published_at_once(admin: Admin, guest: Shopper, goods: Goods) -> None:
    await order_for(guest.client, goods, 12_000)
    assert (await (await Change.drafted(admin, "149.00")).try_to_publish()).status == 200


async def test_carts_that_become_dearer_count_as_worse(admin: Admin, guest: Shopper, goods: Goods) -> None:
    await order_for(guest.client, goods, 12_000)
    answer = await (await Change.drafted(admin, "300.00")).try_to_publish()
    (reason,) = answer.json["parameters"]["reasons"]
    assert reason["code"] == "carts_worse"
    assert reason["message"] == "1 of 1 past carts (100 %) would pay more or be refused; 0.5 % may"


async def test_a_policy_without_a_guard_looks_at_no_carts(admin: Admin, guest: Shopper, goods: Goods) -> None:
    await order_for(guest.client, goods, 8_500)
    await publish_policy(admin, "{second_approver: {kinds: [tax]}}")
    assert (await (await Change.drafted(admin, "149.00")).try_to_publish()).status == 200
    answer = await admin.try_to_publish(await admin.draft("tax"))
    (reason,) = answer.json["parameters"]["reasons"]
    assert (reason["code"], reason["message"]) == ("kinds", "nobody publishes tax alone")
    assert answer.json["parameters"]["past_carts"] is None


async def test_warnings_can_need_somebody_else(admin: Admin) -> None:
    await publish_policy(admin, "{second_approver: {warnings: any}}")
    change = await Change.drafted(admin, "149.00")
    (reason,) = (await change.try_to_publish()).json["parameters"]["reasons"]
    assert reason["code"] == "warnings"
    assert reason["warnings"] == [each["code"] for each in change.allow]


async def test_collections_are_looked_at_and_have_to_be_there(
    admin: Admin, guest: Shopper, goods: Goods, shop: Shop, store: Store
) -> None:
    await order_for(guest.client, goods, 8_500)
    await publish_policy(admin, "{guard: {orders: 0, collections: [christmas], revenue_falls: 0}}")
    change = await Change.drafted(admin, "149.00")
    answer = await change.try_to_publish()
    assert (answer.status, answer.code) == (409, "guard_carts_missing")
    assert answer.json["parameters"] == {"collection": "christmas"}
    await shop.database.transaction(store.id, _collect)
    past = (await change.try_to_publish()).json["parameters"]["past_carts"]
    assert [cart["cart"] for cart in past["currencies"][0]["most_cheaper"]] == ["christmas c1"]


async def test_a_gate_forbids_what_it_finds_wrong(admin: Admin, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def doubting(_call: Call, candidate: Candidate) -> Sequence[Diagnostic]:
        return [warning("RS412", f"dubious in {candidate.book.currency}", None)]

    async def forbidding(_call: Call, _candidate: Candidate) -> Sequence[Diagnostic]:
        return [error("RS340", "refuted", None)]

    monkeypatch.setitem(shop.resources, GATES.name, {"tax": (doubting, forbidding), "shipping": (forbidding,)})
    answer = await admin.try_to_publish(await admin.draft("tax"))
    assert (answer.status, answer.code) == (422, "ruleset_faulty")
    assert [(each["code"], each["message"]) for each in answer.json["errors"]] == [("RS340", "refuted")]
    assert (await admin.try_to_publish(await admin.draft("promotions"))).status == 200


async def _collect(tx: Transaction) -> None:
    """Save the cart of the only order as a collection."""
    facts = await tx.fetchval("SELECT d.facts::text FROM orders o JOIN decision_log d ON d.id = o.decision_id")
    saved = [SavedCart("c1", msgspec.json.decode(facts, type=Basket))]
    collection_id = new_id()
    await tx.execute(
        "INSERT INTO cart_collections (id, store_id, name, carts) VALUES ($1, $2, 'christmas', 1)",
        collection_id, tx.store_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO cart_collection_parts (store_id, collection_id, part, carts) VALUES ($1, $2, 0, $3::jsonb)",
        tx.store_id, collection_id, msgspec.json.encode(saved).decode(),
    )  # fmt: skip


async def test_a_guard_that_takes_too_long_is_ended_and_publishes_nothing(
    admin: Admin, guest: Shopper, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    await order_for(guest.client, goods, 8_500)
    change = await Change.drafted(admin, "149.00")
    monkeypatch.setattr("server.rule_admin.gates.SHARE", 0.0)
    refused = await change.try_to_publish()
    assert (refused.status, refused.code) == (503, "guard_away")
    assert "let the guard of the publish policy look at fewer" in refused.json["detail"]
    assert expect(await admin.client.get("/rulesets/versions"))["items"] == []
