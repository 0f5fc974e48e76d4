"""What was announced is kept, and owed once to each handler that wants it; nothing holds up the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import asyncpg
import msgspec
import pytest

from notifications.events import CouponAccepted, MailRequested
from notifications.outbox import envelope_of
from server.events import spreading
from server.events.spreading import BATCH, FAILING_STORES, spread
from server.web.call import Shop
from server.web.pauses import Rests
from server.web.reacting import HANDLERS, Handler
from storage.counting import counted_statements
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.events.conftest import NewHappenings, asking, recorder, registered, write_down
from tests.shop import new_store

MAIL = MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "https://shop/secret"})

WHY = """
SELECT l.traceback ->> 'exception_message' AS why FROM pgqueuer_log l JOIN pgqueuer q ON q.id = l.job_id
 WHERE l.status = 'failed'
"""


async def test_an_event_is_kept_and_owed_to_each_handler_that_wants_it(new_happenings: NewHappenings) -> None:
    here = await new_happenings(
        {"a": recorder("CustomerRegistered"), "b": recorder("CouponAccepted"), "c": recorder("CustomerRegistered")}
    )
    await here.announce(registered("c-1"))
    (job,) = await here.waiting()
    assert await here.spread() == 1
    (event,) = await here.rows("SELECT * FROM events")
    assert (event["kind"], event["name"], event["version"]) == ("CustomerRegistered", "CustomerRegistered", 1)
    assert msgspec.json.decode(event["payload"])["customer_id"] == "c-1"
    owed = [(row["handler"], row["state"], row["attempts"], row["aggregate"]) for row in await here.deliveries()]
    assert owed == [("a", "due", 0, "customer:c-1"), ("c", "due", 0, "customer:c-1")]
    assert await here.waiting() == []
    # What pgqueuer notes of a job goes with it.
    assert await here.rows("SELECT FROM pgqueuer_log WHERE job_id = $1", job["id"]) == []


async def test_an_event_that_nobody_wants_is_kept_all_the_same(new_happenings: NewHappenings) -> None:
    here = await new_happenings({})
    await here.announce(registered())
    assert await here.spread() == 1
    assert (len(await here.event_ids()), await here.deliveries()) == (1, [])


async def test_a_handler_is_asked_once_for_a_batch_of_a_store(new_happenings: NewHappenings) -> None:
    asked: list[Collection[str]] = []
    here = await new_happenings({"a": asking(lambda names: {*names, "Other"}, asked)})
    await here.announce(*[registered() for _ in range(20)], MAIL)
    await here.spread()
    assert asked == [{"CustomerRegistered", "MailRequested"}]
    assert len(await here.deliveries()) == 21, "what it wants and did not happen is left out"


async def test_many_events_cost_as_many_statements_as_one(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    counts = []
    for many in (1, BATCH):
        await here.announce(*[registered(f"c-{number}") for number in range(many)])
        with counted_statements() as statements:
            assert await spread(here.shop) == many
        counts.append(statements.count)
    # What waits; begin, whose turn it is, spread, commit.
    assert counts == [5, 5]


async def test_an_announcement_takes_one_round_trip(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    with counted_statements() as statements:
        await here.announce(registered())
    assert statements.count - len(["BEGIN", "COMMIT"]) == 1


async def test_positions_follow_the_order_of_announcements(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    for number in range(5):
        await here.announce(registered(f"c-{number}"))
    await here.spread()
    kept = await here.rows("SELECT payload ->> 'customer_id' AS customer FROM events ORDER BY position")
    assert [row["customer"] for row in kept] == [f"c-{number}" for number in range(5)]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[1]",
        b'{"id": "no id", "store_id": "x", "kind": "K", "name": "K", "version": 1, "aggregate": null, "payload": {}}',
    ],
)
async def test_what_cannot_be_read_is_set_aside_with_its_reason_and_holds_up_nobody(
    broken: bytes, new_happenings: NewHappenings
) -> None:
    here = await new_happenings()
    await here.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'event', $1)", broken
    )
    await here.announce(registered())
    assert await here.spread() == 2
    assert [row["status"] for row in await here.waiting()] == ["failed"]
    assert len(await here.event_ids()) == 1
    (logged,) = await here.rows(WHY)
    assert "Error" in logged["why"]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "x" * 101, "CheckViolationError"),
        ("version", 0, "CheckViolationError"),
        ("payload", {"customer_id": "\0"}, "UntranslatableCharacterError"),
        ("payload", [], "no object"),
        ("store_id", "01a200d6-5fc0-72ca-931b-5879fe9a56a0", "there is no store"),
    ],
)
async def test_what_cannot_be_kept_is_set_aside_and_the_others_keep_their_order(
    field: str, value: object, why: str, new_happenings: NewHappenings
) -> None:
    here = await new_happenings()
    await here.announce(*[registered(f"a-{number}") for number in range(3)])
    envelope = {**msgspec.json.decode(envelope_of(here.store.id, registered())), field: value}
    await here.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'event', $1)",
        msgspec.json.encode(envelope),
    )
    await here.announce(*[registered(f"b-{number}") for number in range(3)])
    assert await here.spread() == 7
    kept = await here.rows("SELECT payload ->> 'customer_id' AS customer FROM events ORDER BY position")
    assert [row["customer"] for row in kept] == ["a-0", "a-1", "a-2", "b-0", "b-1", "b-2"]
    (job,) = await here.waiting()
    assert job["status"] == "failed"
    (logged,) = await here.rows(WHY)
    assert why in logged["why"]


async def test_an_event_that_comes_twice_is_kept_and_owed_once(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    envelope = envelope_of(here.store.id, registered())
    for _ in range(2):
        await here.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'event', $1)", envelope
        )
        await here.spread()
    assert (len(await here.event_ids()), len(await here.deliveries())) == (1, 1)
    assert await here.waiting() == []


async def test_spreaders_that_meet_owe_nothing_twice_and_nothing_out_of_order(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    for _ in range(10):
        await here.announce(*[registered() for _ in range(30)])
    while await here.waiting():
        await asyncio.gather(*(spread(here.shop) for _ in range(4)))
    assert len(await here.event_ids()) == len(await here.deliveries()) == 300


async def test_while_another_spreads_in_a_store_nobody_else_does(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    elsewhere = type(here)(here.shop, await new_store(here.shop))
    await here.announce(registered())
    await elsewhere.announce(registered())
    inside, leave = asyncio.Event(), asyncio.Event()

    async def slowly(_shop: Shop, store: Store, _tx: Transaction, names: Collection[str]) -> Collection[str]:
        if store.id == here.store.id:
            inside.set()
            await leave.wait()
        return names

    here.shop.provide(HANDLERS, {"slow": Handler(slowly, write_down)})
    first = asyncio.create_task(spread(here.shop))
    await inside.wait()
    assert await spread(here.shop) == 1, "the other store's"
    assert (await here.event_ids(), len(await elsewhere.event_ids())) == ([], 1)
    leave.set()
    await first
    assert len(await here.event_ids()) == 1


async def test_a_handler_that_cannot_say_what_it_wants_gets_everything_and_the_others_what_they_want(
    new_happenings: NewHappenings,
) -> None:
    async def broken(_shop: Shop, _store: Store, tx: Transaction, _names: Collection[str]) -> Collection[str]:
        await tx.execute("SELECT 1 FROM no_such_table")
        raise AssertionError

    here = await new_happenings({"broken": Handler(broken, write_down), "other": recorder("CouponAccepted")})
    await here.announce(registered(), CouponAccepted(coupon_code="s", cart_id="c", device_id=None))
    assert await here.spread() == 2
    assert [row["handler"] for row in await here.deliveries()] == ["broken", "broken", "other"]


async def test_a_store_where_it_fails_is_left_alone_and_holds_up_no_other(
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await new_happenings()
    elsewhere = type(here)(here.shop, await new_store(here.shop))
    asked: list[str] = []
    is_broken = True

    async def broken_here(_shop: Shop, store: Store, _tx: Transaction, names: Collection[str]) -> Collection[str]:
        asked.append("here" if store.id == here.store.id else "elsewhere")
        if is_broken and store.id == here.store.id:
            raise asyncpg.InterfaceError("no fault of the event")
        return names

    here.shop.provide(HANDLERS, {"broken": Handler(broken_here, write_down)})
    # Its oldest events are more than a batch.
    monkeypatch.setattr(spreading, "BATCH", 3)
    await here.announce(*[registered() for _ in range(4)])
    await elsewhere.announce(registered())
    assert (await spread(here.shop), len(await elsewhere.event_ids())) == (1, 1)
    await elsewhere.announce(registered())
    assert (await spread(here.shop), len(await elsewhere.event_ids())) == (1, 2)
    assert asked == ["here", "elsewhere", "elsewhere"], "it rests"
    assert await spread(here.shop) == 0
    here.shop.provide(FAILING_STORES, Rests())
    with pytest.raises(asyncpg.InterfaceError):
        await spread(here.shop)
    is_broken = False
    here.shop.provide(FAILING_STORES, Rests())
    assert await here.spread() == 4
    assert len(await here.deliveries()) == 4


async def test_a_handler_whose_wish_needs_what_is_not_there_gets_everything(new_happenings: NewHappenings) -> None:
    async def broken(_shop: Shop, _store: Store, _tx: Transaction, _names: Collection[str]) -> Collection[str]:
        raise FileNotFoundError("templates")

    here = await new_happenings({"broken": Handler(broken, write_down)})
    await here.announce(registered())
    assert await here.spread() == 1
    assert [row["handler"] for row in await here.deliveries()] == ["broken"]


async def test_a_closed_store_is_spread_in_and_keeps_what_is_owed(new_happenings: NewHappenings) -> None:
    here = await new_happenings()
    await here.announce(registered())
    await here.execute("UPDATE stores SET status = 'suspended' WHERE id = $1", here.store.id)
    assert await here.spread() == 1
    assert await here.states() == ["due"]


async def test_secrets_of_a_mail_that_nobody_sends_are_not_kept(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": recorder("CustomerRegistered")})
    await here.announce(MAIL, registered())
    await here.spread()
    (kept, _) = await here.rows("SELECT payload::text AS payload FROM events ORDER BY position")
    assert msgspec.json.decode(kept["payload"]) == {"template": "reset", "to": "", "locale": None, "values": {}}
