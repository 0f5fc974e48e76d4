"""Do orders move before the eyes of those they belong to, and of nobody else?"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from server.auth.cookies import ACCESS_COOKIE
from server.feeds.hub import HUB
from server.live.following import ORDERS, SELLERS
from server.live.inventory import STOCKS
from server.live.orders_repo import read_steps
from server.live.streams import STREAMS
from server.sockets.connections import CONNECTIONS
from server.sockets.serving import moving
from server.web.call import Shop
from storage.counting import counted_statements
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import guest_token, open_session, sign_up
from tests.server.cart.goods import Goods
from tests.server.live.conftest import Crowd, hearing, link_of, nobody_looks, seqs
from tests.server.orders.people import deliver, send
from tests.server.orders.placed import Wanted, bring, pack, pay, place
from tests.server.sockets.conftest import calling
from tests.shop import Client, expect, new_shop, new_store, serving


async def test_whoever_follows_an_order_is_told_each_step_once_and_in_order(
    address: str, shop: Shop, store: Store, crowd: Crowd
) -> None:
    ana, owner = await crowd.customer()
    staff, seller = await crowd.person("admin"), await crowd.person("seller")
    await _make_seller(shop, store, seller.id)
    order = await place(shop, store, Wanted("TEA", seller="stall"), owner=owner)
    async with AsyncExitStack() as stack:
        people = {}
        for name, token in (("ana", ana.token), ("staff", staff.token), ("seller", seller.token), ("link", None)):
            people[name] = caller = await stack.enter_async_context(calling(address, store, "/orders", token))
            body = {"token": link_of(shop, order)} if token is None else {"number": str(order.number)}
            now = await caller.get("watch", body)
            assert (now["number"], now["seq"], now["state"]) == (str(order.number), 1, "pending")
        own = await stack.enter_async_context(hearing(crowd.calls(ana), f"/orders/{order.number}/events"))
        linked = await stack.enter_async_context(
            hearing(crowd.client, f"/orders/by-link/{link_of(shop, order)}/events?after=1")
        )

        await pay(shop, store, order)
        await bring(shop, store, order, "process")
        await send(crowd.calls(staff), order.number, carrier="Correios", tracking_number="BR1")
        await deliver(crowd.calls(staff), order.number)
        last = (await crowd.calls(staff).get(f"/orders/{order.number}")).json

        for caller in people.values():
            await caller.until(lambda caller=caller: caller.of("order")[3:])
            await caller.until(
                lambda caller=caller: [each["state"] for each in caller.of("order_now")][-1:] == ["delivered"]
            )
            assert seqs(caller.of("order")) == [2, 3, 4, 5]
        # Steps and pictures come each in their own time.
        for heard in (own, linked):
            await heard.until(lambda heard=heard: seqs(heard.of("order"))[-1:] == [5])
            await heard.until(lambda heard=heard: [it["state"] for it in heard.of("order_now")][-1:] == ["delivered"])
        assert [id for name, id, _ in own.events if name == "order"] == seqs(last["timeline"])
        assert seqs(linked.of("order")) == seqs(last["timeline"])[1:]

        seen = (await crowd.calls(ana).get(f"/orders/{order.number}")).json
        for told in (people["ana"].of("order"), own.of("order")[1:], linked.of("order"), people["link"].of("order")):
            assert [each["step"] for each in told] == seen["timeline"][1:]
        assert [each["step"] for each in people["staff"].of("order")] == last["timeline"][1:]
        assert all(each["step"] is None for each in people["seller"].of("order"))
        assert people["seller"].of("order_now")[-1]["payments"] is None
        for told in (people["ana"], own, linked):
            assert told.of("order_now")[-1]["shipments"] == seen["shipments"]
            assert told.of("order_now")[-1]["captured"] == seen["totals"]["captured"]


async def test_who_comes_back_is_told_what_they_missed(address: str, shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    path = f"/orders/{order.number}/events"
    async with hearing(crowd.calls(ana), path) as before:
        await before.until(lambda: before.of("order"))
    await pack(shop, store, order)
    async with hearing(crowd.calls(ana), f"{path}?after=0", {"Last-Event-ID": "1"}) as after:
        await after.until(lambda: len(after.of("order")) == 2)
        assert (seqs(before.of("order")), seqs(after.of("order"))) == ([1], [2, 3])
    async with calling(address, store, "/orders", ana.token) as caller:
        assert (await caller.get("watch", {"number": order.number, "after": 1}))["seq"] == 3
        await caller.until(lambda: len(caller.of("order")) == 2)
        assert seqs(caller.of("order")) == [2, 3]


async def test_what_changes_without_a_step_is_told_as_well(shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    staff = crowd.calls(await crowd.person("admin"))
    order = await pack(shop, store, await place(shop, store, owner=owner))
    await send(staff, order.number)
    async with hearing(crowd.calls(ana), f"/orders/{order.number}/events") as heard:
        await heard.until(lambda: heard.of("order_now"))
        seen = {"status": "in_transit", "location": "Curitiba"}
        expect(await staff.post(f"/orders/{order.number}/shipments/1/events", seen), 201)
        await heard.until(lambda: heard.of("order_now")[-1]["shipments"][0]["events"])
        assert heard.of("order_now")[-1]["shipments"][0]["events"][0]["location"] == "Curitiba"
        assert seqs(heard.of("order")) == [1, 2, 3, 4]


async def test_what_is_somebody_elses_is_not_there(
    address: str, shop: Shop, store: Store, crowd: Crowd, session: ClientSession
) -> None:
    _, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    stranger, seller = await crowd.person("customer"), await crowd.person("seller")
    await _make_seller(shop, store, seller.id)
    for token in (stranger.token, seller.token, guest_token(shop, store)):
        answer = await crowd.client.signed_in(token).get(f"/orders/{order.number}/events")
        assert (answer.status, answer.code) == (404, "order_unknown")
        async with calling(address, store, "/orders", token) as caller:
            assert (await caller.ask("watch", {"number": order.number}))["problem"]["code"] == "order_unknown"
    other = await new_store(shop)
    away = await sign_up(shop, other, ["admin"])
    async with calling(address, other, "/orders", away.token) as caller:
        assert (await caller.ask("watch", {"number": order.number}))["problem"]["code"] == "order_unknown"
        linked = await caller.ask("watch", {"token": link_of(shop, order)})
        assert linked["problem"]["code"] == "order_link_invalid"
    assert (await Client(session, address, other).get(f"/orders/by-link/{link_of(shop, order)}/events")).status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "watch_invalid"),
        ({"number": 1001, "token": "x"}, "watch_invalid"),
        ({"number": 1001}, "sign_in_needed"),
        ({"number": "0"}, "body_invalid"),
        ({"token": "forged"}, "order_link_invalid"),
    ],
)
async def test_what_cannot_be_watched_is_answered_with_a_problem(
    address: str, store: Store, body: dict[str, object], code: str
) -> None:
    async with calling(address, store, "/orders") as caller:
        assert (await caller.ask("watch", body))["problem"]["code"] == code


async def test_a_link_that_has_expired_leads_nowhere(address: str, shop: Shop, store: Store, client: Client) -> None:
    token = link_of(shop, await place(shop, store), timedelta(seconds=-1))
    async with calling(address, store, "/orders") as caller:
        assert (await caller.ask("watch", {"token": token}))["problem"]["code"] == "order_link_expired"
    assert (await client.get(f"/orders/by-link/{token}/events")).code == "order_link_expired"


async def test_who_may_not_see_an_order_any_more_is_told_no_more_of_it(
    address: str, shop: Shop, store: Store, crowd: Crowd
) -> None:
    staff = await crowd.person("admin")
    order = await place(shop, store)
    async with calling(address, store, "/orders", staff.token) as caller:
        await caller.get("watch", {"number": order.number})
        async with hearing(crowd.calls(staff), f"/orders/{order.number}/events") as heard:
            await heard.until(lambda: heard.of("order"))
            await _run(shop, store, "UPDATE users SET roles = '{customer}' WHERE id = $1", staff.id)
            await heard.until(lambda: heard.is_over)
        async with asyncio.timeout(10):
            while "problem" not in (answer := await caller.ask("watch", {"number": order.number})):
                await asyncio.sleep(0.1)
        assert answer["problem"]["code"] == "order_unknown"
        await pay(shop, store, order)
        await caller.until(lambda: caller.of("order_ended"))
        assert caller.of("order") == []


@pytest.mark.parametrize("change", ["status = 'suspended'", "user_id = NULL"])
async def test_a_seller_who_may_not_sell_any_more_is_told_no_more(
    address: str, shop: Shop, store: Store, crowd: Crowd, change: str
) -> None:
    seller = await crowd.person("seller")
    await _make_seller(shop, store, seller.id)
    order = await place(shop, store, Wanted("TEA", seller="stall"))
    async with calling(address, store, "/orders", seller.token) as caller:
        await caller.get("watch", {"number": order.number})
        await pay(shop, store, order)
        await caller.until(lambda: caller.of("order"))
        assert caller.of("order_ended") == []
        await _run(shop, store, f"UPDATE sellers SET {change} WHERE user_id = $1", seller.id)
        await caller.until(lambda: caller.of("order_ended"))
        await bring(shop, store, order, "process")
        assert (await caller.ask("watch", {"number": order.number}))["problem"]["code"] == "not_a_seller"
        assert seqs(caller.of("order")) == [2]


async def test_a_seller_who_signs_out_elsewhere_goes_on(address: str, shop: Shop, store: Store, crowd: Crowd) -> None:
    seller = await crowd.person("seller")
    await _make_seller(shop, store, seller.id)
    order = await place(shop, store, Wanted("TEA", seller="stall"))
    session = new_id()
    await shop.database.transaction(store.id, lambda tx: open_session(tx, seller.id, session))
    async with calling(address, store, "/orders", seller.token) as caller:
        await caller.get("watch", {"number": order.number})
        read = shop.use(SELLERS).readings
        sql = "UPDATE sessions SET revoked_at = now(), revoked_reason = 'signed_out' WHERE id = $1"
        await _run(shop, store, sql, session)
        async with asyncio.timeout(10):
            while shop.use(SELLERS).readings == read:
                await asyncio.sleep(0.01)
        await pay(shop, store, order)
        await caller.until(lambda: caller.of("order"))
        assert caller.of("order_ended") == []


async def test_a_page_with_a_cookie_needs_no_headers(shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    cookie = {"Cookie": f"{ACCESS_COOKIE}={ana.token}"}
    async with hearing(crowd.client, f"/orders/{order.number}/events", cookie) as heard:
        await heard.until(lambda: heard.of("order") and heard.of("order_now"))
        assert heard.of("order_now")[0]["number"] == str(order.number)


async def test_who_watches_no_more_is_told_no_more(address: str, shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    dropped, kept = await place(shop, store, owner=owner), await place(shop, store, owner=owner)
    async with calling(address, store, "/orders", ana.token) as caller:
        for order in (dropped, kept):
            await caller.get("watch", {"number": order.number})
        await caller.get("unwatch", {"number": str(dropped.number)})
        for order in (dropped, kept):
            await pay(shop, store, order)
        await caller.until(lambda: caller.of("order"))
        assert {each["number"] for each in caller.of("order")} == {str(kept.number)}


async def test_nothing_is_left_of_those_who_go_while_they_are_answered(
    address: str, shop: Shop, store: Store, goods: Goods, crowd: Crowd
) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    await goods.put("TEA")
    for namespace, body in (("/orders", {"number": order.number}), ("/catalog", {"products": ["p-tea"]})) * 10:
        async with calling(address, store, namespace, ana.token) as caller:
            await caller.client.emit("watch", body, namespace=namespace)
    async with asyncio.timeout(20):
        while len(shop.use(CONNECTIONS)):
            await asyncio.sleep(0.02)
    await nobody_looks(shop.use(ORDERS), shop.use(STOCKS))
    assert shop.use(HUB).watched["order"] == 0


async def test_a_stream_ends_at_once_when_the_process_stops(database: Database, tmp_path: Path) -> None:
    shop = new_shop(database, tmp_path)
    shop.use(STREAMS).longest_seconds = 3600.0
    store = await new_store(shop)
    order = await place(shop, store)
    async with ClientSession() as session, AsyncExitStack() as stack:
        async with moving(shop), serving(shop) as address:
            client = Client(session, address, store)
            path = f"/orders/by-link/{link_of(shop, order)}/events"
            heard = await stack.enter_async_context(hearing(client, path))
            await heard.until(lambda: heard.of("order_now"))
        async with asyncio.timeout(10):
            await heard.until(lambda: heard.is_over)
    assert not shop.use(ORDERS).is_looked_at


async def test_steps_of_many_orders_are_read_by_one_statement(shop: Shop, store: Store) -> None:
    orders = [await pay(shop, store, await place(shop, store)) for _ in range(3)]
    with counted_statements() as statements:
        found = await shop.database.transaction(
            store.id, lambda tx: read_steps(tx, {each.id: place for place, each in enumerate(orders)}, 1)
        )
    assert statements.count == 3, "BEGIN and COMMIT besides"
    assert [[step.seq for step in found.get(each.id, ())] for each in orders] == [[1], [2], []]


async def _make_seller(shop: Shop, store: Store, user_id: object) -> None:
    sql = "INSERT INTO sellers (id, store_id, slug, name, user_id) VALUES ($1, $2, 'stall', 'Stall', $3)"
    await _run(shop, store, sql, new_id(), store.id, user_id)


async def _run(shop: Shop, store: Store, sql: str, *arguments: object) -> None:
    await shop.database.transaction(store.id, lambda tx: tx.execute(sql, *arguments))
