"""People see what happened and who was told, and have it told again, or no more; every change is in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from notifications.events import CouponAccepted, MailRequested
from server.events import reading_repo
from server.events.looking_after import HIDDEN, shown
from server.web.reacting import HANDLERS
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.server.events.conftest import Happenings, NewHappenings, failing, recorder, registered
from tests.shop import Client, expect, serving

MAIL = MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "https://shop/secret"})


@dataclass
class Desk:
    """Somebody who looks after the events of a store."""

    here: Happenings
    admin: Client

    async def happen(self, *events: Any) -> list[str]:
        """These happen, and everybody is told as far as they can be; ids of all events, the newest first."""
        await self.here.announce(*events)
        await self.here.spread()
        await self.here.deliver_all()
        return [each["id"] for each in expect(await self.admin.get("/events"))["items"]]

    async def dead(self) -> list[dict[str, Any]]:
        """Deliveries that wait for somebody to decide."""
        found: list[dict[str, Any]] = expect(await self.admin.get("/events/deliveries"))["items"]
        return found

    async def audited(self) -> list[tuple[str, str, Any]]:
        """What people did."""
        rows = await self.here.rows(
            "SELECT action, resource_id, after::text AS after FROM audit_log WHERE actor_kind = 'user' ORDER BY id"
        )
        return [(row["action"], row["resource_id"], row["after"]) for row in rows]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(new_happenings: NewHappenings, session: ClientSession) -> AsyncIterator[Desk]:
    """A store where `good` does its work and `bad` never does."""
    here = await new_happenings(
        {"good": recorder("CustomerRegistered"), "bad": failing(1_000, recorder("CouponAccepted"))}
    )
    admin = await sign_up(here.shop, here.store, ["admin"])
    async with serving(here.shop) as address:
        yield Desk(here, Client(session, address, here.store, admin.token))


ACCEPTED = CouponAccepted(coupon_code="s", cart_id="c-1", device_id=None)


async def test_events_are_listed_by_what_and_whom_they_are_about(desk: Desk) -> None:
    accepted, second, first = await desk.happen(registered("c-1"), registered("c-2"), ACCEPTED)
    for query, ids in (
        ("name=CouponAccepted", [accepted]),
        ("aggregate=customer:c-1", [first]),
        ("name=CustomerRegistered", [second, first]),
        ("until=2001-01-01T00:00:00Z", []),
        ("from=2001-01-01T00:00:00Z&limit=2", [accepted, second]),
    ):
        assert [each["id"] for each in expect(await desk.admin.get(f"/events?{query}"))["items"]] == ids, query


async def test_pages_go_on_where_the_last_one_ended_though_more_happens(desk: Desk) -> None:
    ids = await desk.happen(*[registered(f"c-{number}") for number in range(5)])
    page = expect(await desk.admin.get("/events?limit=2"))
    await desk.happen(registered("c-new"))
    following = expect(await desk.admin.get(f"/events?limit=2&cursor={page['next']}"))
    assert [each["id"] for each in page["items"] + following["items"]] == ids[:4]
    back = expect(await desk.admin.get(f"/events?limit=2&cursor={following['prev']}"))
    assert back["items"] == page["items"]


async def test_an_event_tells_what_it_says_and_who_was_told(desk: Desk) -> None:
    (event_id,) = await desk.happen(registered("c-1"))
    found = expect(await desk.admin.get(f"/events/{event_id}"))
    assert (found["name"], found["aggregate"], found["payload"]["customer_id"]) == (
        "CustomerRegistered", "customer:c-1", "c-1",
    )  # fmt: skip
    (delivery,) = found["deliveries"]
    assert (delivery["handler"], delivery["state"], delivery["attempts"]) == ("good", "done", 1)


async def test_secrets_are_never_shown(desk: Desk) -> None:
    desk.here.shop.provide(HANDLERS, {"mail": failing(1_000, recorder("MailRequested"))})
    (event_id,) = await desk.happen(MAIL)
    answer = await desk.admin.get(f"/events/{event_id}")
    assert expect(answer)["payload"] == {**shown("MailRequested", '{"template": "reset"}'), "to": "ana@example.com",
                                         "locale": None, "values": {"link": HIDDEN}}  # fmt: skip
    assert b"secret" not in answer.raw


def test_of_a_type_that_is_not_known_nothing_is_shown_but_its_fields() -> None:
    assert shown("FromTheFuture", '{"a": "b", "c": {"d": 1}}') == {"a": HIDDEN, "c": {"d": HIDDEN}}


async def test_the_dead_are_listed_with_their_last_error_and_counted(desk: Desk) -> None:
    await desk.happen(ACCEPTED, registered())
    (dead,) = await desk.dead()
    assert (dead["handler"], dead["name"], dead["attempts"], dead["next_try_at"]) == ("bad", "CouponAccepted", 10, None)
    assert dead["last_error"] == "ZeroDivisionError: a fault of ours"
    for query, count in (("handler=bad", 1), ("handler=good", 0), ("state=due", 0)):
        assert len(expect(await desk.admin.get(f"/events/deliveries?{query}"))["items"]) == count, query
    refused = await desk.admin.get("/events/deliveries?state=done")
    assert refused.status == 400, "a month of them is in no index"
    summary = expect(await desk.admin.get("/events/summary"))
    assert summary["happened"] == [
        {"name": "CouponAccepted", "count": 1}, {"name": "CustomerRegistered", "count": 1},
    ]  # fmt: skip
    by_name = {each["handler"]: (each["due"], each["dead"]) for each in summary["handlers"]}
    assert by_name == {"good": (0, 0), "bad": (0, 1)}


async def test_the_summary_tells_since_when_something_is_due(desk: Desk) -> None:
    await desk.here.announce(registered())
    await desk.here.spread()
    await desk.here.execute("UPDATE events SET occurred_at = now() - interval '5 minutes'")
    (good,) = [each for each in expect(await desk.admin.get("/events/summary"))["handlers"] if each["due"]]
    assert (good["handler"], good["oldest_due_seconds"] >= 300) == ("good", True)


async def test_what_is_dead_is_tried_again_as_if_for_the_first_time(desk: Desk) -> None:
    (event_id,) = await desk.happen(ACCEPTED)
    desk.here.shop.provide(HANDLERS, {"bad": recorder("CouponAccepted")})
    answer = await desk.admin.post("/events/deliveries/retry", {"event_id": event_id, "handler": "bad"})
    assert expect(answer) == {"count": 1}
    (due,) = await desk.here.deliveries()
    assert (due["state"], due["attempts"]) == ("due", 0)
    await desk.here.deliver_all()
    assert await desk.here.states() == ["done"]
    ((action, resource, after),) = await desk.audited()
    assert (action, resource, '"count": 1' in after) == ("events.retry", event_id, True)


async def test_what_is_dropped_is_never_tried_again(desk: Desk) -> None:
    await desk.happen(ACCEPTED, ACCEPTED)
    assert expect(await desk.admin.post("/events/deliveries/drop", {"handler": "bad"})) == {"count": 2}
    assert expect(await desk.admin.post("/events/deliveries/drop", {"handler": "bad"})) == {"count": 0}
    await desk.here.deliver_all()
    assert (await desk.here.states(), await desk.dead()) == (["dropped", "dropped"], [])
    assert [(action, resource) for action, resource, _ in await desk.audited()] == [("events.drop", "all")]


async def test_secrets_go_with_the_last_delivery_that_is_dropped(desk: Desk) -> None:
    desk.here.shop.provide(HANDLERS, {"a": failing(1_000, recorder("MailRequested")), "b": recorder("MailRequested")})
    (event_id,) = await desk.happen(MAIL)
    expect(await desk.admin.post("/events/deliveries/drop", {}))
    payload = expect(await desk.admin.get(f"/events/{event_id}"))["payload"]
    assert (payload["to"], payload["values"]) == ("", {})
    refused = await desk.admin.post(f"/events/{event_id}/redeliver", {"handler": "b"})
    assert (refused.status, refused.code) == (409, "event_forgotten")


async def test_secrets_go_though_the_last_two_deliveries_are_dropped_at_the_same_moment(desk: Desk) -> None:
    broken = failing(1_000, recorder("MailRequested"))
    desk.here.shop.provide(HANDLERS, {"a": broken, "b": broken})
    (event_id,) = await desk.happen(MAIL)
    database, store_id = desk.here.shop.database, desk.here.store.id
    forgotten = {"MailRequested": dict(MailRequested.FORGOTTEN)}
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def drop(handler: str) -> int:
        return await database.transaction(store_id, lambda tx: reading_repo.drop(tx, "dead", None, handler, forgotten))

    async def first(tx: Transaction) -> asyncio.Task[int]:
        await reading_repo.drop(tx, "dead", None, "a", forgotten)
        # In a context of its own, or it would join this transaction.
        other = asyncio.create_task(drop("b"), context=Context())
        while not (other.done() or await tx.fetchval(waits)):
            await asyncio.sleep(0.01)
        return other

    assert await (await database.transaction(store_id, first)) == 1
    payload = expect(await desk.admin.get(f"/events/{event_id}"))["payload"]
    assert (payload["to"], payload["values"]) == ("", {})


async def test_what_rests_behind_one_that_is_tried_again_is_due_with_it(desk: Desk) -> None:
    desk.here.shop.provide(HANDLERS, {"bad": failing(1, recorder("CouponAccepted"))})
    await desk.here.announce(ACCEPTED, ACCEPTED, ACCEPTED)
    await desk.here.spread()
    # The first fails, and the others rest with it.
    assert (await desk.here.deliver(), await desk.here.deliver()) == (1, 0)
    await desk.here.execute("UPDATE event_deliveries SET next_try_at = now() + interval '15 minutes'")
    (first, *_) = await desk.here.event_ids()
    answer = await desk.admin.post("/events/deliveries/retry", {"state": "due", "event_id": str(first)})
    assert expect(answer) == {"count": 1}
    while await desk.here.deliver():
        pass
    assert await desk.here.states() == ["done"] * 3


async def test_an_event_is_told_once_more_to_one_handler(desk: Desk) -> None:
    (event_id,) = await desk.happen(registered())
    found = expect(await desk.admin.post(f"/events/{event_id}/redeliver", {"handler": "good"}), 202)
    assert [(each["handler"], each["state"]) for each in found["items"]] == [("good", "due")]
    await desk.here.deliver_all()
    assert len(await desk.here.seen()) - len(await desk.audited()) == 2
    # Also one that did not want it.
    expect(await desk.admin.post(f"/events/{event_id}/redeliver", {"handler": "bad"}), 202)
    assert sorted(await desk.here.states()) == ["done", "due"]


async def test_what_is_not_there_is_told(desk: Desk) -> None:
    (event_id,) = await desk.happen(registered())
    for answer in (
        await desk.admin.get(f"/events/{uuid4()}"),
        await desk.admin.post(f"/events/{uuid4()}/redeliver", {"handler": "good"}),
    ):
        assert (answer.status, answer.code) == (404, "event_unknown")
    refused = await desk.admin.post(f"/events/{event_id}/redeliver", {"handler": "nobody"})
    assert (refused.status, refused.code, refused.json["errors"][0]["pointer"]) == (422, "handler_unknown", "/handler")
    assert "bad, good" in refused.json["detail"]


@pytest.mark.parametrize("role", ["customer", "support", "moderator"])
async def test_only_who_may_manage_jobs_sees_events(role: str, desk: Desk) -> None:
    person = await sign_up(desk.here.shop, desk.here.store, [role])
    for path in ("/events", "/events/summary", "/events/deliveries"):
        assert (await desk.admin.signed_in(person.token).get(path)).status == 403


async def test_another_store_sees_and_changes_nothing(
    desk: Desk, new_happenings: NewHappenings, session: ClientSession
) -> None:
    (event_id,) = await desk.happen(ACCEPTED)
    elsewhere = await new_happenings()
    other = await sign_up(desk.here.shop, elsewhere.store, ["admin"])
    stranger = Client(session, desk.admin.base, elsewhere.store, other.token)
    assert (await stranger.get(f"/events/{event_id}")).status == 404
    assert expect(await stranger.get("/events"))["items"] == []
    assert expect(await stranger.post("/events/deliveries/drop", {"event_id": event_id})) == {"count": 0}
    assert await desk.here.states() == ["dead"]


async def test_lists_cost_the_same_however_long_they_are(desk: Desk) -> None:
    costs = []
    for _ in range(2):
        await desk.happen(*[registered(f"c-{number}") for number in range(10)])
        costs.append([(await desk.admin.get(path)).statements for path in ("/events", "/events/summary")])
    assert costs[0] == costs[1]
