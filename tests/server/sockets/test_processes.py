"""Do clients of several processes see the same, with Redis, without it, and while it goes away and comes back?"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from server.auth.emails import parse_email
from server.auth.passwords import PASSWORDS
from server.auth.registration import create_user
from server.feeds.steps import Thing
from server.sockets.connections import CONNECTIONS
from server.sockets.outbox import MOST_WAITING_PACKETS
from server.sockets.serving import SOCKETS
from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.ids import new_id
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import PASSWORD, signed_in
from tests.server.feeds.conftest import begin, write
from tests.server.sockets.conftest import Caller, calling, ended, join, raw_client
from tests.server.sockets.probe import probing, probing_shop
from tests.server.web.test_limits_in_redis import Redis
from tests.server.web.test_limits_in_redis import redis as redis
from tests.shop import Client, expect, new_store


@asynccontextmanager
async def two_processes(
    database: Database, folder: Path, session: ClientSession, **settings: Any
) -> AsyncIterator[tuple[list[Shop], list[Client]]]:
    """Two shops that have nothing in common but the database and the keys; and somebody who calls each of them."""
    async with AsyncExitStack() as stack:
        shops = [probing_shop(database, folder, **settings) for _ in range(2)]
        addresses = [await stack.enter_async_context(probing(shop)) for shop in shops]
        store = await new_store(shops[0])
        yield shops, [Client(session, address, store) for address in addresses]


async def person_of(client: Client, shop: Shop) -> str:
    """A token of somebody new."""
    email = f"ana-{new_id().hex}@example.com"
    hashed = await shop.use(PASSWORDS).hash(PASSWORD)
    await shop.database.transaction(
        client.store.id,
        lambda tx: create_user(tx, email=parse_email(email), name="Ana", password_hash=hashed, roles=("customer",)),
    )
    return str((await signed_in(client, email))["access_token"])


async def health(client: Client) -> dict[str, str]:
    """What does not work, as the process says."""
    return dict(expect(await client.get("//health/ready")).get("degraded", {}))


async def until_healthy(client: Client, *, healthy: bool) -> None:
    """Wait until the process says that Redis is there, or that it is not."""
    async with asyncio.timeout(20):
        while ("redis" in await health(client)) == healthy:
            await asyncio.sleep(0.05)


async def watching(caller: Caller, thing: Thing) -> None:
    """Have its steps sent."""
    await caller.get("watch", {"id": str(thing.id)})


def seqs(caller: Caller) -> list[int]:
    """The steps somebody was sent."""
    return [step["seq"] for step in caller.of("step")]


async def heard_by(teller: Caller, hearer: Caller, text: str) -> None:
    """Tell everybody until the other one has heard it: what is told may be lost."""
    async with asyncio.timeout(20):
        while {"text": text} not in hearer.of("said"):
            await teller.get("tell-all", {"text": text})
            await asyncio.sleep(0.05)


def not_waiting_for_redis() -> asyncio.Timeout:
    """Far shorter than Redis would be waited for, if each event waited."""
    return asyncio.timeout(20)


async def test_without_redis_steps_reach_clients_of_every_process(
    database: Database, tmp_path: Path, session: ClientSession
) -> None:
    async with two_processes(database, tmp_path, session) as (shops, clients):
        token = await person_of(clients[0], shops[0])
        thing = await begin(database, clients[0].store)
        async with _both(clients, token) as (one, other):
            await asyncio.gather(watching(one, thing), watching(other, thing))
            await asyncio.gather(*(write(database, thing) for _ in range(20)))
            await asyncio.gather(one.until(lambda: 20 in seqs(one)), other.until(lambda: 20 in seqs(other)))
            assert seqs(one) == seqs(other) == list(range(1, 21))
        assert await health(clients[0]) == {}


async def test_redis_carries_what_may_be_lost_and_nothing_waits_for_it(
    redis: Redis, database: Database, tmp_path: Path, session: ClientSession
) -> None:
    url = f"redis://127.0.0.1:{redis.port}/0"
    async with two_processes(database, tmp_path, session, redis_url=url) as (shops, clients):
        token = await person_of(clients[0], shops[0])
        thing = await begin(database, clients[0].store)
        async with _both(clients, token) as (one, other):
            await asyncio.gather(*(until_healthy(client, healthy=True) for client in clients))
            await heard_by(one, other, "hello")
            assert one.of("said").count({"text": "hello"}) >= 1
            await asyncio.gather(watching(one, thing), watching(other, thing))
            await write(database, thing)
            await asyncio.gather(one.until(lambda: seqs(one)), other.until(lambda: seqs(other)))

            redis.kill()
            async with not_waiting_for_redis():
                for number in range(50):
                    await one.get("tell-all", {"text": f"to nobody {number}"})
            await write(database, thing, 3)
            await asyncio.gather(one.until(lambda: 4 in seqs(one)), other.until(lambda: 4 in seqs(other)))
            await asyncio.gather(*(until_healthy(client, healthy=False) for client in clients))

            redis.start()
            await asyncio.gather(*(until_healthy(client, healthy=True) for client in clients))
            await heard_by(other, one, "back again")
            await write(database, thing)
            await asyncio.gather(one.until(lambda: 5 in seqs(one)), other.until(lambda: 5 in seqs(other)))
            assert seqs(one) == seqs(other) == [1, 2, 3, 4, 5]


async def test_a_redis_that_takes_connections_and_says_nothing_holds_up_nobody(
    database: Database, tmp_path: Path, session: ClientSession
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        url = f"redis://127.0.0.1:{hole.getsockname()[1]}/0"
        async with two_processes(database, tmp_path, session, redis_url=url, rate_limits=True) as (shops, clients):
            token = await person_of(clients[0], shops[0])
            async with _both(clients, token) as (one, _):
                async with not_waiting_for_redis():
                    for number in range(40):
                        await one.get("count", {"text": str(number)})
                        await one.get("tell-all", {"text": str(number)})
                assert [said["text"] for said in one.of("said")] == [str(number) for number in range(40)]
                await until_healthy(clients[0], healthy=False)


async def test_a_client_that_polls_is_refused_where_there_are_several_processes(
    redis: Redis, database: Database, tmp_path: Path, session: ClientSession
) -> None:
    shop = probing_shop(database, tmp_path, redis_url=f"redis://127.0.0.1:{redis.port}/0")
    async with probing(shop) as address, session.get(f"{address}/socket.io/?EIO=4&transport=polling") as answer:
        assert answer.status in {400, 404}
    assert len(shop.use(CONNECTIONS)) == len(shop.use(SOCKETS).eio.clients) == 0


async def test_who_missed_more_than_may_wait_for_a_client_gets_it_all(
    database: Database, tmp_path: Path, session: ClientSession
) -> None:
    async with two_processes(database, tmp_path, session) as (shops, clients):
        token = await person_of(clients[0], shops[0])
        thing = await begin(database, clients[0].store)
        most = MOST_WAITING_PACKETS + 200
        await write(database, thing, most)
        async with calling(clients[0].base, clients[0].store, "/probe", token) as caller:
            await watching(caller, thing)
            await caller.until(lambda: most in seqs(caller), seconds=60)
            assert seqs(caller) == list(range(1, most + 1))


async def test_a_process_stops_however_its_clients_take_it(
    database: Database, tmp_path: Path, session: ClientSession
) -> None:
    shop = probing_shop(database, tmp_path)
    store = await new_store(shop)
    async with AsyncExitStack() as clients:
        async with probing(shop) as address:
            deaf = await clients.enter_async_context(raw_client(session, address, store))
            await join(deaf, "/anybody")
            polls = f"{address}/socket.io/?EIO=4&transport=polling"
            async with session.get(polls, headers={"X-Tenant-ID": store.slug}) as answer:
                assert answer.status == 200
        assert await ended(deaf) == ["1"], "told to close"
    engine = shop.use(SOCKETS).eio
    assert not engine.clients
    assert not engine.sockets


async def test_with_a_single_connection_in_the_pool_a_sign_out_ends_sockets_and_steps_come(
    cluster: Cluster, tmp_path: Path, session: ClientSession
) -> None:
    small = await Database.open(cluster.url(SHARED, APP_ROLE), pool_size=1)
    try:
        shop = probing_shop(small, tmp_path)
        async with probing(shop) as address:
            client = Client(session, address, await new_store(shop))
            token = await person_of(client, shop)
            thing = await begin(small, client.store)
            async with calling(address, client.store, "/probe", token) as caller:
                await watching(caller, thing)
                await write(small, thing)
                await caller.until(lambda: seqs(caller) == [1])
                expect(await client.signed_in(token).post("/auth/sign-out"), 204)
                await caller.until(lambda: caller.of("disconnect"), seconds=20)
    finally:
        await small.close()


@asynccontextmanager
async def _both(clients: list[Client], token: str) -> AsyncIterator[tuple[Caller, Caller]]:
    """Somebody, connected to both processes."""
    one, other = clients
    async with (
        calling(one.base, one.store, "/probe", token) as first,
        calling(other.base, other.store, "/probe", token) as second,
    ):
        yield first, second
