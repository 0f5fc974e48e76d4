"""Somebody else agrees to exactly one text, once; and nobody to their own."""

from __future__ import annotations

import asyncio

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper
from tests.server.rule_admin.admins import Admin
from tests.server.rule_admin.second_person import Change, agree, order_for, publish_policy, refuse
from tests.shop import Client, expect, new_store

STRICT = "{second_approver: {kinds: [shipping]}}"


@pytest.fixture
def other(shop: Shop, store: Store, client: Client) -> Admin:
    """Another admin of the store."""
    return Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))


async def test_with_an_approval_the_same_request_publishes(
    admin: Admin, other: Admin, guest: Shopper, goods: Goods
) -> None:
    await order_for(guest.client, goods, 8_500)
    change = await Change.drafted(admin, "149.00")
    approval = await change.ask()
    assert (approval["state"], approval["draft_id"], approval["decided_by"]) == ("open", change.draft["id"], None)
    assert approval["past_carts"]["currencies"][0]["after"] == "153.00"
    approved = expect(await agree(other, approval, note="for November"))
    assert (approved["state"], approved["note"]) == ("approved", "for November")
    version = expect(await change.try_to_publish())
    assert (version["status"], version["content_hash"]) == ("published", approval["content_hash"])
    expect(await admin.client.post("/rulesets/plans/shipping/default/roll-back", {"reason": "too generous"}))


async def test_asking_again_is_the_same_question(admin: Admin, other: Admin) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    answers = await asyncio.gather(change.try_to_publish(), change.try_to_publish(other), change.try_to_publish())
    assert len({answer.json["parameters"]["approval"] for answer in answers}) == 1


async def test_nobody_agrees_to_what_they_wrote_changed_or_asked_for(
    admin: Admin, other: Admin, shop: Shop, store: Store, client: Client
) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    changed = Change(other, change.draft, change.allow)
    await changed.write("148.00")
    # Whose hand is in it, however early, does not agree to it.
    fifth = Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))
    await Change(fifth, change.draft, change.allow).write("147.00")
    await changed.write("146.00")
    third = Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))
    answer = await change.try_to_publish(third)
    approval = {"id": answer.json["parameters"]["approval"]}
    for concerned in (admin, other, third, fifth):
        for refused in (await agree(concerned, approval), await refuse(concerned, approval)):
            assert (refused.status, refused.code) == (403, "self_approval")
    fourth = Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",))))
    expect(await agree(fourth, approval))


async def test_another_text_needs_another_approval(admin: Admin, other: Admin) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    approval = await change.ask()
    await change.write("99.00")
    late = await agree(other, approval)
    assert (late.status, late.code) == (409, "approval_overtaken")
    again = await change.ask()
    assert again["id"] != approval["id"]
    expect(await agree(other, again))
    await change.write("49.00")
    assert (await change.ask())["id"] not in (approval["id"], again["id"])
    await change.write("99.00")
    assert (await change.try_to_publish()).status == 200


async def test_of_several_who_decide_one_does(admin: Admin, shop: Shop, store: Store, client: Client) -> None:
    await publish_policy(admin, STRICT)
    approval = await (await Change.drafted(admin, "149.00")).ask()
    others = [Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",)))) for _ in range(4)]
    answers = await asyncio.gather(
        *[decide(each, approval) for each, decide in zip(others, 2 * [agree, refuse], strict=True)]
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"approval_decided"}
    twice = await agree(others[0], approval)
    assert (twice.status, twice.code) == (409, "approval_decided")


async def test_what_was_refused_stays_refused_until_it_is_another_text(admin: Admin, other: Admin) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    expect(await refuse(other, await change.ask()))
    answer = await change.try_to_publish()
    assert (answer.status, answer.code) == (409, "approval_refused")
    assert "too generous" in answer.json["detail"]
    await change.write("189.00")
    assert (await change.ask())["state"] == "open"


async def test_what_gets_worse_because_something_else_went_live_is_asked_again(
    admin: Admin, other: Admin, guest: Shopper, goods: Goods
) -> None:
    await order_for(guest.client, goods, 8_500)
    change = await Change.drafted(admin, "149.00")
    first = await change.ask()
    expect(await agree(other, first))
    await publish_policy(admin, "{second_approver: {kinds: [shipping]}, guard: {orders: 9, revenue_falls: 1}}")
    answer = await change.try_to_publish()
    assert (answer.status, answer.code) == (409, "approval_needed")
    assert [reason["code"] for reason in answer.json["parameters"]["reasons"]] == ["kinds", "revenue_falls"]
    assert answer.json["detail"].startswith("what is live has changed since it was agreed to")
    was = expect(await admin.client.get(f"/rulesets/approvals/{first['id']}"))
    assert (was["state"], was["decided_by"] is None) == ("overtaken", False)


async def test_what_stays_as_bad_beside_other_rulesets_is_not_asked_again(
    admin: Admin, other: Admin, guest: Shopper, goods: Goods
) -> None:
    await order_for(guest.client, goods, 8_500)
    change = await Change.drafted(admin, "149.00")
    expect(await agree(other, await change.ask()))
    await admin.publish(await admin.draft("tax"))
    assert (await change.try_to_publish()).status == 200


async def test_open_ones_are_listed_and_all_of_them(admin: Admin, other: Admin) -> None:
    await publish_policy(admin, STRICT)
    first, second = [await (await Change.drafted(admin, amount)).ask() for amount in ("149.00", "99.00")]
    expect(await agree(other, first))

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in expect(await admin.client.get(f"/rulesets/approvals{query}"))["items"]]

    assert await ids("") == [second["id"]]
    assert await ids("?state=all") == [second["id"], first["id"]]
    page = expect(await admin.client.get("/rulesets/approvals?state=all&limit=1"))
    assert await ids(f"?state=all&limit=1&cursor={page['next']}") == [first["id"]]


async def test_what_another_store_asks_is_not_there(admin: Admin, shop: Shop, client: Client) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    approval = await change.ask()
    elsewhere = await new_store(shop)
    stranger = Admin(Client(client.session, client.base, elsewhere, install_actors(shop).token(elsewhere)))
    assert (await agree(stranger, approval)).code == "approval_unknown"
    assert (await change.try_to_publish(stranger)).code == "draft_unknown"
    assert (await agree(admin, {"id": new_id()})).code == "approval_unknown"


async def test_whoever_writes_drafts_does_not_agree(admin: Admin, shop: Shop, store: Store) -> None:
    await publish_policy(admin, STRICT)
    approval = await (await Change.drafted(admin, "149.00")).ask()
    moderator = Admin(admin.client.signed_in(install_actors(shop).token(store, "user", ("moderator",))))
    assert (await agree(moderator, approval)).code == "not_allowed"


async def test_everything_is_in_the_audit_log(admin: Admin, other: Admin) -> None:
    await publish_policy(admin, STRICT)
    change = await Change.drafted(admin, "149.00")
    approval = await change.ask()
    expect(await agree(other, approval))
    expect(await change.try_to_publish())
    found = expect(await admin.client.get(f"/audit-log?resource_id={change.draft['id']}&resource_type=ruleset"))[
        "items"
    ]
    assert [each["action"] for each in found] == [
        "rulesets.publish", "rulesets.approve", "rulesets.approval_asked", "rulesets.draft_saved", "rulesets.draft",
    ]  # fmt: skip
    assert found[0]["after"]["approval"] == approval["id"]
    assert found[0]["after"]["approved_by"] == found[1]["actor"] != found[2]["actor"]
