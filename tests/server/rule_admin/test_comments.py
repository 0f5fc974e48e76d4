"""People say what they think of a draft; it stays with the version it becomes, and its author can take it back."""

from __future__ import annotations

from typing import Any

from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect


async def test_comments_stay_when_a_draft_is_published(admin: Admin) -> None:
    draft = await admin.draft("tax")
    said = expect(await admin.client.post(f"/rulesets/drafts/{draft['id']}/comments", {"text": "Why?\nBecause."}), 201)
    await admin.publish(draft)
    expect(await admin.client.post("/rulesets/versions/tax/default/2/comments", {"text": "Thanks"}), 201)
    found = expect(await admin.client.get("/rulesets/versions/tax/default/2/comments"))["items"]
    assert [each["text"] for each in found] == ["Why?\nBecause.", "Thanks"]
    assert found[0] == said
    gone = await admin.client.get(f"/rulesets/drafts/{draft['id']}/comments")
    assert (gone.status, gone.code) == (404, "draft_unknown")


async def test_only_its_author_takes_a_comment_back(admin: Admin, shop: Shop, store: Store, client: Client) -> None:
    draft = await admin.draft("tax")
    said = expect(await admin.client.post(f"/rulesets/drafts/{draft['id']}/comments", {"text": "Hm"}), 201)
    other = client.signed_in(install_actors(shop).token(store, "user", ("admin",)))
    refused = await other.delete(f"/rulesets/comments/{said['id']}")
    assert (refused.status, refused.code) == (403, "comment_not_yours")
    expect(await admin.client.delete(f"/rulesets/comments/{said['id']}"), 204)
    again = await admin.client.delete(f"/rulesets/comments/{said['id']}")
    assert (again.status, again.code) == (404, "comment_unknown")
    assert expect(await admin.client.get(f"/rulesets/drafts/{draft['id']}/comments"))["items"] == []
    assert await _audited(shop, store) == ["rulesets.comment", "rulesets.comment_deleted"]


async def test_a_comment_says_something(admin: Admin) -> None:
    draft = await admin.draft("tax")
    for text in ("", " \n ", "x" * 5001, "\u0007"):
        answer = await admin.client.post(f"/rulesets/drafts/{draft['id']}/comments", {"text": text})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/text")


async def _audited(shop: Shop, store: Store) -> list[Any]:
    async def work(tx: Transaction) -> list[Any]:
        rows = await tx.fetch("SELECT action FROM audit_log WHERE action LIKE 'rulesets.comment%' ORDER BY id")
        return [row["action"] for row in rows]

    return await shop.database.transaction(store.id, work)
