"""Does a link in a message switch off what it came with, and nothing else, without signing in?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest

from server.keys import KeyRing
from server.telling.channels import Message
from server.telling.unsubscribing import LIFETIME, PATH, Subscription, read, sign, unsubscribe_link
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.telling.people import Telling
from tests.shop import Answer, Client

NOW = datetime.now(UTC)


def reminder(**changes: object) -> Message:
    message = Message(
        id=new_id(), channel="email", category="reminders", template="abandoned-cart", address="Ana@Example.com",
        user_id=None, locale="en", rule="abandoned-cart", created_at=NOW,
    )  # fmt: skip
    return replace(message, **changes)  # type: ignore[arg-type]


def path_of(shop: Shop, store: Store, message: Message) -> str:
    link = unsubscribe_link(shop, store, message)
    assert link is not None
    return "/" + link.removeprefix(shop.settings.base_url)


async def unwanted(here: Telling) -> set[tuple[str, str, str]]:
    rows = await here.shop.database.transaction(
        here.store.id, lambda tx: tx.fetch("SELECT recipient, category, channel FROM notification_preferences")
    )
    return {(row["recipient"], row["category"], row["channel"]) for row in rows}


async def test_looking_at_the_link_changes_nothing(client: Client, shop: Shop, here: Telling) -> None:
    answer = await client.get(path_of(shop, here.store, reminder()))
    assert answer.status == HTTPStatus.OK
    assert b'<form method="post">' in answer.raw
    assert b"Parar de receber lembretes de Test store?" in answer.raw
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert await unwanted(here) == set()


async def test_a_mail_program_unsubscribes_with_one_post(client: Client, shop: Shop, here: Telling) -> None:
    path = path_of(shop, here.store, reminder())
    for _ in range(2):
        answer = await client.call("POST", path, data=b"List-Unsubscribe=One-Click")
        assert answer.status == HTTPStatus.OK
    assert await unwanted(here) == {("ana@example.com", "reminders", "email")}


async def test_the_link_of_a_user_switches_off_for_the_account(client: Client, shop: Shop, here: Telling) -> None:
    ana = await sign_up(shop, here.store, ["customer"])
    await client.call("POST", path_of(shop, here.store, reminder(user_id=ana.id)))
    assert await unwanted(here) == {(str(ana.id), "reminders", "email")}


async def test_the_link_of_an_account_that_is_gone_does_no_harm(client: Client, shop: Shop, here: Telling) -> None:
    answer = await client.call("POST", path_of(shop, here.store, reminder(user_id=new_id())))
    assert answer.status == HTTPStatus.OK
    assert await unwanted(here) == set()


async def _refused(client: Client, here: Telling, path: str) -> None:
    answers: list[Answer] = [await client.get(path), await client.call("POST", path)]
    assert [each.status for each in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert all(b"<form" not in each.raw for each in answers)
    assert await unwanted(here) == set()


@pytest.mark.parametrize("token", ["", "a", "é", "W10.k.s", "x" * 5_000, "%00"])
async def test_a_link_that_is_not_ours_does_nothing(token: str, client: Client, here: Telling) -> None:
    await _refused(client, here, f"/{PATH}?token={token}")


async def test_a_forged_link_does_nothing(client: Client, shop: Shop, here: Telling) -> None:
    mine = Subscription(here.store.id, "ana@example.com", "reminders", "email", int((NOW + LIFETIME).timestamp()))
    forged = sign(KeyRing((("k1", b"x" * 32),)), mine)
    await _refused(client, here, f"/{PATH}?token={forged}")
    content, _, signature = sign(shop.keys, mine).partition(".")
    other, _, _ = sign(shop.keys, Subscription(here.store.id, "bia@example.com", "reminders", "email", 1)).partition(
        "."
    )
    assert content != other
    await _refused(client, here, f"/{PATH}?token={other}.{signature}")


async def test_a_link_that_is_too_old_does_nothing(client: Client, shop: Shop, here: Telling) -> None:
    old = reminder(created_at=NOW - LIFETIME - timedelta(minutes=1))
    await _refused(client, here, path_of(shop, here.store, old))


def test_what_is_always_told_has_no_link(shop: Shop, store: Store) -> None:
    assert unsubscribe_link(shop, store, reminder(category="order")) is None
    assert unsubscribe_link(shop, store, reminder(category="account", rule=None)) is None


def test_a_token_says_what_was_signed(shop: Shop) -> None:
    subscription = Subscription(new_id(), "a@example.com", "marketing", "email", 1)
    assert read(shop.keys, sign(shop.keys, subscription)) == subscription
