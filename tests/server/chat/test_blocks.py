"""Who may read but not write, and for how long?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.chat.conftest import People, Person, new, path
from tests.shop import Answer, expect

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


async def block(people: People, who: Person, **terms: Any) -> Answer:
    """Keep somebody from writing."""
    return await people.mod.client.post("/chat/blocks", {"user_id": str(who.id), "reason": "Insults", **terms})


async def test_who_is_blocked_reads_and_does_not_write(people: People) -> None:
    begun = await people.ana.begin()
    written = await people.ana.write(begun, "Grr")
    made = expect(await block(people, people.ana, until=TOMORROW.isoformat()))
    assert (made["user_id"], made["blocked_by"]) == (str(people.ana.id), str(people.mod.id))
    headers = {"Content-Type": "text/plain"}
    for answer in (
        await people.ana.client.post(f"{path(begun)}/messages", {"client_id": str(new_id()), "body": "Grr"}),
        await people.ana.client.patch(f"{path(begun)}/messages/{written['id']}", {"body": "Grrr"}),
        await people.ana.client.post(f"{path(begun)}/attachments", data=b"Grr", headers=headers),
        await people.ana.client.post("/chat/conversations", new()),
    ):
        assert (answer.status, answer.code) == (403, "writing_blocked")
        assert datetime.fromisoformat(answer.json["parameters"]["until"]) == TOMORROW
        assert "Insults" not in answer.raw.decode(), "the reason is for staff"
    await people.mod.write(begun, "You can write tomorrow")
    assert len((await people.ana.messages(begun))["items"]) == 2
    await people.bea.write(await people.bea.begin(), "Others write")
    assert (await people.mod.client.delete(f"/chat/blocks/{people.ana.id}")).status == 204
    await people.ana.write(begun, "Sorry")


async def test_it_ends_by_itself(shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    expect(await block(people, people.ana, until=TOMORROW.isoformat()))
    expect(await block(people, people.bea))
    listed = expect(await people.sue.client.get("/chat/blocks"))["items"]
    assert [each["user_id"] for each in listed] == [str(people.bea.id), str(people.ana.id)]
    await shop.database.transaction(
        store.id, lambda tx: tx.execute("UPDATE chat_blocks SET until = now() WHERE until IS NOT NULL")
    )
    await people.ana.write(begun, "Here again")
    listed = expect(await people.sue.client.get("/chat/blocks"))["items"]
    assert [(each["user_id"], each["until"]) for each in listed] == [(str(people.bea.id), None)]
    assert (await people.mod.client.delete(f"/chat/blocks/{people.ana.id}")).code == "chat_block_unknown"


async def test_every_change_is_written_down(shop: Shop, store: Store, people: People) -> None:
    for terms in ({}, {}, {"until": TOMORROW.isoformat()}):
        expect(await block(people, people.ana, **terms))
    await people.mod.client.delete(f"/chat/blocks/{people.ana.id}")
    rows = await shop.database.transaction(
        store.id, lambda tx: tx.fetch("SELECT action, resource_id, actor_id FROM audit_log ORDER BY created_at, id")
    )
    assert [each["action"] for each in rows] == ["chat.block", "chat.block", "chat.unblock"]
    assert {(each["resource_id"], each["actor_id"]) for each in rows} == {(str(people.ana.id), people.mod.id)}


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_time_that_is_over_or_never_comes_is_refused(people: People, until: str) -> None:
    refused = await block(people, people.ana, until=until)
    assert (refused.code, refused.json["errors"][0]["pointer"]) == ("chat_block_invalid", "/until")


async def test_only_other_people_of_the_store_are_blocked_and_only_by_staff(people: People) -> None:
    own = await people.mod.client.post("/chat/blocks", {"user_id": str(people.mod.id), "reason": "Me"})
    unknown = await people.mod.client.post("/chat/blocks", {"user_id": str(new_id()), "reason": "Who"})
    assert [own.code, unknown.code] == ["chat_block_invalid"] * 2
    assert (await people.ana.client.post("/chat/blocks", {"user_id": str(people.bea.id), "reason": "x"})).status == 403
    assert (await people.ana.client.get("/chat/blocks")).status == 403
