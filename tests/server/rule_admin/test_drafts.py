"""A draft is kept as it is written, over what its author read, and is told everything that is wrong with it."""

from __future__ import annotations

from uuid import uuid4

from tests.server.cart.goods import Goods
from tests.server.rule_admin.admins import Admin
from tests.shop import expect


async def test_a_draft_begins_with_what_decides_now_and_names_the_next_version(admin: Admin) -> None:
    draft = await admin.draft("promotions", comment="November")
    assert (draft["status"], draft["number"], draft["comment"]) == ("draft", None, "November")
    text, tag = await admin.source(draft)
    assert "\nversion: 2\n" in text
    assert tag == f'"{draft["content_hash"]}"'
    checked = await admin.check(draft)
    assert (checked["errors"], checked["publishable"]) == (0, True)
    assert all(case["passed"] for case in checked["cases"])
    assert len(checked["cases"]) > 5


async def test_a_table_beside_a_ruleset_comes_along(admin: Admin) -> None:
    checked = await admin.check(await admin.draft("shipping"))
    assert checked["errors"] == 0


async def test_a_draft_is_saved_over_what_was_read(admin: Admin) -> None:
    draft = await admin.draft("promotions")
    text, tag = await admin.source(draft)
    saved = await admin.try_to_save(draft, text + "\n# a note\n", tag)
    assert expect(saved)["content_hash"] != draft["content_hash"]
    stale = await admin.try_to_save(draft, text, tag)
    assert (stale.status, stale.code) == (412, "content_changed")
    missing = await admin.try_to_save(draft, text, None)
    assert (missing.status, missing.code) == (428, "content_version_missing")
    assert (await admin.source(draft))[0] == text + "\n# a note\n"


async def test_a_faulty_draft_is_kept_and_every_fault_has_its_place(admin: Admin) -> None:
    draft = await admin.draft("promotions")
    await admin.change(draft, ("percent_off: 10, on: order", "percent_of: 10, on: order"))
    checked = await admin.check(draft)
    assert not checked["publishable"]
    faults = [each for each in checked["findings"] if each["severity"] == "error"]
    assert all(fault["at"].startswith("promotions/default.yaml:") for fault in faults)
    assert any("percent_off" in f"{fault['message']} {fault['hint']}" for fault in faults)


async def test_a_case_that_fails_is_shown_and_forbids_to_publish(admin: Admin) -> None:
    draft = await admin.draft("checkout")
    await admin.change(draft, ('minimum_order: {amount: "20.00"', 'minimum_order: {amount: "25.00"'))
    checked = await admin.check(draft)
    assert [case["name"] for case in checked["cases"] if not case["passed"]] == [
        "20.00 is enough",
        "a card pays any order",
    ]
    answer = await admin.try_to_publish(draft)
    assert (answer.status, answer.code) == (422, "ruleset_faulty")
    assert answer.json["errors"][0]["message"].startswith("checkout/default.yaml:")


async def test_drafts_of_other_stores_and_unknown_kinds_are_not_there(admin: Admin, goods: Goods) -> None:
    answer = await admin.client.get(f"/rulesets/drafts/{uuid4()}")
    assert (answer.status, answer.code) == (404, "draft_unknown")
    answer = await admin.client.post("/rulesets/drafts", {"kind": "promotion"})
    assert (answer.status, answer.code) == (422, "ruleset_kind_unknown")
    assert "promotions" in answer.json["detail"]


async def test_a_draft_can_be_thrown_away(admin: Admin) -> None:
    draft = await admin.draft("tax")
    expect(await admin.client.delete(f"/rulesets/drafts/{draft['id']}"), 204)
    assert expect(await admin.client.get("/rulesets/drafts"))["items"] == []
