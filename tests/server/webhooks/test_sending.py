"""What happened reaches those who want to know, signed, at least once, whatever they answer and whoever is killed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from msgspec.structs import replace

from notifications.outbox import announce
from server.background.repo import due_work
from server.background.sweeping import sweep
from server.events.delivering import deliver_due as deliver_events
from server.events.spreading import spread
from server.keys import KeyRing
from server.payments.providers.signatures import check
from server.ports import EventNotBelieved
from server.web.public_client import PUBLIC_CLIENT, PublicClient, open_public_client
from server.webhooks import sending
from server.webhooks.attempts import LEAST_ATTEMPTS, MOST_ATTEMPTS, pause_of
from server.webhooks.deliveries_repo import Claimed, claim, forget
from server.webhooks.sending import HANDS_OF_ENDPOINT, POSTMAN
from storage.errors import DatabaseUnavailable
from storage.transaction import Transaction
from tests.server.events.killing import accident
from tests.server.webhooks.conftest import AT, REFUSED, Got, Hooks, NewReceiver, status, taken
from tests.shop import expect


async def is_signed_with(got: Got, secret: str, hooks: Hooks) -> bool:
    """Whether a receiver with this secret believes it now."""
    (row,) = await hooks.rows("SELECT now() AS now")
    try:
        check(got.headers["Sostech-Signature"], got.body, [secret.encode()], row["now"])
    except EventNotBelieved:
        return False
    return True


async def test_what_was_announced_arrives_signed_and_once(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url, "CouponRefused")
    await hooks.shop.database.transaction(hooks.store.id, lambda tx: announce(tx, REFUSED))
    while await spread(hooks.shop):
        pass
    await deliver_events(hooks.shop, hooks.store)
    assert "webhook" in {work.kind for work in await due_work(hooks.shop.database)}
    assert await hooks.send() == 1
    assert await hooks.send() == 0
    (event,) = await hooks.rows("SELECT id, occurred_at FROM events")
    (got,) = receiver.got
    assert got.json == {
        "id": str(event["id"]), "type": "CouponRefused", "version": 1, "store": hooks.store.slug,
        "created": event["occurred_at"].isoformat().replace("+00:00", "Z"),
        "data": {"coupon_code": "c", "coupon_reason": "unknown", "device_id": "d", "customer_id": None},
    }  # fmt: skip
    assert (got.headers["Sostech-Event-Id"], got.headers["Sostech-Event"]) == (str(event["id"]), "CouponRefused")
    assert got.headers["Content-Type"] == "application/json"
    assert await is_signed_with(got, made["secret"], hooks)
    assert not await is_signed_with(got, made["secret"] + "x", hooks)
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["attempts"], logged["status"], logged["answer"], logged["error"]) == (
        "delivered", 1, 200, "thanks", None,
    )  # fmt: skip


async def test_an_event_that_comes_twice_is_told_once_to_each_endpoint(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver()
    for _ in range(2):
        await hooks.add(receiver.url)
    event_id = await hooks.happen()
    await hooks.send()
    await hooks.happen(REFUSED, (await hooks.rows("SELECT event_id FROM webhook_deliveries"))[0]["event_id"])
    await hooks.send()
    assert receiver.event_ids == [event_id, event_id]


async def test_what_was_not_taken_is_sent_again_by_the_same_id_and_the_same_bytes(
    hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver(status(500), status(429, **{"Retry-After": "1800"}))
    made = await hooks.add(receiver.url)
    await hooks.happen()
    await hooks.send()
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["attempts"], logged["status"], logged["answer"]) == ("due", 1, 500, "answer 500")
    assert (await hooks.read(made))["failing_since"] is not None
    assert await hooks.send() == 0, "it rests"
    await hooks.let_time_pass()
    await hooks.send()
    (pause,) = await hooks.rows("SELECT next_try_at - tried_at AS pause FROM webhook_deliveries")
    assert pause["pause"] >= timedelta(seconds=1800), "as the receiver asked"
    await hooks.let_time_pass()
    await hooks.send()
    assert len({(each.headers["Sostech-Event-Id"], each.body) for each in receiver.got}) == 1
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["attempts"], logged["status"], logged["next_try_at"]) == (
        "delivered", 3, 200, None,
    )  # fmt: skip
    assert (await hooks.read(made))["failing_since"] is None


async def test_what_is_never_taken_is_given_up_and_can_be_sent_once_more(
    hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver(otherwise=status(404))
    made = await hooks.add(receiver.url)
    event_id = await hooks.happen()
    while (await hooks.log(made))[0]["state"] == "due":
        await hooks.let_time_pass()
        await hooks.send()
    assert receiver.event_ids == [event_id] * MOST_ATTEMPTS
    assert (await hooks.read(made))["dead"] == 1
    (logged,) = await hooks.log(made)
    receiver.otherwise = taken
    again = expect(await hooks.staff.post(f"/webhooks/{made['id']}/deliveries/{logged['id']}/retry"), 202)
    assert (again["state"], again["attempts"]) == ("due", 0)
    await hooks.send()
    assert (await hooks.log(made, "?state=delivered"))[0]["id"] == logged["id"]


async def test_what_kills_its_sender_each_time_is_given_up(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    await hooks.happen()
    await hooks.execute("UPDATE webhook_deliveries SET attempts = $1", MOST_ATTEMPTS)
    await hooks.send()
    (logged,) = await hooks.log(made)
    assert (logged["state"], receiver.got) == ("dead", [])
    assert "never noted as ended" in logged["error"]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_cut_off_at_any_statement_nothing_is_lost(
    is_after: bool, hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    happened = []
    for at in range(1, 50):
        happened.append(await hooks.happen())
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await hooks.send()
        await hooks.let_time_pass()
        await hooks.send()
        assert receiver.event_ids[-1] == happened[-1]
        assert (await hooks.log(made))[0]["state"] == "delivered"
        if not it.has_happened:
            break
    assert at > 6, "there are statements before and after the request"
    assert set(receiver.event_ids) == set(happened)
    assert len(receiver.got) > len(happened), "some were sent twice, by the same id"


async def test_a_shop_that_stops_lets_come_to_its_end_what_is_under_way(
    hooks: Hooks, new_receiver: NewReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asyncio.Event()

    async def late(_request: web.Request) -> web.StreamResponse:
        await answer.wait()
        return web.Response()

    receiver = await new_receiver(late)
    made = await hooks.add(receiver.url)
    event_id = await hooks.happen()
    # As after `sostech worker --once`: the run is over, and the receiver has not answered.
    monkeypatch.setattr(sending, "SLICE_SECONDS", 0.01)
    assert await hooks.shop.use(POSTMAN).deliver_due(hooks.store) == 1
    closing = asyncio.create_task(hooks.shop.use(POSTMAN).close())
    while not receiver.got:
        await asyncio.sleep(0.01)
    answer.set()
    await closing
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["attempts"], receiver.event_ids) == ("delivered", 1, [event_id])


async def test_a_stopped_shop_sends_again_what_takes_too_long(
    hooks: Hooks, new_receiver: NewReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks.shop, "settings", replace(hooks.shop.settings, shutdown_seconds=0.05))
    heard, never = asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        heard.set()
        await never.wait()
        return web.Response()

    receiver = await new_receiver(hang)
    made = await hooks.add(receiver.url)
    event_id = await hooks.happen()
    run = asyncio.create_task(hooks.shop.use(POSTMAN).deliver_due(hooks.store))
    await heard.wait()
    await hooks.shop.use(POSTMAN).close()
    await run
    never.set()
    assert (await hooks.log(made))[0]["state"] == "due"
    await hooks.let_time_pass()
    await hooks.send()
    assert receiver.event_ids == [event_id, event_id]
    assert (await hooks.log(made))[0]["state"] == "delivered"


async def test_a_slow_endpoint_holds_up_nobody_but_itself(hooks: Hooks, new_receiver: NewReceiver) -> None:
    go_on = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.Response()

    slow, fast = await new_receiver(otherwise=hang), await new_receiver()
    made = await hooks.add(slow.url)
    await hooks.add(fast.url)
    happened = {await hooks.happen() for _ in range(10)}
    await hooks.shop.use(POSTMAN).deliver_due(hooks.store)
    assert set(fast.event_ids) == happened
    assert len(slow.got) == HANDS_OF_ENDPOINT
    go_on.set()
    await hooks.send()
    while await hooks.send():
        pass
    assert set(slow.event_ids) == happened
    assert (await hooks.read(made))["waiting"] == 0


async def test_one_that_fails_is_sent_one_at_a_time(hooks: Hooks) -> None:
    failing, well = [await hooks.add("http://127.0.0.1:9/") for _ in range(2)]
    await hooks.execute("UPDATE webhook_endpoints SET failing_since = now() WHERE id = $1", UUID(failing["id"]))
    for _ in range(6):
        await hooks.happen()

    async def claimed(*busy: str) -> Counter[str]:
        def work(tx: Transaction) -> Awaitable[list[Claimed]]:
            return claim(tx, Counter(map(UUID, busy)), per_endpoint=4, most=100, lease=timedelta(hours=1))

        found = await hooks.shop.database.transaction(hooks.store.id, work)
        return Counter(str(each.endpoint_id) for each in found)

    assert await claimed(failing["id"], well["id"]) == {well["id"]: 3}
    assert await claimed() == {failing["id"]: 1, well["id"]: 3}


async def test_without_an_answer_in_time_it_is_sent_again(
    hooks: Hooks, new_receiver: NewReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def hang(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    receiver = await new_receiver(hang)
    impatient = open_public_client(hooks.shop.settings)
    impatient._total_seconds = 0.2
    monkeypatch.setitem(hooks.shop.resources, PUBLIC_CLIENT.name, impatient)
    made = await hooks.add(receiver.url)
    await hooks.happen()
    await hooks.send()
    never.set()
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["status"], logged["error"]) == ("due", None, "no answer within 0.2 s")
    await hooks.let_time_pass()
    impatient._total_seconds = 10
    await hooks.send()
    assert (await hooks.log(made))[0]["state"] == "delivered"
    await impatient.close()


async def test_an_address_that_turns_out_to_be_private_is_not_called(
    hooks: Hooks, new_receiver: NewReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    await hooks.happen()
    strict = PublicClient(is_http_allowed=True)
    monkeypatch.setitem(hooks.shop.resources, PUBLIC_CLIENT.name, strict)
    await hooks.execute("UPDATE webhook_endpoints SET url = replace(url, '127.0.0.1', 'localhost')")
    await hooks.send()
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["status"], receiver.got) == ("due", None, [])
    assert logged["error"].startswith("the address is not public: localhost is ")
    await strict.close()


async def test_a_redirect_is_not_followed(hooks: Hooks, new_receiver: NewReceiver) -> None:
    inner = await new_receiver()
    receiver = await new_receiver(otherwise=status(307, Location=inner.url))
    made = await hooks.add(receiver.url)
    await hooks.happen()
    await hooks.send()
    (logged,) = await hooks.log(made)
    assert (logged["state"], logged["status"], inner.got) == ("due", 307, [])
    assert "redirects are not followed" in logged["error"]


async def _switched_off(hooks: Hooks, made: Any, because: str) -> None:
    off = await hooks.read(made)
    assert (off["active"], off["switched_off_because"], off["waiting"]) == (False, because, 0)
    assert off["switched_off_at"] is not None
    (noted,) = await hooks.rows("SELECT actor_kind FROM audit_log WHERE action = 'webhooks.switched_off'")
    assert noted["actor_kind"] == "system"
    await hooks.happen()
    assert await hooks.send() == 0
    assert not [work for work in await due_work(hooks.shop.database) if work.store_slug == hooks.store.slug]
    on = expect(await hooks.staff.patch(f"/webhooks/{made['id']}", {"active": True}))
    assert (on["active"], on["switched_off_at"], on["failing_since"]) == (True, None, None)


async def test_one_that_is_gone_is_switched_off_and_staff_see_why(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver(status(410))
    made = await hooks.add(receiver.url)
    await hooks.execute("UPDATE webhook_endpoints SET failing_since = now()")
    for _ in range(3):
        await hooks.happen()
    await hooks.send()
    assert len(receiver.got) == 1
    await _switched_off(hooks, made, "it answered 410 Gone")


async def test_one_that_takes_nothing_for_days_however_often_it_is_tried_is_switched_off(
    hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver(otherwise=status(500))
    made = await hooks.add(receiver.url)
    await hooks.happen()
    for days, attempts, is_on in (
        (4.99, LEAST_ATTEMPTS, True),
        (5, LEAST_ATTEMPTS - 1, True),  # it may be but a blip, after days in which nothing happened
        (5, LEAST_ATTEMPTS, False),
    ):
        await hooks.execute("UPDATE webhook_endpoints SET failing_since = now() - $1::interval", timedelta(days=days))
        await hooks.execute("UPDATE webhook_deliveries SET attempts = $1", attempts - 1)
        await hooks.let_time_pass()
        await hooks.send()
        assert (await hooks.read(made))["active"] is is_on
    await _switched_off(hooks, made, "it has taken nothing for 5 days")


async def test_while_a_secret_is_rotated_both_sign(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    rotated = expect(await hooks.staff.post(f"/webhooks/{made['id']}/rotate", {}))
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] is not None
    for old_counts in (True, False):
        await hooks.happen()
        await hooks.send()
        got = receiver.got[-1]
        assert got.headers["Sostech-Signature"].count("v1=") == 1 + old_counts
        assert await is_signed_with(got, rotated["secret"], hooks)
        assert await is_signed_with(got, made["secret"], hooks) is old_counts
        await hooks.execute("UPDATE webhook_endpoints SET old_secret_until = now() - interval '1 second'")
    known = expect(await hooks.staff.post(f"/webhooks/{made['id']}/rotate", {"keep_old": False}))
    assert known["old_secret_until"] is None
    expect(await hooks.staff.post(f"/webhooks/{made['id']}/test"))
    assert not await is_signed_with(receiver.got[-1], rotated["secret"], hooks)
    assert await is_signed_with(receiver.got[-1], known["secret"], hooks)


async def test_keys_of_the_shop_rotate_and_secrets_follow(
    hooks: Hooks, new_receiver: NewReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    old, new = hooks.shop.keys.secrets[0], ("new1", b"n" * 32)
    for ring in ((new, old), (new,)):
        monkeypatch.setattr(hooks.shop, "keys", KeyRing(ring))
        await hooks.happen()
        await hooks.send()
        assert await is_signed_with(receiver.got[-1], made["secret"], hooks)
    monkeypatch.setattr(hooks.shop, "keys", KeyRing((("other", b"o" * 32),)))
    await hooks.happen()
    await hooks.send()
    # Tokens of people are signed with the keys as well.
    monkeypatch.undo()
    (logged, *_) = await hooks.log(made)
    assert (logged["state"], logged["status"], len(receiver.got)) == ("due", None, 2)
    assert logged["error"] == "its secret is encrypted with the key 'new1', which SOSTECH_KEYS has no more: rotate it"


async def test_what_ended_a_month_ago_is_forgotten(hooks: Hooks, new_receiver: NewReceiver) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    for _ in range(2):
        await hooks.happen()
    await hooks.send()
    kept = await hooks.happen()
    await hooks.execute(
        "UPDATE webhook_deliveries SET ended_at = now() - interval '30 days 1 second', created_at = $1"
        " WHERE id IN (SELECT id FROM webhook_deliveries WHERE state = 'delivered' ORDER BY id LIMIT 1)", AT,
    )  # fmt: skip
    assert await hooks.shop.database.transaction(hooks.store.id, lambda tx: forget(tx, 100)) == 1
    await sweep(hooks.shop, hooks.store)
    states = [each["state"] for each in await hooks.log(made)]
    assert states == ["due", "delivered"]
    assert (await hooks.log(made))[0]["event_id"] == kept


def test_pauses_grow_to_half_a_day_and_twelve_tries_take_about_two_days() -> None:
    longest = [pause_of(attempts, chance=lambda: 0.0) for attempts in range(1, MOST_ATTEMPTS)]
    shortest = [pause_of(attempts, chance=lambda: 1.0) for attempts in range(1, MOST_ATTEMPTS)]
    assert longest[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert longest[-1] == timedelta(hours=12)
    assert all(short == long * 0.75 for short, long in zip(shortest, longest, strict=True))
    assert timedelta(days=1) < sum(shortest, timedelta()) < sum(longest, timedelta()) < timedelta(days=3)
    assert pause_of(1, 86_400) == timedelta(hours=1), "no receiver can ask for more"
    assert pause_of(1_000_000, chance=lambda: 0.0) == timedelta(hours=12)
