"""Do people's browsers get what they are told, so that nobody else reads it, and are those that are gone forgotten?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.settings import SettingsError
from server.telling import people_repo
from server.telling.channels import CHANNELS, Message, Outcome, Refused, Sent, TryAgain
from server.telling.people_repo import About
from server.telling.planning import recipient_of
from server.telling.push_key import read_push_key
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import Person, sign_up
from tests.server.telling.people import Telling
from tests.server.telling.push_services import PushService, encoded, push_service
from tests.shop import Answer, Client, expect, test_settings

OWN = {"subject": "Spring is here", "heading": "Spring", "body": "Shoes have come.", "link": "https://shop.example/s"}


@pytest.fixture
def here(shop: Shop, store: Store) -> Telling:
    return Telling(shop, store)


async def subscribe(client: Client, person: Person, service: PushService, name: str) -> Answer:
    return await client.signed_in(person.token).post("/notifications/subscribe", service.subscription(name))


async def browsers(here: Telling) -> list[tuple[UUID, str]]:
    async def work(tx: Transaction) -> list[tuple[UUID, str]]:
        rows = await tx.fetch("SELECT user_id, endpoint FROM push_subscriptions ORDER BY endpoint")
        return [(row["user_id"], row["endpoint"].rpartition("/")[2]) for row in rows]

    return await here.shop.database.transaction(here.store.id, work)


async def pushed(shop: Shop, store: Store, user_id: UUID | None, **changes: Any) -> Outcome:
    plain: dict[str, Any] = {
        "id": new_id(), "channel": "push", "category": "order", "template": "own", "address": str(user_id),
        "locale": "en", "values": OWN, "created_at": datetime(2026, 3, 9, tzinfo=UTC),
    }  # fmt: skip
    return await shop.use(CHANNELS)["push"].send(shop, store, Message(user_id=user_id, **{**plain, **changes}))


async def test_a_push_reaches_every_browser_and_only_they_can_read_it(shop: Shop, store: Store, client: Client) -> None:
    ana = await sign_up(shop, store, ["customer"])
    async with push_service() as service:
        for name in ("phone", "laptop", "phone"):
            expect(await subscribe(client, ana, service, name), 204)
        message_id = new_id()
        assert await pushed(shop, store, ana.id, id=message_id) == Sent(note="2 of 2 browsers")
        shown = {
            "id": str(message_id), "title": "Spring is here", "body": "Shoes have come.",
            "link": "https://shop.example/s", "locale": "en",
        }  # fmt: skip
        assert sorted(service.got) == [("laptop", shown), ("phone", shown)]
        assert service.headers[0]["TTL"] == "86400"
        assert service.headers[0]["Topic"] == encoded(message_id.bytes)


async def test_browsers_subscribe_with_the_key_that_signs(shop: Shop, client: Client) -> None:
    key = expect(await client.get("/notifications/push-key"))["key"]
    known = read_push_key(shop.settings)
    assert known is not None
    assert key == known.public
    assert len(key) == 87


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    shop: Shop, store: Store, client: Client, here: Telling, status: int
) -> None:
    ana = await sign_up(shop, store, ["customer"])
    async with push_service() as service:
        for name in ("laptop", "phone"):
            expect(await subscribe(client, ana, service, name), 204)
        service.says["phone"] = status, {}
        assert await pushed(shop, store, ana.id) == Sent(note="1 of 2 browsers")
        assert await browsers(here) == [(ana.id, "laptop")]
        service.says["laptop"] = status, {}
        assert await pushed(shop, store, ana.id) == Refused(
            "no browser of the account wants pushes any more", bounced=True
        )
    assert await browsers(here) == []
    assert await pushed(shop, store, ana.id) == Refused("the account has no browser any more that is pushed to")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"), [(429, {"Retry-After": "60"}, 60), (500, {}, None), (503, {}, None)]
)
async def test_a_push_service_that_is_busy_or_broken_is_asked_again(
    shop: Shop, store: Store, client: Client, here: Telling, status: int, headers: dict[str, str], seconds: int | None
) -> None:
    ana = await sign_up(shop, store, ["customer"])
    async with push_service() as service:
        expect(await subscribe(client, ana, service, "phone"), 204)
        service.says["phone"] = status, headers
        outcome = await pushed(shop, store, ana.id)
    assert isinstance(outcome, TryAgain)
    assert outcome.in_seconds == seconds
    assert not outcome.outage
    assert await browsers(here) == [(ana.id, "phone")]
    away = await pushed(shop, store, ana.id)
    assert isinstance(away, TryAgain), "the push service is not there at all"


async def test_what_a_push_service_refuses_is_refused(shop: Shop, store: Store, client: Client) -> None:
    ana = await sign_up(shop, store, ["customer"])
    async with push_service() as service:
        expect(await subscribe(client, ana, service, "phone"), 204)
        service.says["phone"] = 413, {}
        outcome = await pushed(shop, store, ana.id)
    assert isinstance(outcome, Refused)
    assert not outcome.bounced


async def test_guests_have_no_browsers(shop: Shop, store: Store) -> None:
    assert isinstance(await pushed(shop, store, None), Refused)


async def test_every_fault_of_a_subscription_is_told(shop: Shop, store: Store, client: Client, here: Telling) -> None:
    ana = await sign_up(shop, store, ["customer"])
    body = {"endpoint": "https://10.0.0.1/push", "keys": {"p256dh": encoded(b"\4" + bytes(64)), "auth": "c2hvcnQ"}}
    refused = await client.signed_in(ana.token).post("/notifications/subscribe", body)
    assert (refused.status, refused.code) == (422, "body_invalid")
    assert [fault["pointer"] for fault in refused.json["errors"]] == ["/endpoint", "/keys/p256dh", "/keys/auth"]
    assert await browsers(here) == []


async def test_a_browser_is_whose_it_is_now_and_leaves_by_their_word_alone(
    shop: Shop, store: Store, client: Client, here: Telling
) -> None:
    ana, bea = await sign_up(shop, store, ["customer"]), await sign_up(shop, store, ["customer"])
    async with push_service() as service:
        expect(await subscribe(client, ana, service, "laptop"), 204)
        expect(await subscribe(client, bea, service, "laptop"), 204)
        assert await browsers(here) == [(bea.id, "laptop")]
        query = {"endpoint": service.subscription("laptop")["endpoint"]}
        other = await client.signed_in(ana.token).delete("/notifications/subscribe", params=query)
        assert (other.status, other.code) == (404, "subscription_unknown")
        expect(await client.signed_in(bea.token).delete("/notifications/subscribe", params=query), 204)
    assert await browsers(here) == []


async def test_only_the_newest_twenty_browsers_of_a_person_count(
    shop: Shop, store: Store, client: Client, here: Telling
) -> None:
    ana = await sign_up(shop, store, ["customer"])
    service = PushService(origin="https://push.example")
    for number in range(21):
        expect(await subscribe(client, ana, service, f"{number:02}"), 204)
    assert [name for _, name in await browsers(here)] == [f"{number:02}" for number in range(1, 21)]


async def test_who_has_a_browser_can_be_told_by_push(shop: Shop, store: Store, client: Client, here: Telling) -> None:
    ana, bea = await sign_up(shop, store, ["customer"]), await sign_up(shop, store, ["customer"])
    expect(await subscribe(client, ana, PushService(origin="https://push.example"), "phone"), 204)
    rule = here.document.rules[0]

    async def work(tx: Transaction) -> dict[UUID | None, bool]:
        found = [await people_repo.find(tx, ["customer"], About(customer_id=each.id), []) for each in (ana, bea)]
        return {p.user_id: "push" in recipient_of(rule, p).addresses for people in found for p in people}

    assert await shop.database.transaction(store.id, work) == {ana.id: True, bea.id: False}


@pytest.mark.parametrize("key", ["short", "AAAA" * 11, "not base64url!"])
def test_a_key_that_is_none_is_refused_at_the_start(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="SOSTECH_VAPID_KEY"):
        read_push_key(test_settings(tmp_path, vapid_key=key))


def test_production_makes_no_key_of_its_own(tmp_path: Path) -> None:
    assert read_push_key(test_settings(tmp_path, environment="production")) is None
    made, again = (read_push_key(test_settings(tmp_path)) for _ in range(2))
    assert made is not None
    assert again is not None
    assert made.public == again.public
