"""Lists that go on: nothing twice, nothing left out, and no cursor but ours."""

from __future__ import annotations

import base64
import re
from typing import Any

import msgspec
import pytest

from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.web.probe import write_note
from tests.shop import Client, expect, new_store


async def add(shop: Shop, store: Store, *names: str) -> None:
    async def work(tx: Transaction) -> None:
        for name in names:
            await write_note(tx, name)

    await shop.database.transaction(store.id, work)


async def all_pages(client: Client, first: str) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = expect(await client.get(first + (f"&cursor={cursor}" if cursor else "")))
        pages.append([item["name"] for item in page["items"]])
        cursor = page["next"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
async def test_pages_together_are_the_list(client: Client, shop: Shop, store: Store, limit: int) -> None:
    await add(shop, store, *"abcde")
    pages = await all_pages(client, f"/notes?limit={limit}")
    assert [name for page in pages for name in page] == list("abcde")
    assert all(len(page) <= limit for page in pages)
    assert pages[-1], "no empty page at the end"


async def test_an_empty_list_is_one_empty_page(client: Client) -> None:
    answer = await client.get("/notes")
    assert expect(answer) == {"items": [], "next": None, "prev": None}
    assert "Link" not in answer.headers


async def test_back_is_the_way_one_came(client: Client, shop: Shop, store: Store) -> None:
    await add(shop, store, *"abcde")
    first = expect(await client.get("/notes?limit=2"))
    second = expect(await client.get(f"/notes?limit=2&cursor={first['next']}"))
    third = expect(await client.get(f"/notes?limit=2&cursor={second['next']}"))
    assert (first["prev"], third["next"]) == (None, None)
    back = expect(await client.get(f"/notes?limit=2&cursor={third['prev']}"))
    assert back["items"] == second["items"]
    start = expect(await client.get(f"/notes?limit=2&cursor={back['prev']}"))
    assert start["items"] == first["items"]
    assert start["prev"] is None
    again = expect(await client.get(f"/notes?limit=2&cursor={start['next']}"))
    assert again["items"] == second["items"]


async def test_rows_added_meanwhile_neither_repeat_nor_hide_others(client: Client, shop: Shop, store: Store) -> None:
    await add(shop, store, "b", "d", "f", "h")
    first = expect(await client.get("/notes?limit=2"))
    await add(shop, store, "a", "c", "e", "g")
    second = expect(await client.get(f"/notes?limit=2&cursor={first['next']}"))
    third = expect(await client.get(f"/notes?limit=2&cursor={second['next']}"))
    assert [[item["name"] for item in page["items"]] for page in (first, second, third)] == [
        ["b", "d"],
        ["e", "f"],
        ["g", "h"],
    ]


async def test_the_header_link_names_the_pages_around(client: Client, shop: Shop, store: Store) -> None:
    await add(shop, store, *"abc")
    first = await client.get("/notes?limit=1&beginning=")
    second = await client.get(f"/notes?limit=1&beginning=&cursor={first.json['next']}")
    links = {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', second.headers["Link"])}
    assert set(links) == {"next", "prev"}
    followed = await client.get(links["next"].removeprefix("/api/v1"))
    assert [item["name"] for item in followed.json["items"]] == ["c"]


async def test_a_cursor_is_of_its_list_its_filters_and_its_store(client: Client, shop: Shop, store: Store) -> None:
    await add(shop, store, "a1", "a2", "b1")
    cursor = expect(await client.get("/notes?limit=1&beginning=a"))["next"]
    assert (await client.get(f"/notes?limit=5&beginning=a&cursor={cursor}")).status == 200, "the limit may change"
    other_filter = await client.get(f"/notes?limit=1&beginning=b&cursor={cursor}")
    other_store = Client(client.session, client.base, await new_store(shop))
    for answer in (other_filter, await other_store.get(f"/notes?limit=1&beginning=a&cursor={cursor}")):
        assert (answer.status, answer.code) == (400, "cursor_invalid")


def forged(cursor: str, keys: list[Any]) -> str:
    body = base64.urlsafe_b64encode(msgspec.json.encode([keys, False])).rstrip(b"=").decode()
    return f"{body}.{cursor.partition('.')[2]}"


async def test_a_cursor_that_was_changed_or_made_up_is_refused(client: Client, shop: Shop, store: Store) -> None:
    await add(shop, store, *"abc")
    cursor = expect(await client.get("/notes?limit=1"))["next"]
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    body, _, tag = cursor.partition(".")
    wrong = [
        forged(cursor, ["zzz"]),
        forged(cursor, [["nested"] * 50]),
        flipped,
        body,
        f"{body}.",
        f"{body}.nokey.{tag}",
        f"{body}.dev1.e",
        "x",
        "FF",
        "....",
        "A" * 2000,
    ]
    for made_up in wrong:
        answer = await client.get("/notes", params={"limit": "1", "cursor": made_up})
        assert (answer.status, answer.code) == (400, "cursor_invalid"), made_up
    for no_cursor in ("A" * 2001, "%FF", "é.é", f"{cursor}\n", f"{cursor} ", f"{cursor}="):
        answer = await client.get("/notes", params={"cursor": no_cursor})
        assert (answer.status, answer.code) == (400, "parameters_malformed"), no_cursor
