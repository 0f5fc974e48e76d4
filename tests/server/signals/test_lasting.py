"""Whoever is killed when, and however much happened before: a pattern is seen once, with the same few statements."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest

from engine.signals import Lookup, network
from server.background.repo import due_work
from server.events.delivering import deliver_due
from server.signals import gate, windows_repo
from server.signals.evaluators import EVALUATORS, Evaluators
from server.signals.windows_repo import FOUND_BY
from storage.counting import counted_statements
from storage.errors import DatabaseUnavailable
from storage.transaction import Transaction
from tests.server.events.killing import accident
from tests.server.rule_admin.admins import Admin
from tests.server.signals.conftest import VELOCITY, Watched, placed
from tests.server.signals.test_gate import hang
from tests.shop import Client

_MANY = """
INSERT INTO events (id, store_id, position, kind, name, version, aggregate, payload, occurred_at)
SELECT gen_random_uuid(), $1, -n, e.kind, e.name, e.version, NULL, e.payload,
       e.occurred_at - n * interval '1 millisecond'
  FROM events e, generate_series(1, $2) n WHERE e.position = (SELECT min(position) FROM events)
"""


@pytest.mark.parametrize("is_after", [False, True])
async def test_a_worker_that_is_killed_at_any_statement_loses_and_doubles_nothing(
    watched: Watched, is_after: bool
) -> None:
    watched.rules(VELOCITY)
    at, happened = 0, True
    while happened:
        at += 1
        phone = f"p-{at}"
        await watched.happens(placed(customer_phone=phone), placed(customer_phone=phone))
        await watched.announce(placed(customer_phone=phone))
        await watched.spread()
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable):
            await deliver_due(watched.shop, watched.store)
        happened = it.has_happened
        await watched.execute("UPDATE event_deliveries SET next_try_at = now() WHERE state = 'due'")
        await watched.tell()
        assert (len(await watched.firings()), len(await watched.announced())) == (at, at)
    assert at > 8, "there were as many statements"


async def test_a_thousand_events_before_cost_no_more_statements_than_two(watched: Watched) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed())
    counts = []
    for more in (0, 1_000):
        await watched.execute(_MANY, watched.store.id, more)
        await watched.announce(placed())
        await watched.spread()
        with counted_statements() as counted:
            assert await deliver_due(watched.shop, watched.store) == 1
        counts.append(counted.count)
    assert counts[0] == counts[1]
    firings = await watched.firings()
    assert [len(firing["events"]) for firing in firings] == [3, 3], "the newest three"


@pytest.mark.parametrize("column", FOUND_BY)
async def test_events_are_found_by_an_index_under_the_policy_of_their_store(watched: Watched, column: str) -> None:
    fact = column.replace("_", ".", 1)
    lookup = Lookup(("OrderPlaced",), {fact: "x"}, 0, 10**15)

    async def plan(tx: Transaction) -> Sequence[str]:
        await tx.execute("SET LOCAL enable_seqscan = off")
        (asked,) = windows_repo._asked([lookup])
        rows = await tx.fetch(f"EXPLAIN {windows_repo._AROUND}", *([each] for each in asked))
        return [row[0] for row in rows]

    lines = await watched.shop.database.transaction(watched.store.id, plan)
    assert any("Index" in line and "ON events" not in line and f"{column} = " in line for line in lines), lines


async def test_without_the_library_in_c_the_same_is_seen(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_durable", None)
    watched.shop.provide(EVALUATORS, Evaluators())
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed(), placed())
    assert len(await watched.firings()) == 1


async def test_a_network_that_does_what_it_never_should_is_not_asked_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise network.NetworkFault("it went mad")

    monkeypatch.setattr(network.Network, "_assert", broken)
    watched.shop.provide(EVALUATORS, Evaluators())
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed(), placed(), placed())
    assert len(await watched.firings()) == 2


async def test_signals_are_published_once_their_network_was_built_in_time(
    watched: Watched, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = Admin(staff)
    draft = await admin.draft("signals")
    monkeypatch.setattr(gate, "why_no_network", hang)
    monkeypatch.setattr(gate, "BUILT_WITHIN_SECONDS", 0.1)
    monkeypatch.setattr(gate, "LEAST_SECONDS", 0.1)
    refused = await admin.try_to_publish(draft, activate=True)
    assert (refused.status, refused.code) == (422, "ruleset_faulty"), refused.json
    assert [each["code"] for each in refused.json["errors"]] == ["RS679"]
    monkeypatch.undo()
    await admin.publish(draft)
    due = await due_work(watched.shop.database)
    assert ("signal", watched.store.slug) in {(each.kind, each.store_slug) for each in due}, "looked through at once"
