"""What is answered again and again, how is it found, and what is filled in?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.chat.canned import filled
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.chat.conftest import People
from tests.server.chat.test_conversations import ordered
from tests.shop import expect

HELLO = {"shortcut": "hello", "title": "Greeting", "body": "Hello {customer}, about {order}:", "locale": "en"}


async def keep(people: People, **changes: Any) -> Any:
    """Keep an answer."""
    return expect(await people.mod.client.post("/chat/canned-answers", {**HELLO, **changes}), 201)


async def test_it_is_found_by_how_its_shortcut_begins_in_the_language_that_is_spoken(people: People) -> None:
    for shortcut, locale in (("hello", "en"), ("hello", "pt-BR"), ("help", None), ("bye", "en")):
        await keep(people, shortcut=shortcut, locale=locale)

    async def found(query: str) -> list[tuple[str, str | None]]:
        listed = expect(await people.sue.client.get(f"/chat/canned-answers?{query}"))["items"]
        return [(each["shortcut"], each["locale"]) for each in listed]

    assert await found("prefix=hel&locale=pt-PT") == [("hello", "pt-BR"), ("help", None)]
    assert await found("prefix=hel&locale=en") == [("hello", "en"), ("help", None)]
    assert await found("locale=de") == [("help", None)]
    assert await found("prefix=%25") == []
    assert len(await found("")) == 4
    page = expect(await people.sue.client.get("/chat/canned-answers?limit=2"))
    following = expect(await people.sue.client.get(f"/chat/canned-answers?limit=2&cursor={page['next']}"))
    names = [each["shortcut"] for each in (*page["items"], *following["items"])]
    assert names == ["bye", "hello", "hello", "help"]


async def test_names_are_those_of_notifications_too(shop: Shop, people: People) -> None:
    kept = await keep(people, body="{customer.name} and {customer}: {order.number} is {order}")
    number = await ordered(shop, people.ana, people)
    about = await people.ana.begin(order=number)
    where = f"/chat/canned-answers/{kept['id']}/rendered"
    filled_in = expect(await people.mod.client.get(where, params={"conversation_id": about["id"]}))
    assert filled_in == {"text": f"Ana Souza and Ana Souza: {number} is #{number}", "missing": []}
    refused = await people.mod.client.post("/chat/canned-answers", {**HELLO, "body": "{order.total}"})
    assert "{customer.name}, {order}, {order.number}" in refused.json["detail"]


async def test_what_is_known_of_the_conversation_is_filled_in(shop: Shop, people: People) -> None:
    kept = await keep(people)
    number = await ordered(shop, people.ana, people)
    about, plain = await people.ana.begin(order=number), await people.ana.begin()
    where = f"/chat/canned-answers/{kept['id']}/rendered"
    full = expect(await people.mod.client.get(where, params={"conversation_id": about["id"]}))
    assert full == {"text": f"Hello Ana Souza, about #{number}:", "missing": []}
    part = expect(await people.mod.client.get(where, params={"conversation_id": plain["id"]}))
    assert part == {"text": "Hello Ana Souza, about {order}:", "missing": ["order"]}
    unknown = await people.mod.client.get(where, params={"conversation_id": str(new_id())})
    assert unknown.code == "conversation_unknown"
    assert (await people.mod.messages(plain))["items"] == [], "nothing was sent"


@pytest.mark.parametrize("body", ["Hello {name}", "{}", "{ customer }", "{customer} {Order}"])
async def test_what_cannot_be_filled_in_is_refused_when_it_is_written(people: People, body: str) -> None:
    refused = await people.mod.client.post("/chat/canned-answers", {**HELLO, "body": body})
    assert (refused.status, refused.code) == (422, "canned_answer_invalid")
    assert refused.json["errors"][0]["pointer"] == "/body"
    kept = await keep(people)
    changed = await people.mod.client.put(f"/chat/canned-answers/{kept['id']}", {**HELLO, "body": body})
    assert changed.code == "canned_answer_invalid"


async def test_a_shortcut_is_given_once_in_each_language(people: People) -> None:
    await keep(people)
    other = await keep(people, locale=None)
    for body in (HELLO, {**HELLO, "locale": None}):
        assert (await people.mod.client.post("/chat/canned-answers", body)).code == "canned_answer_taken"
    taken = await people.mod.client.put(f"/chat/canned-answers/{other['id']}", HELLO)
    assert (taken.status, taken.code) == (409, "canned_answer_taken")


async def test_every_change_is_written_down(shop: Shop, store: Store, people: People) -> None:
    kept = await keep(people)
    where = f"/chat/canned-answers/{kept['id']}"
    for _ in range(2):
        changed = expect(await people.sue.client.put(where, {**HELLO, "body": "Hi {customer}"}))
    assert (changed["body"], expect(await people.mod.client.get(where))["body"]) == ("Hi {customer}",) * 2
    assert (await people.mod.client.delete(where)).status == 204
    assert (await people.mod.client.get(where)).code == "canned_answer_unknown"
    assert (await people.mod.client.delete(where)).code == "canned_answer_unknown"
    rows = await shop.database.transaction(
        store.id, lambda tx: tx.fetch("SELECT action, actor_id FROM audit_log ORDER BY created_at, id")
    )
    assert [tuple(each) for each in rows] == [
        ("chat.canned_answer_created", people.mod.id),
        ("chat.canned_answer_changed", people.sue.id),
        ("chat.canned_answer_deleted", people.mod.id),
    ]


async def test_customers_have_nothing_to_do_with_it(people: People) -> None:
    kept = await keep(people)
    for answer in (
        await people.ana.client.get("/chat/canned-answers"),
        await people.ana.client.get(f"/chat/canned-answers/{kept['id']}"),
        await people.ana.client.post("/chat/canned-answers", {**HELLO, "shortcut": "own"}),
    ):
        assert answer.status == 403


@given(st.text(max_size=80), st.text(max_size=20))
def test_what_is_filled_in_is_not_filled_in_again(body: str, name: str) -> None:
    rendered = filled(body.replace("{", "(") + "{customer}", {"customer": name or None, "order": None})
    assert rendered.text == body.replace("{", "(") + (name or "{customer}")
    assert rendered.missing == ([] if name else ["customer"])
