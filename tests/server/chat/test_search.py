"""Which messages are found by their words, and by whom?"""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import msgspec

from server.chat import search_repo
from server.web.call import Shop
from storage.ids import new_id
from storage.pages import Window
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.database import SHARED, Cluster
from tests.server.chat.conftest import People, Person, path
from tests.shop import Client, expect, new_store


async def find(person: Person, words: str, **query: Any) -> list[str]:
    """What the messages say that are found, the newest first."""
    listed = expect(await person.client.get("/chat/search", params={"q": words, **query}))
    return [each["message"]["body"] for each in listed["items"]]


async def test_people_find_what_they_may_see_and_staff_all_of_it(people: People) -> None:
    shop, stall, other = await people.ana.begin(), await people.ana.begin(seller="stall"), await people.bea.begin()
    await people.ana.write(shop, "Tea with the shop")
    await people.ana.write(stall, "Tea with the stall")
    await people.bea.write(other, "Tea of somebody else")
    await people.mod.note(shop, "Tea among us")
    assert await find(people.ana, "tea") == ["Tea with the stall", "Tea with the shop"]
    assert await find(people.bea, "tea") == ["Tea of somebody else"]
    assert await find(people.seller, "tea") == ["Tea with the stall"]
    everything = ["Tea among us", "Tea of somebody else", "Tea with the stall", "Tea with the shop"]
    assert await find(people.mod, "tea") == await find(people.sue, "tea") == everything


async def test_who_takes_part_as_staff_finds_nothing_when_they_are_staff_no_more(
    shop: Shop, store: Store, people: People
) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "Tea")
    await shop.database.transaction(
        store.id, lambda tx: tx.execute("UPDATE users SET roles = '{customer}' WHERE id = $1", people.mod.id)
    )
    assert await find(people.mod, "tea") == []


async def test_staff_do_not_find_notes_about_themselves(people: People) -> None:
    own = await people.mod.begin()
    await people.mod.write(own, "My tea is late")
    await people.sue.note(own, "Their tea is always late")
    assert await find(people.mod, "tea") == ["My tea is late"]
    assert len(await find(people.sue, "tea")) == 2


async def test_whole_words_are_found_without_case_and_with_their_accents(people: People) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "A AÇÃO já começou")
    await people.ana.write(begun, "Two parcels, one tea")
    assert len(await find(people.ana, "ação")) == len(await find(people.ana, "parcels TEA")) == 1
    assert len(await find(people.ana, '"one tea"')) == len(await find(people.ana, "ação or tea")) - 1 == 1
    for nothing in ("acao", "parcel", '"tea one"', "tea -parcels", "!!", "' ) & |"):
        assert await find(people.ana, nothing) == [], nothing


async def test_what_was_taken_back_or_edited_away_is_not_found(people: People) -> None:
    begun = await people.ana.begin()
    gone, edited = await people.ana.write(begun, "coffee"), await people.ana.write(begun, "coffee too")
    expect(await people.ana.client.delete(f"{path(begun)}/messages/{gone['id']}"))
    expect(await people.ana.client.patch(f"{path(begun)}/messages/{edited['id']}", {"body": "tea"}))
    assert await find(people.mod, "coffee") == []
    assert await find(people.mod, "tea") == ["tea"]


async def test_an_excerpt_is_plain_text_around_the_words(people: People) -> None:
    begun = await people.ana.begin()
    text = f"{'before ' * 40}* tea *{' after' * 40}"
    await people.ana.write(begun, text)
    found = expect(await people.ana.client.get("/chat/search?q=tea"))["items"][0]
    assert "tea" in found["excerpt"]
    assert found["excerpt"] in text
    assert len(found["excerpt"]) < 250


async def test_pages_turn_both_ways(people: People) -> None:
    begun = await people.ana.begin()
    for number in range(5):
        await people.ana.write(begun, f"tea {number}")
    pages, cursor = [], {}
    for _ in range(3):
        pages.append(expect(await people.ana.client.get("/chat/search", params={"q": "tea", "limit": 2, **cursor})))
        cursor = {"cursor": pages[-1]["next"]}
    bodies = [[each["message"]["body"] for each in page["items"]] for page in pages]
    assert bodies == [["tea 4", "tea 3"], ["tea 2", "tea 1"], ["tea 0"]]
    assert pages[2]["next"] is None
    back = expect(
        await people.ana.client.get("/chat/search", params={"q": "tea", "limit": 2, "cursor": pages[2]["prev"]})
    )
    assert back["items"] == pages[1]["items"]


async def test_other_stores_find_nothing_of_it(shop: Shop, people: People) -> None:
    await people.ana.write(await people.ana.begin(), "tea")
    elsewhere = await new_store(shop)
    admin = await sign_up(shop, elsewhere, ["admin"])
    client = people.ana.client
    stranger = Client(client.session, client.base, elsewhere, admin.token)
    assert expect(await stranger.get("/chat/search?q=tea"))["items"] == []


async def test_the_index_of_words_finds_it_among_thousands(
    shop: Shop, store: Store, people: People, cluster: Cluster
) -> None:
    begun = await people.ana.begin()

    async def fill(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_id, author_role, kind, body)"
            " SELECT gen_random_uuid(), $1, $2, n, n, $3, 'customer', 'text', 'message number n' || n"
            " FROM generate_series(1, 4000) n",
            store.id, begun["id"], people.ana.id,
        )  # fmt: skip

    await shop.database.transaction(store.id, fill)
    owner = await asyncpg.connect(cluster.url(SHARED))
    try:
        await owner.execute("VACUUM ANALYZE chat_messages")  # as PostgreSQL does by itself after so many changes
        await owner.execute("SELECT set_config('app.store_id', $1, false)", str(store.id))
        body: str = await owner.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'search_chat'")
        plan = [row[0] for row in await owner.fetch(f"EXPLAIN {_with_places(body)}", *_ASKED.values())]
    finally:
        await owner.close()
    assert any("Bitmap Index Scan on chat_messages_words" in line for line in plan), plan
    assert not any("Seq Scan on chat_messages" in line for line in plan), plan
    bare = "EXPLAIN SELECT id FROM chat_messages WHERE words @@ websearch_to_tsquery('simple', 'n1')"
    plan = [row[0] for row in await shop.database.transaction(store.id, lambda tx: tx.fetch(bare))]
    assert not any("chat_messages_words" in line for line in plan), "which is what the function is for"
    assert await find(people.ana, "n1234") == ["message number n1234"]
    counted = [(await people.mod.client.get(f"/chat/search?q={words}")).statements for words in ("nothing", "message")]
    assert counted[0] == counted[1]


async def test_customers_and_sellers_read_their_own_messages_alone_however_many_others_say_the_same(
    shop: Shop, store: Store, people: People
) -> None:
    own = await people.ana.begin(seller="stall")
    for number in range(5):
        await people.ana.write(own, f"tea {number}")
    of_others = await people.bea.begin()
    await shop.database.transaction(
        store.id,
        lambda tx: tx.execute(
            "INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_id, author_role, kind, body)"
            " SELECT gen_random_uuid(), $1, $2, n, n, $3, 'customer', 'text', 'tea of somebody else'"
            " FROM generate_series(1, 3000) n",
            store.id, of_others["id"], people.bea.id,
        ),
    )  # fmt: skip
    for person in (people.ana, people.seller):
        looked = await _looked_at(shop, store, person)
        assert looked <= 2 * 5, "each that is found is read once more for its excerpt"
        pages, cursor = [], {}
        for _ in range(3):
            listed = expect(await person.client.get("/chat/search", params={"q": "tea", "limit": 2, **cursor}))
            pages.append([each["message"]["body"] for each in listed["items"]])
            cursor = {"cursor": listed["next"]}
        assert pages == [["tea 4", "tea 3"], ["tea 2", "tea 1"], ["tea 0"]]
    assert len(await find(people.bea, "tea", limit=100)) == 100
    counted = [(await each.client.get("/chat/search?q=tea")).statements for each in (people.ana, people.bea)]
    assert counted[0] == counted[1]


async def _looked_at(shop: Shop, store: Store, person: Person) -> int:
    """How many messages are read to find one page of somebody's own."""

    async def work(tx: Transaction) -> str:
        asked: list[Any] = []

        class Caught(Transaction):
            async def fetch(self, sql: str, *arguments: object) -> list[Any]:
                asked.extend([sql, *arguments])
                return []

        await search_repo.search_own(Caught(tx.connection, tx.store_id), "tea", person.id, Window(None, False, 21))
        plan: str = await tx.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked[0]}", *asked[1:])
        return plan

    plan = msgspec.json.decode(await shop.database.transaction(store.id, work))
    return _rows_of_messages(plan[0]["Plan"])


def _rows_of_messages(node: dict[str, Any]) -> int:
    below = sum(_rows_of_messages(each) for each in node.get("Plans", []))
    if node.get("Relation Name") != "chat_messages":
        return below
    removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return below + round(node["Actual Loops"] * (node["Actual Rows"] + removed))


_ASKED = {
    "search_chat.words": "n1234", "viewer": new_id(), "is_staff": True, "has_own": True, "beyond": None,
    "beyond_id": None, "backwards": False, "most": 20,
}  # fmt: skip
_TYPES = ("text", "uuid", "boolean", "boolean", "timestamptz", "uuid", "boolean", "integer")


def _with_places(body: str) -> str:
    """The statement of the function, its parameters by their places."""
    for place, (name, kind) in enumerate(zip(_ASKED, _TYPES, strict=True), 1):
        body = re.sub(rf"(?<![\w.]){re.escape(name)}\b", f"${place}::{kind}", body)
    return body
