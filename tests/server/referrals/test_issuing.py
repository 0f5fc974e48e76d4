"""Codes are issued for campaigns of the rules, one or many at a time; none that looks like another."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shoppers
from tests.server.referrals.desk import Desk
from tests.shop import Answer, Client, expect, new_store

CAMPAIGNS = "friends, partners"


def refused(answer: Answer) -> tuple[int, str, list[str]]:
    """Status, code, and where."""
    return answer.status, answer.code, [fault["pointer"] for fault in answer.json.get("errors", [])]


def in_hours(hours: float) -> str:
    """An instant from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def test_a_chosen_code_is_kept_folded_and_shown_in_capitals(desk: Desk) -> None:
    issued = await desk.issue(code="  Partner-77 ", note="for the fair")
    assert (issued["code"], issued["campaign"], issued["coupon"], issued["state"], issued["note"]) == (
        "PARTNER-77", "partners", "partner", "active", "for the fair",
    )  # fmt: skip
    assert (issued["held"], issued["used"], issued["owner_id"], issued["expires_at"]) == (0, 0, None, None)


async def test_a_code_that_nobody_chose_is_made_up(desk: Desk) -> None:
    codes = {(await desk.issue())["code"] for _ in range(3)}
    assert {len(code) for code in codes} == {12}
    assert len(codes) == 3


async def test_the_same_request_again_issues_nothing_more(desk: Desk, goods: Goods) -> None:
    headers = {"Idempotency-Key": new_id().hex}
    first, again = [
        await desk.client.post("/coupons/codes", {"campaign": "partners"}, headers=headers) for _ in range(2)
    ]
    assert expect(first, 201) == expect(again, 201)
    assert await goods.value("SELECT count(*) FROM coupon_codes") == 1


async def test_a_campaign_the_rules_do_not_have_is_refused_with_those_they_have(desk: Desk) -> None:
    for answer in (await desk.try_issue("partner"), await desk.try_batch("partner", count=2)):
        assert refused(answer) == (422, "campaign_unknown", ["/campaign"])
        assert CAMPAIGNS in answer.json["detail"]


@pytest.mark.parametrize("code", ["Partner-10", "PARTNERIO", "partner 10", "PΑRTNER10"])
async def test_a_code_that_is_there_or_looks_like_it_is_refused(desk: Desk, code: str) -> None:
    await desk.issue(code="PARTNER10")
    answer = await desk.try_issue(code=code.replace(" ", "-"))
    assert refused(answer) == (409, "coupon_code_taken", ["/code"])
    assert "PARTNER10" in answer.json["detail"]


@pytest.mark.parametrize("code", ["spring", "5PRlNG", "PR1MAVERA", "O-N-C-E"])
async def test_a_code_that_looks_like_one_of_the_rules_is_refused(desk: Desk, code: str) -> None:
    answer = await desk.try_issue(code=code)
    assert refused(answer) == (409, "coupon_code_taken", ["/code"])
    assert "of the coupons ruleset" in answer.json["detail"]


async def test_a_revoked_code_is_not_issued_again(desk: Desk) -> None:
    await desk.revoke((await desk.issue(code="PARTNER10"))["id"])
    assert (await desk.try_issue(code="PARTNER10")).code == "coupon_code_taken"


@pytest.mark.parametrize("code", ["abc", "with blank", "=SUM(A1)", "x" * 65, "codes", "   "])
async def test_what_cannot_be_a_code_is_refused(desk: Desk, code: str) -> None:
    assert refused(await desk.try_issue(code=code)) == (422, "coupon_code_invalid", ["/code"])


async def test_one_code_asked_for_by_ten_at_once_is_issued_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.try_issue(code=f"FAIR-{'10' if n % 2 else 'IO'}") for n in range(10)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 9]


async def test_a_personal_code_belongs_to_a_user_by_id_or_address(desk: Desk, shoppers: Shoppers) -> None:
    user = await shoppers.user(email="Ana@Example.com", email_folded="ana@example.com")
    by_id = await desk.issue("friends", owner_id=str(user.owner.id))
    by_email = await desk.issue("friends", email=" ANA@example.com")
    assert by_id["owner_id"] == by_email["owner_id"] == str(user.owner.id)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/owner_id"),
        ({"owner_id": str(new_id())}, "/owner_id"),
        ({"email": "nobody@example.com"}, "/email"),
        ({"owner_id": str(new_id()), "email": "a@b.example"}, "/email"),
    ],
)
async def test_a_personal_code_without_a_user_is_refused(desk: Desk, body: dict[str, Any], pointer: str) -> None:
    assert refused(await desk.try_issue("friends", **body)) == (422, "coupon_code_owner", [pointer])


async def test_personal_codes_are_not_issued_in_batches(desk: Desk) -> None:
    assert refused(await desk.try_batch("friends", count=2)) == (422, "coupon_code_owner", ["/campaign"])


async def test_a_user_of_another_store_owns_no_code_here(desk: Desk, shop: Shop, client: Client) -> None:
    other = Client(client.session, client.base, await new_store(shop))
    user = await Shoppers(shop, other, install_actors(shop)).user()
    assert (await desk.try_issue("friends", owner_id=str(user.owner.id))).code == "coupon_code_owner"


async def test_a_code_that_would_have_expired_is_refused(desk: Desk) -> None:
    assert refused(await desk.try_issue(expires_at=in_hours(-1))) == (422, "coupon_code_expired", ["/expires_at"])
    assert (await desk.issue(expires_at=in_hours(1)))["state"] == "active"


async def test_a_batch_is_issued_at_once_and_can_be_had_as_a_file(desk: Desk, goods: Goods) -> None:
    batch = await desk.batch(10_000, prefix="news-", length=8, expires_at=in_hours(24))
    assert len({*batch["codes"]}) == 10_000
    assert all(code.startswith("NEWS-") and len(code) == 13 for code in batch["codes"])
    answer = await desk.client.get(f"/coupons/batches/{batch['id']}/codes.csv")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    head, *rows = csv.reader(answer.raw.decode().splitlines())
    assert head == ["code", "campaign", "expires_at"]
    assert [row[0] for row in rows] == batch["codes"]
    assert {(row[1], datetime.fromisoformat(row[2])) for row in rows} == {
        ("partners", datetime.fromisoformat(batch["expires_at"]))
    }


async def test_a_batch_sends_as_few_statements_as_one_code(desk: Desk) -> None:
    few, many = await desk.try_batch(count=1), await desk.try_batch(count=2_000)
    assert few.statements == many.statements


@pytest.mark.parametrize(
    "body", [{"count": 0}, {"count": 10_001}, {"count": 1, "length": 7}, {"count": 1, "prefix": "="}]
)
async def test_a_batch_has_limits(desk: Desk, body: dict[str, Any]) -> None:
    assert (await desk.try_batch(**body)).code == "body_invalid"


async def test_an_unknown_batch_and_code_are_not_there(desk: Desk) -> None:
    answer = await desk.client.get(f"/coupons/batches/{new_id()}/codes.csv")
    assert (answer.status, answer.code) == (404, "coupon_batch_unknown")
    answer = await desk.client.delete(f"/coupons/codes/{new_id()}")
    assert (answer.status, answer.code) == (404, "coupon_code_unknown")


async def test_codes_are_listed_by_what_they_are(desk: Desk, shoppers: Shoppers) -> None:
    user = await shoppers.user()
    friend = await desk.issue("friends", owner_id=str(user.owner.id), code="FRIEND-1")
    await desk.issue(code="PARTNER-A")
    revoked = await desk.issue(code="PARTNER-B")
    await desk.revoke(revoked["id"])
    batch = await desk.batch(2, prefix="Fair-")
    everything = [*reversed(batch["codes"]), "PARTNER-B", "PARTNER-A", "FRIEND-1"]
    assert await desk.codes() == everything
    assert await desk.codes("campaign=friends") == ["FRIEND-1"]
    assert await desk.codes(f"owner_id={friend['owner_id']}") == ["FRIEND-1"]
    assert await desk.codes(f"batch_id={batch['id']}") == everything[:2]
    assert await desk.codes("code=partner") == ["PARTNER-B", "PARTNER-A"]
    assert await desk.codes("state=revoked") == ["PARTNER-B"]
    assert await desk.codes("state=active&campaign=partners&code=p") == ["PARTNER-A"]
    assert await desk.codes("state=expired") == []


async def test_pages_of_codes_that_were_issued_together_neither_repeat_nor_skip(desk: Desk) -> None:
    batch = await desk.batch(7)
    seen, cursor = [], ""
    while True:
        shown = expect(await desk.client.get(f"/coupons/codes?limit=3{cursor}"))
        seen += [each["code"] for each in shown["items"]]
        if shown["next"] is None:
            break
        cursor = f"&cursor={shown['next']}"
    assert seen == list(reversed(batch["codes"]))
    back = expect(await desk.client.get(f"/coupons/codes?limit=3&cursor={shown['prev']}"))
    assert [each["code"] for each in back["items"]] == seen[3:6]


async def test_revoking_twice_revokes_once_and_is_recorded(desk: Desk, goods: Goods) -> None:
    issued = await desk.issue()
    first, again = [await desk.revoke(issued["id"]) for _ in range(2)]
    assert first == again
    assert first["state"] == "revoked"
    recorded = "SELECT count(*) FROM audit_log WHERE resource_id = $1 AND action = $2"
    assert await goods.value(recorded, issued["id"], "coupons.issue") == 1
    assert await goods.value(recorded, issued["id"], "coupons.revoke") == 1


async def test_only_those_who_may_issue_and_read(desk: Desk, shop: Shop, store: Store, client: Client) -> None:
    issued = await desk.issue()
    support = Desk(client.signed_in(install_actors(shop).token(store, roles=("support",))))
    assert await support.codes() == [issued["code"]]
    assert (await support.try_issue()).code == "not_allowed"
    assert (await support.client.delete(f"/coupons/codes/{issued['id']}")).code == "not_allowed"
    customer = client.signed_in(install_actors(shop).token(store, roles=("customer",)))
    for path in ("/coupons/codes", "/coupons/report", f"/coupons/batches/{issued['batch_id']}/codes.csv"):
        assert (await customer.get(path)).code == "not_allowed"


async def test_codes_of_another_store_are_not_there(desk: Desk, shop: Shop, client: Client) -> None:
    issued = await desk.issue(code="PARTNER-1")
    store = await new_store(shop)
    shop.use(BOOKS).replace(store.id, shop.use(BOOKS).live(desk.client.store))
    other = Client(client.session, client.base, store)
    elsewhere = Desk(other.signed_in(install_actors(shop).token(store, roles=("admin",))))
    assert await elsewhere.codes() == []
    assert (await elsewhere.client.delete(f"/coupons/codes/{issued['id']}")).status == 404
    assert (await elsewhere.client.get(f"/coupons/batches/{issued['batch_id']}/codes.csv")).status == 404
    assert (await elsewhere.issue(code="PARTNER-1"))["code"] == "PARTNER-1"
