"""A handler does its work for an event exactly once, in order, whatever fails beside it; what never works is put by."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextvars import Context
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from notifications import events
from notifications.events import CustomerRegistered, MailRequested
from server.background.repo import due_work
from server.events import deliveries_repo, delivering
from server.events.delivering import ALONE_FROM, HANDS, MOST_ATTEMPTS
from server.web.reacting import HANDLERS, Handler, Reaction, always
from storage.counting import counted_statements
from storage.errors import DatabaseUnavailable
from tests.server.events.conftest import Happenings, NewHappenings, failing, recorder, registered, write_down

MAIL = MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "https://shop/secret"})


async def owing(here: Happenings, *announced: events.Event) -> Happenings:
    """The same, after these happened and were spread."""
    await here.announce(*announced)
    await here.spread()
    return here


async def test_a_handler_gets_the_event_its_time_and_the_store(new_happenings: NewHappenings) -> None:
    got: list[Reaction] = []

    async def react(it: Reaction) -> None:
        got.append(it)

    here = await owing(await new_happenings({"a": Handler(always("CustomerRegistered"), react)}), registered("c-7"))
    assert await here.deliver() == 1
    (it,) = got
    (kept,) = await here.rows("SELECT id, occurred_at FROM events")
    assert (it.event, it.event_id, it.occurred_at) == (registered("c-7"), kept["id"], kept["occurred_at"])
    assert (it.store.id, it.attempt, it.tx.store_id) == (here.store.id, 1, here.store.id)
    (row,) = await here.deliveries()
    assert (row["state"], row["next_try_at"], row["last_error"]) == ("done", None, None)
    assert row["ended_at"] is not None


async def test_what_a_failing_handler_had_written_is_not_there_and_it_is_tried_again_later(
    new_happenings: NewHappenings,
) -> None:
    here = await owing(await new_happenings({"a": failing(2, recorder()), "b": recorder()}), registered())
    await here.deliver()
    first, other = await here.deliveries()
    assert (first["state"], first["attempts"], first["last_error"]) == ("due", 1, "ZeroDivisionError: a fault of ours")
    assert (other["state"], len(await here.seen())) == ("done", 1), "the other handler is not concerned"
    assert await here.deliver() == 0, "it rests"
    await here.deliver_all()
    assert [(row["state"], row["attempts"]) for row in await here.deliveries()] == [("done", 3), ("done", 1)]
    assert len(await here.seen()) == 2


async def test_after_some_tries_it_is_dead_and_holds_up_nobody(new_happenings: NewHappenings) -> None:
    async def react(it: Reaction) -> None:
        if isinstance(it.event, CustomerRegistered) and it.event.customer_email == "bad":
            raise ValueError("never\0 well")
        await write_down(it)

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)})
    await owing(here, registered(email="bad"), registered(), registered("c-2"))
    for _ in range(MOST_ATTEMPTS - 1):
        await here.let_time_pass()
        await here.deliver()
    assert await here.states() == ["due", "due", "done"], "what comes later of the same customer waits"
    await here.deliver_all()
    assert await here.states() == ["dead", "done", "done"]
    (dead, *_) = await here.deliveries()
    assert (dead["attempts"], dead["next_try_at"]) == (MOST_ATTEMPTS, None)
    assert dead["last_error"] == "ValueError: never\N{REPLACEMENT CHARACTER} well"


async def test_events_of_one_aggregate_come_one_after_another_and_others_beside_them(
    new_happenings: NewHappenings,
) -> None:
    order: list[tuple[str, str]] = []
    running: Counter[str] = Counter()

    async def react(it: Reaction) -> None:
        assert isinstance(it.event, CustomerRegistered)
        customer = it.event.customer_id
        running[customer] += 1
        assert running[customer] == 1
        await it.tx.fetchval("SELECT 1")
        order.append((customer, it.event.customer_email))
        running[customer] -= 1

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)})
    await owing(here, *[registered(f"c-{number % 3}", f"{number:02}") for number in range(30)])
    while "due" in await here.states():
        # As two workers would.
        await asyncio.gather(here.deliver(), here.deliver())
    for customer in ("c-0", "c-1", "c-2"):
        mine = [email for whose, email in order if whose == customer]
        assert (mine, len(mine)) == (sorted(mine), 10)


async def test_a_later_event_waits_while_an_earlier_one_rests_and_no_other_handler_does(
    new_happenings: NewHappenings,
) -> None:
    here = await new_happenings({"a": failing(1, recorder()), "b": recorder()})
    await owing(here, registered(email="1"), registered(email="2"))
    await here.deliver()
    states = {(row["handler"], row["position"]): row["state"] for row in await here.deliveries()}
    assert sorted(states.values()) == ["done", "done", "due", "due"]
    assert {handler for (handler, _), state in states.items() if state == "due"} == {"a"}


async def test_deliveries_cost_the_same_however_many_wait(new_happenings: NewHappenings) -> None:
    async def nothing(_it: Reaction) -> None:
        pass

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), nothing)})
    costs = []
    for many in (HANDS, 20 * HANDS):
        await owing(here, *[registered(f"c-{number}") for number in range(many)])
        with counted_statements() as statements:
            assert await here.deliver() == many
        costs.append((statements.count - len(["begin", "claim nothing", "commit"])) / many)
    # Begin, end, commit of each; and begin, claim, commit for each handful.
    assert costs == [3 + 3 / HANDS] * 2


async def test_the_counter_is_committed_before_the_handler_begins(new_happenings: NewHappenings) -> None:
    seen: list[list[int]] = []

    async def react(it: Reaction) -> None:
        async def look() -> None:
            seen.append([row["attempts"] for row in await here.deliveries()])

        # In a context of its own, or it would look from within the transaction.
        await asyncio.create_task(look(), context=Context())

    here = await owing(await new_happenings({"a": Handler(always("CustomerRegistered"), react)}), registered())
    await here.deliver()
    assert seen == [[1]]


async def test_what_ends_its_worker_each_time_is_dead_at_last_and_takes_no_other_along(
    new_happenings: NewHappenings,
) -> None:
    deadly = asyncio.Event()

    async def react(it: Reaction) -> None:
        if isinstance(it.event, CustomerRegistered) and it.event.customer_id == "deadly":
            deadly.set()
            await asyncio.Event().wait()
        # Long enough to be at it when the deadly one begins beside it.
        await it.tx.fetchval("SELECT pg_sleep(0.05)")
        await write_down(it)

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)})
    await owing(here, *[registered(f"c-{number}") for number in range(HANDS - 1)], registered("deadly"))
    kills = 0
    while "due" in await here.states():
        await here.let_time_pass()
        deadly.clear()
        worker = asyncio.create_task(here.deliver())
        killer = asyncio.create_task(deadly.wait())
        await asyncio.wait([worker, killer], return_when=asyncio.FIRST_COMPLETED)
        kills += deadly.is_set()
        # The worker ends with everything it has begun; nothing of that is written.
        worker.cancel()
        killer.cancel()
        await asyncio.gather(worker, killer, return_exceptions=True)
    assert kills == MOST_ATTEMPTS
    *innocent, dead = await here.deliveries()
    assert [(row["state"], row["attempts"]) for row in innocent] == [("done", ALONE_FROM + 1)] * (HANDS - 1)
    assert dead["state"] == "dead"
    assert "whoever had it was ended" in dead["last_error"]


async def test_one_that_was_begun_often_is_begun_alone(new_happenings: NewHappenings) -> None:
    together: list[int] = []
    running = 0

    async def react(it: Reaction) -> None:
        nonlocal running
        running += 1
        await it.tx.fetchval("SELECT pg_sleep(0.01)")
        together.append(running)
        running -= 1

    here = await new_happenings({"a": Handler(always("CustomerRegistered"), react)})
    await owing(here, *[registered(f"c-{number}") for number in range(HANDS)])
    await here.execute("UPDATE event_deliveries SET attempts = $1", ALONE_FROM)
    await here.deliver()
    assert together == [1] * HANDS


async def test_whoever_lost_its_lease_does_nothing(new_happenings: NewHappenings) -> None:
    here = await owing(await new_happenings(), registered())
    claimed = await delivering._claim(here.shop, here.store)
    await here.let_time_pass()
    again = await delivering._claim(here.shop, here.store)
    assert [each.attempts for each in claimed + again] == [1, 2]
    await delivering._deliver(here.shop, here.store, claimed[0])
    assert (await here.seen(), await here.states()) == ([], ["due"])
    await delivering._deliver(here.shop, here.store, again[0])
    await delivering._deliver(here.shop, here.store, again[0])
    assert (len(await here.seen()), await here.states()) == (1, ["done"])


async def test_while_a_handler_works_nobody_else_takes_its_event_though_the_lease_is_over(
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def react(it: Reaction) -> None:
        inside.set()
        await leave.wait()
        await write_down(it)

    here = await owing(await new_happenings({"a": Handler(always("CustomerRegistered"), react)}), registered())
    monkeypatch.setattr(delivering, "LEASE", timedelta())
    first = asyncio.create_task(here.deliver())
    await inside.wait()
    # Not by waiting for the row, either.
    assert await here.deliver() == 0
    leave.set()
    assert await first == 1
    assert len(await here.seen()) == 1


async def test_a_handler_that_takes_too_long_has_failed(
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def react(_it: Reaction) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(delivering, "LONGEST_SECONDS", 0.05)
    here = await owing(await new_happenings({"a": Handler(always("CustomerRegistered"), react)}), registered())
    await here.deliver()
    (row,) = await here.deliveries()
    assert (row["state"], row["last_error"]) == ("due", "TimeoutError: ")


async def test_a_database_that_goes_away_is_no_fault_of_the_handler(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": failing(1, recorder(), DatabaseUnavailable("gone")), "b": recorder()})
    await owing(here, registered())
    with pytest.raises(DatabaseUnavailable):
        await here.deliver()
    first, other = await here.deliveries()
    assert (first["state"], first["last_error"], other["state"]) == ("due", None, "done")


async def test_an_event_of_an_old_version_comes_as_a_new_one(
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[events.Event] = []

    async def react(it: Reaction) -> None:
        got.append(it.event)

    here = await owing(await new_happenings({"a": Handler(always("CustomerRegistered"), react)}), registered("c-1"))
    await here.execute("UPDATE events SET payload = payload - 'customer_email' || '{\"mail\": \"old\"}'")

    def renamed(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "customer_email": fields["mail"]}

    monkeypatch.setattr(CustomerRegistered, "VERSION", 2)
    _upgrade(monkeypatch, {("CustomerRegistered", 1): renamed})
    await here.deliver()
    assert got == [registered("c-1", "old")]


def _upgrade(monkeypatch: pytest.MonkeyPatch, upgrades: Mapping[tuple[str, int], events.Upgrade]) -> None:
    def read(kind: str, version: int, payload: bytes) -> events.Event:
        return events.read_event(kind, version, payload, upgrades)

    monkeypatch.setattr(delivering, "read_event", read)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("kind = 'Gone'", "there is no type of event 'Gone'"),
        ("version = 99", "CustomerRegistered has version 99; this program knows it up to 1"),
        ("payload = '{}'", "CustomerRegistered of version 1 cannot be read: Object missing required field"),
    ],
)
async def test_an_event_that_nobody_can_read_is_dead_at_once(
    change: str, why: str, new_happenings: NewHappenings
) -> None:
    here = await owing(await new_happenings(), registered())
    await here.execute(f"UPDATE events SET {change}")
    await here.deliver()
    (row,) = await here.deliveries()
    assert (row["state"], row["attempts"]) == ("dead", 1)
    assert row["last_error"].startswith(why)


async def test_what_a_handler_of_another_version_has_to_do_waits_for_it(new_happenings: NewHappenings) -> None:
    here = await owing(await new_happenings({"new": recorder()}), registered())
    here.shop.provide(HANDLERS, {"old": recorder()})
    assert (await here.deliver(), await here.states()) == (0, ["due"])
    assert await due(here) == [], "it does not keep those busy that cannot do it"
    here.shop.provide(HANDLERS, {"new": recorder()})
    await here.deliver_all()
    assert await here.states() == ["done"]


async def test_what_waits_behind_one_that_rests_is_due_with_it(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": failing(1, recorder())})
    await owing(here, *[registered() for _ in range(3)])
    assert (await here.deliver(), await here.deliver()) == (1, 0)
    assert await due(here) == []
    assert len({row["next_try_at"] for row in await here.deliveries()}) == 1
    await here.execute("UPDATE event_deliveries SET next_try_at = next_try_at - interval '1 minute'")
    assert await here.deliver() == 3


async def due(here: Happenings) -> list[str]:
    """Kinds of work that are due in the store."""
    return [each.kind for each in await due_work(here.shop.database) if each.store_slug == here.store.slug]


async def test_secrets_of_a_mail_are_forgotten_once_everybody_has_them(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": recorder("MailRequested"), "b": failing(1, recorder("MailRequested"))})
    await owing(here, MAIL)
    await here.deliver()
    sql = "SELECT payload::text AS payload FROM events"
    assert "secret" in (await here.rows(sql))[0]["payload"], "somebody needs them still"
    await here.deliver_all()
    (kept,) = await here.rows(sql)
    assert msgspec.json.decode(kept["payload"]) == {"template": "reset", "to": "", "locale": None, "values": {}}


async def test_only_the_clock_of_the_database_counts(
    new_happenings: NewHappenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lying(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Lying:
            return cls(2100, 1, 1, tzinfo=tz)

    # Whatever they might ask for the time says that it is years later.
    for module in (delivering, deliveries_repo):
        monkeypatch.setattr(module, "datetime", Lying, raising=False)
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: 4_000_000_000.0), raising=False)
    here = await owing(await new_happenings(), registered())
    await here.execute("UPDATE event_deliveries SET next_try_at = now() + interval '1 hour'")
    assert await here.deliver() == 0
    await here.execute("UPDATE event_deliveries SET next_try_at = now() - interval '1 second'")
    assert await here.deliver() == 1
