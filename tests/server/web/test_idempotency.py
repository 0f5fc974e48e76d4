"""A request sent twice: one effect, one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.web.call import Shop
from server.web.idempotency import LIFETIME
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors
from tests.server.web.probe import STARTED
from tests.shop import Answer, Client, new_store

Notes = Callable[[], Awaitable[list[str]]]


async def add(client: Client, name: str, key: str | None, **body: Any) -> Answer:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post("/notes", {"name": name, **body}, headers=headers)


async def test_the_second_request_gets_the_answer_of_the_first(client: Client, notes: Notes) -> None:
    first, second = await add(client, "a", "k1"), await add(client, "a", "k1")
    assert (first.status, second.status, second.raw) == (201, 201, first.raw)
    assert first.headers["Location"] == second.headers["Location"]
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert await notes() == ["a"]


async def test_without_a_key_every_request_counts(client: Client, notes: Notes) -> None:
    await add(client, "a", None)
    await add(client, "a", None)
    assert await notes() == ["a", "a"]


async def test_of_twenty_at_once_one_has_the_effect_and_all_the_same_answer(client: Client, notes: Notes) -> None:
    answers = await asyncio.gather(*(add(client, "a", "k") for _ in range(20)))
    done = [answer for answer in answers if answer.status == 201]
    others = [answer for answer in answers if answer.status != 201]
    assert done
    assert {answer.raw for answer in done} == {b'{"name":"a"}'}
    assert {(answer.status, answer.code, answer.headers["Retry-After"]) for answer in others} <= {
        (409, "idempotency_key_in_use", "1")
    }
    assert await notes() == ["a"]
    assert (await add(client, "a", "k")).raw == done[0].raw


async def test_while_it_runs_the_same_key_is_in_use(
    client: Client, shop: Shop, gate: asyncio.Event, notes: Notes
) -> None:
    running = asyncio.create_task(add(client, "a", "k", note="wait"))
    await shop.use(STARTED).wait()
    meanwhile = await add(client, "a", "k", note="wait")
    assert (meanwhile.status, meanwhile.code) == (409, "idempotency_key_in_use")
    gate.set()
    assert (await running).status == 201
    assert (await add(client, "a", "k", note="wait")).headers["Idempotency-Replayed"] == "true"
    assert await notes() == ["a"]


async def test_another_body_under_the_same_key_is_refused(client: Client, notes: Notes) -> None:
    await add(client, "a", "k")
    other = await add(client, "b", "k")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert await notes() == ["a"]


async def test_headers_do_not_make_another_request(client: Client, notes: Notes) -> None:
    """The version it was made for too: by the second attempt the first has changed that."""
    for version in ('"1"', '"2"', "*"):
        answer = await client.post("/notes", {"name": "a"}, headers={"Idempotency-Key": "k", "If-Match": version})
        assert answer.status == 201
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert await notes() == ["a"]


async def test_layout_and_order_of_the_body_make_no_difference(client: Client) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    await client.call("POST", "/notes", headers=headers, data=b'{"name":"a","amount":1}')
    again = await client.call("POST", "/notes", headers=headers, data=b'{ "amount": 1,\n "name": "a" }')
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_key_is_of_one_store_one_caller_and_one_address(
    client: Client, shop: Shop, store: Store, actors: Actors, notes: Notes
) -> None:
    elsewhere = Client(client.session, client.base, await new_store(shop))
    for caller in (
        client,
        elsewhere,
        client.signed_in(actors.token(store)),
        client.signed_in(actors.token(store)),
    ):
        answer = await add(caller, "a", "k")
        assert (answer.status, "Idempotency-Replayed" in answer.headers) == (201, False)
    other = await client.post("/notes/required", {"name": "a"}, headers={"Idempotency-Key": "k"})
    assert (other.status, "Idempotency-Replayed" in other.headers) == (201, False)
    assert await notes() == ["a"] * 4


@pytest.mark.parametrize(("how", "status"), [("refuse", 409), ("break", 500)])
async def test_a_request_that_failed_leaves_nothing_and_may_be_sent_again(
    client: Client, store: Store, shop: Shop, notes: Notes, how: str, status: int
) -> None:
    assert (await add(client, "a", "k", note=how)).status == status
    assert (await notes(), await kept_keys(shop, store)) == ([], 0)
    again = await add(client, "a", "k")
    assert (again.status, "Idempotency-Replayed" in again.headers) == (201, False)


async def test_a_request_cut_off_before_commit_leaves_nothing(
    client: Client, shop: Shop, store: Store, gate: asyncio.Event, notes: Notes
) -> None:
    running = asyncio.create_task(add(client, "a", "k", note="wait"))
    await shop.use(STARTED).wait()
    await shop.database.transaction(None, end_other_sessions)
    gate.set()
    assert ((await running).status, (await running).code) == (503, "database_unavailable")
    assert (await notes(), await kept_keys(shop, store)) == ([], 0)
    assert (await add(client, "a", "k", note="wait")).status == 201


async def end_other_sessions(tx: Transaction) -> None:
    """What a crash of PostgreSQL looks like from here."""
    await tx.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
    )


async def test_an_answer_is_kept_for_a_day_and_then_the_key_is_free(
    client: Client, shop: Shop, store: Store, notes: Notes
) -> None:
    await add(client, "a", "k")

    async def age(tx: Transaction) -> Any:
        kept = await tx.fetchval("SELECT expires_at - created_at FROM idempotency_keys")
        assert await tx.execute("UPDATE idempotency_keys SET expires_at = now()") == 1
        return kept

    assert await shop.database.transaction(store.id, age) == LIFETIME
    fresh = await add(client, "b", "k")
    assert (fresh.status, "Idempotency-Replayed" in fresh.headers) == (201, False)
    assert (await add(client, "b", "k")).headers["Idempotency-Replayed"] == "true"
    assert await notes() == ["a", "b"]


async def test_where_a_repeat_would_do_harm_a_key_is_needed(client: Client, notes: Notes) -> None:
    missing = await client.post("/notes/required", {"name": "a"})
    assert (missing.status, missing.code) == (400, "idempotency_key_missing")
    assert await notes() == []


@pytest.mark.parametrize("key", ["k" * 255, '"quoted"', '"with blanks "', "with blanks", "#[]~!"])
async def test_a_key_is_printable_ascii_with_or_without_quotes(client: Client, key: str) -> None:
    assert (await add(client, "a", key)).status == 201
    assert (await add(client, "a", key)).headers["Idempotency-Replayed"] == "true"


async def test_quotes_are_no_part_of_the_key(client: Client) -> None:
    await add(client, "a", "k")
    assert (await add(client, "a", '"k"')).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", '""', '"', "k" * 256, 'a"b', "a\\b", "clé", '"open', "tab\tinside"])
async def test_any_other_key_is_refused(client: Client, notes: Notes, key: str) -> None:
    answer = await add(client, "a", key)
    assert (answer.status, answer.code) == (400, "idempotency_key_malformed")
    assert await notes() == []


async def test_two_keys_are_none(client: Client) -> None:
    answer = await client.session.post(
        f"{client.base}/api/v1/notes",
        headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("X-Tenant-ID", client.store.slug)],
        json={"name": "a"},
    )
    assert (await answer.json())["code"] == "idempotency_key_malformed"


async def test_a_malformed_body_is_told_before_the_key_is_used(client: Client, shop: Shop, store: Store) -> None:
    assert (await add(client, "", "k")).code == "body_invalid"
    assert await kept_keys(shop, store) == 0


async def test_the_cost_of_a_key_is_two_statements(client: Client) -> None:
    without, with_key = await add(client, "a", None), await add(client, "a", "k")
    assert with_key.statements == without.statements + 2


async def kept_keys(shop: Shop, store: Store) -> int:
    count = await shop.database.transaction(store.id, lambda tx: tx.fetchval("SELECT count(*) FROM idempotency_keys"))
    return int(count)
