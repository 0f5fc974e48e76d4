"""Does a stream end when whoever reads it may read it no more, and is it not begun again?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio

from server.auth.bearer import TOKENS, Claims
from server.live import streams
from server.live.following import ORDERS
from server.live.streams import STREAMS
from server.sockets.standing import who_is
from server.web.actor import Actor
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import platform_token, sign_up, token_of
from tests.database import SHARED, Cluster
from tests.server.live.conftest import Crowd, Heard, hearing, link_of, nobody_looks, seqs
from tests.server.orders.placed import Placed, pay, place
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_store


@pytest_asyncio.fixture(loop_scope="session")
async def owner(cluster: Cluster) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The owner of the tables, who alone makes people of the platform."""
    connection = await asyncpg.connect(cluster.url(SHARED))
    yield connection
    await connection.close()


async def test_streams_of_a_store_that_is_suspended_end_and_those_of_others_go_on(
    shop: Shop, store: Store, client: Client, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    other = await new_store(shop)
    there = Client(client.session, client.base, other)
    staff = there.signed_in((await sign_up(shop, other, ["admin"])).token)
    platform = there.signed_in(await platform_token(shop, owner))
    theirs, ours = await place(shop, other), await place(shop, store)
    linked = f"/orders/by-link/{link_of(shop, theirs)}/events"
    readers = [(staff, _events(theirs)), (_owner_of(shop, there, theirs), _events(theirs)), (there, linked)]
    readers.append((platform, _events(theirs)))
    async with hearing(_owner_of(shop, client, ours), _events(ours)) as stays:
        for reader, path in readers:
            async with hearing(reader, path) as heard:
                await _begun(heard)
                await _set_status(shop, other, "suspended")
                await heard.until(lambda heard=heard: heard.is_over)
                refused = await reader.get(path)
                assert (refused.status, refused.code) == (404, "store_unknown")
                await _set_status(shop, other, "active")
                async with asyncio.timeout(20):
                    while (await there.get("/products?limit=1")).status != 200:
                        await asyncio.sleep(0.02)
            assert seqs(heard.of("order")) == [1]
        await pay(shop, store, ours)
        await stays.until(lambda: stays.of("order")[1:])
        # Once it is there again they go on where they were.
        await pay(shop, other, theirs)
        async with hearing(staff, _events(theirs), {"Last-Event-ID": "1"}) as again:
            await again.until(lambda: again.of("order"))
            assert seqs(again.of("order")) == [2]


@pytest.mark.parametrize("change", ["status = 'suspended'", "tokens_valid_after = now() + interval '1 hour'"])
async def test_somebody_who_may_not_come_any_more_is_told_no_more(
    shop: Shop, store: Store, crowd: Crowd, client: Client, owner: asyncpg.Connection[asyncpg.Record], change: str
) -> None:
    order = await place(shop, store)
    staff = await crowd.person("admin")
    token = await platform_token(shop, owner)
    platform = (await shop.use(TOKENS).read(token)).sub
    for reader, table, person in (
        (crowd.calls(staff), "users", staff.id),
        (client.signed_in(token), "platform_users", platform),
    ):
        async with hearing(reader, _events(order)) as heard:
            await _begun(heard)
            await owner.execute(f"UPDATE {table} SET {change} WHERE id = $1", person)
            await heard.until(lambda heard=heard: heard.is_over)
        refused = await reader.get(_events(order))
        assert (refused.status, refused.code) == (401, "token_invalid")


async def test_who_signs_out_is_told_no_more_and_others_are(shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    staff = await crowd.person("admin")
    order = await place(shop, store, owner=owner)
    async with (
        hearing(crowd.calls(ana), _events(order)) as heard,
        hearing(crowd.calls(staff), _events(order)) as stays,
    ):
        await _begun(heard)
        expect(await crowd.calls(ana).post("/auth/sign-out"), 204)
        await heard.until(lambda: heard.is_over)
        await pay(shop, store, order)
        await stays.until(lambda: stays.of("order")[1:])
    refused = await crowd.calls(ana).get(_events(order))
    assert (refused.status, refused.code) == (401, "token_invalid")


async def test_who_signs_out_while_the_stream_is_opened_gets_none(
    shop: Shop, store: Store, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)

    async def signing_out_meanwhile(at: Shop, of: Store, claims: Claims | None) -> Actor:
        expect(await crowd.calls(ana).post("/auth/sign-out"), 204)
        return await who_is(at, of, claims)

    monkeypatch.setattr(streams, "who_is", signing_out_meanwhile)
    refused = await crowd.calls(ana).get(_events(order))
    assert (refused.status, refused.code) == (401, "token_invalid")
    # Nothing is left of what had begun.
    await nobody_looks(shop.use(ORDERS))


async def test_who_may_do_other_things_while_the_stream_is_opened_has_to_come_back(
    shop: Shop, store: Store, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = await crowd.person("admin")
    order = await place(shop, store)

    async def losing_a_role_meanwhile(at: Shop, of: Store, claims: Claims | None) -> Actor:
        return replace(await who_is(at, of, claims), roles=("customer",), permissions=frozenset())

    monkeypatch.setattr(streams, "who_is", losing_a_role_meanwhile)
    async with hearing(crowd.calls(staff), _events(order)) as heard:
        await heard.until(lambda: heard.is_over)
        assert heard.events == []


async def test_a_stream_lasts_no_longer_than_its_token(
    shop: Shop, store: Store, client: Client, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await place(shop, store)
    now = int(time.time())
    claims = Claims(sub=order.owner.id, kind="guest", store=store.id, iat=now, exp=now + 30)
    assert shop.use(STREAMS).longest_seconds > 45
    staff = await crowd.person("admin")
    async with (
        hearing(client.signed_in(shop.use(TOKENS).issue(claims)), _events(order)) as heard,
        hearing(crowd.calls(staff), _events(order)) as stays,
    ):
        await _begun(heard)
        await _begun(stays)
        # Nobody has to wait for it: for streams, it is later.
        monkeypatch.setattr(streams, "_now", lambda: asyncio.get_running_loop().time() + 45)
        await pay(shop, store, order)
        await heard.until(lambda: heard.is_over)
        await stays.until(lambda: stays.of("order")[1:])
    assert seqs(heard.of("order")) == [1]
    expired = token_of(shop, store, staff.id, staff.session_id, age_seconds=901)
    refused = await client.signed_in(expired).get(_events(order))
    assert (refused.status, refused.code) == (401, "token_invalid")


async def test_other_access_rules_have_readers_of_streams_come_back(
    shop: Shop, store: Store, client: Client, crowd: Crowd
) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    admin = Admin(client.signed_in((await crowd.person("admin")).token))
    async with hearing(crowd.calls(ana), _events(order)) as heard:
        await _begun(heard)
        draft = await admin.draft("access")
        text, tag = await admin.source(draft)
        head, _, _ = text.replace("may: [chat.moderate, ", "may: [").partition("\npublish_policy:")
        expect(await admin.try_to_save(draft, head + "\n", tag))
        await admin.publish(draft, allow=[{"code": code, "because": "a test"} for code in ("RS620", "RS621")])
        await heard.until(lambda: heard.is_over)


async def test_readers_of_streams_stay_while_other_rules_are_switched(shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    opened = shop.use(STREAMS)
    opened.switched(store.id, "these")
    async with hearing(crowd.calls(ana), _events(order)) as heard:
        opened.switched(store.id, "these")
        opened.switched(new_id(), "others")
        await pay(shop, store, order)
        await heard.until(lambda: heard.of("order")[1:])
        opened.switched(store.id, "others")
        await heard.until(lambda: heard.is_over)


def _events(order: Placed) -> str:
    return f"/orders/{order.number}/events"


def _owner_of(shop: Shop, client: Client, order: Placed) -> Client:
    """The guest who placed the order."""
    now = int(time.time())
    claims = Claims(sub=order.owner.id, kind="guest", store=client.store.id, iat=now, exp=now + 900)
    return client.signed_in(shop.use(TOKENS).issue(claims))


async def _begun(heard: Heard) -> None:
    await heard.until(lambda: heard.of("order") and heard.of("order_now"))


async def _set_status(shop: Shop, store: Store, status: str) -> None:
    await shop.database.transaction(
        None, lambda tx: tx.execute("UPDATE stores SET status = $2 WHERE id = $1", store.id, status)
    )
