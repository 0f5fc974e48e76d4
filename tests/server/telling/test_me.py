"""Do people read what they were told, and decide what they want to be told?"""

from __future__ import annotations

from http import HTTPStatus

import pytest

from server.web.call import Shop
from storage.ids import new_id
from tests.contract.people import sign_up
from tests.server.actors import install_actors
from tests.server.telling.people import Telling
from tests.shop import Client, expect, new_store


async def put(here: Telling, user_id: object, title: str, *, seconds: int = 0) -> str:
    """A message in the inbox, sent so long ago; its id."""
    id = new_id()
    await here.execute(
        "INSERT INTO messages (id, store_id, key, channel, category, template, user_id, address, locale, state,"
        " next_try_at, sent_at, title, body) VALUES ($1::uuid, $2, $1::text, 'inbox', 'order', 'own', $3::uuid,"
        " $3::text, 'en', 'sent', NULL, now() - make_interval(secs => $5), $4, 'Body')",
        id, here.store.id, user_id, title, float(seconds),
    )  # fmt: skip
    return str(id)


async def test_the_inbox_turns_its_pages_the_newest_first(client: Client, shop: Shop, here: Telling) -> None:
    ana = await sign_up(shop, here.store, ["customer"])
    me = client.signed_in(ana.token)
    for number in range(5):
        await put(here, ana.id, f"m{number}", seconds=number)
    first = expect(await me.get("/me/inbox", params={"limit": 2}))
    second = expect(await me.get("/me/inbox", params={"limit": 2, "cursor": first["next"]}))
    back = expect(await me.get("/me/inbox", params={"limit": 2, "cursor": second["prev"]}))
    assert [each["title"] for each in first["items"] + second["items"]] == ["m0", "m1", "m2", "m3"]
    assert back["items"] == first["items"]
    assert expect(await me.get("/me/inbox/unread")) == {"unread": 5}


async def test_what_is_read_counts_no_longer(client: Client, shop: Shop, here: Telling) -> None:
    ana = await sign_up(shop, here.store, ["customer"])
    me = client.signed_in(ana.token)
    one, _ = await put(here, ana.id, "a"), await put(here, ana.id, "b")
    assert expect(await me.post(f"/me/inbox/{one}/read")) == {"unread": 1}
    assert expect(await me.post(f"/me/inbox/{one}/read")) == {"unread": 1}
    unread = expect(await me.get("/me/inbox", params={"unread": "true"}))
    assert [each["title"] for each in unread["items"]] == ["b"]
    assert expect(await me.post("/me/inbox/read")) == {"unread": 0}


async def test_nobody_reads_the_inbox_of_another(client: Client, shop: Shop, here: Telling) -> None:
    ana, bia = await sign_up(shop, here.store, ["customer"]), await sign_up(shop, here.store, ["admin"])
    message = await put(here, ana.id, "for Ana")
    other = client.signed_in(bia.token)
    assert expect(await other.get("/me/inbox"))["items"] == []
    answer = await other.post(f"/me/inbox/{message}/read")
    assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "message_unknown")


async def test_everything_optional_is_wanted_until_somebody_says_otherwise(client: Client, shop: Shop) -> None:
    ana = await sign_up(shop, client.store, ["customer"])
    me = client.signed_in(ana.token)
    before = expect(await me.get("/me/notification-preferences"))["preferences"]
    assert {each["category"] for each in before} == {"reminders", "marketing"}
    assert all(each["wanted"] for each in before)
    change = {"category": "marketing", "channel": "email", "wanted": False}
    after = expect(await me.patch("/me/notification-preferences", {"preferences": [change]}))["preferences"]
    assert [each for each in after if not each["wanted"]] == [change]
    assert expect(await me.get("/me/notification-preferences"))["preferences"] == after


async def test_staff_choose_what_they_are_told_as_staff(client: Client, shop: Shop) -> None:
    bia = await sign_up(shop, client.store, ["support"])
    found = expect(await client.signed_in(bia.token).get("/me/notification-preferences"))["preferences"]
    assert "staff" in {each["category"] for each in found}


async def test_what_is_always_told_cannot_be_switched_off(client: Client, shop: Shop, here: Telling) -> None:
    ana = await sign_up(shop, client.store, ["customer"])
    wrong = [
        {"category": "order", "channel": "email", "wanted": False},
        {"category": "marketing", "channel": "email", "wanted": False},
        {"category": "reminders", "channel": "sms", "wanted": False},
    ]
    answer = await client.signed_in(ana.token).patch("/me/notification-preferences", {"preferences": wrong})
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
    found = {(each["pointer"], each["code"]) for each in answer.json["errors"]}
    assert ("/preferences/0", "category_not_optional") in found
    assert await here.execute("DELETE FROM notification_preferences") == 0, "nothing was changed"


@pytest.mark.parametrize("path", ["/me/inbox", "/me/inbox/unread", "/me/notification-preferences"])
async def test_the_platform_has_no_inbox_here(path: str, client: Client, shop: Shop) -> None:
    token = install_actors(shop).token(client.store, "platform")
    answer = await client.signed_in(token).get(path)
    assert (answer.status, answer.code) == (HTTPStatus.FORBIDDEN, "not_a_user")


async def test_wishes_are_of_one_store(client: Client, shop: Shop, here: Telling) -> None:
    ana = await sign_up(shop, client.store, ["customer"])
    await here.unwanted(ana.id, "marketing")
    elsewhere = Telling(shop, await new_store(shop))
    assert await elsewhere.execute("DELETE FROM notification_preferences") == 0
