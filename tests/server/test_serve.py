"""The program, started and stopped as people and machines do."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientError, ClientSession

from server.app import build_app
from server.serve import ServeError, serving
from server.web.call import Shop
from server.web.health import READINESS
from storage.database import APP_ROLE, Database
from tests.database import SHARED, Cluster
from tests.server import program
from tests.server.web.probe import GATE, STARTED, routes
from tests.shop import new_shop, new_store

Get = tuple[int, bytes]


async def get(session: ClientSession, address: str, path: str) -> Get:
    async with session.get(address + path) as response:
        return response.status, await response.read()


@pytest.fixture
def url(cluster: Cluster) -> str:
    """The migrated database, as the application role."""
    return cluster.url(SHARED, APP_ROLE)


async def test_on_an_empty_folder_it_serves_a_demo_with_a_database_of_its_own(
    session: ClientSession, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    async with program.serving("--demo", folder=tmp_path) as shop:
        assert await get(session, shop.address, "/health/ready") == (200, b'{"status":"ready"}')
        status, raw = await get(session, shop.address, "/api/v1/products")
        assert (status, len(json.loads(raw)["items"]) > 3) == (200, True)
        assert (await get(session, shop.address, "/docs"))[0] == 200
        # It would not serve with more rights than those of the application role; the owner's are there beside it.
        seen = await program.run("migrate", "--status", "--json", folder=tmp_path)
        ended = await shop.stop(signal.SIGINT)
    assert seen.code == 0
    assert all(each["applied"] for each in json.loads(seen.out)["migrations"])
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert not (tmp_path / "var" / "data" / "postmaster.pid").exists(), "its PostgreSQL is stopped too"
    async with program.serving(folder=tmp_path) as again:
        assert (await get(session, again.address, "/api/v1/products"))[1] == raw


async def test_a_database_of_others_is_used_as_it_is(session: ClientSession, tmp_path: Path, url: str) -> None:
    async with program.serving(folder=tmp_path, DATABASE_URL=url) as shop:
        assert (await get(session, shop.address, "/health/ready"))[0] == 200
        assert (await shop.stop()).code == 0
    assert not (tmp_path / "var" / "data").exists()


async def test_with_a_schema_that_is_behind_it_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    name = await asyncio.to_thread(cluster.new_database, migrated=False)
    ended = await program.run("serve", "--port", "0", folder=tmp_path, DATABASE_URL=cluster.url(name))
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert "sostech migrate" in ended.err
    migrated = await program.run("migrate", folder=tmp_path, DATABASE_URL=cluster.url(name))
    assert (migrated.code, "applied  m0001_platform" in migrated.out) == (0, True)
    again = await program.run("migrate", folder=tmp_path, DATABASE_URL=cluster.url(name))
    assert "nothing to do" in again.out
    async with program.serving(folder=tmp_path, DATABASE_URL=cluster.url(name, APP_ROLE)):
        pass


async def test_as_a_role_that_owns_the_tables_it_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    name = await asyncio.to_thread(cluster.new_database)
    owner = await Database.open(cluster.url(name), role=None, pool_size=1)
    await owner.transaction(None, lambda tx: tx.execute(f"ALTER TABLE audit_log OWNER TO {APP_ROLE}"))
    ended = await program.run("serve", "--port", "0", folder=tmp_path, DATABASE_URL=cluster.url(name, APP_ROLE))
    await owner.transaction(None, lambda tx: tx.execute(f"REASSIGN OWNED BY {APP_ROLE} TO CURRENT_USER"))
    await owner.close()
    assert ended.code == 2
    assert "owns audit_log" in ended.err


async def test_without_its_database_it_does_not_start(tmp_path: Path) -> None:
    ended = await program.run("serve", folder=tmp_path, DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:9/none")
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert "PostgreSQL does not answer" in ended.err
    assert "hunter2" not in ended.err


async def test_a_host_that_is_not_ours_is_named(tmp_path: Path, url: str) -> None:
    ended = await program.run("serve", "--host", "192.0.2.1", folder=tmp_path, DATABASE_URL=url)
    assert ended.code == 2
    assert "192.0.2.1" in ended.err


async def test_all_wrong_settings_are_told_before_anything_starts(tmp_path: Path) -> None:
    ended = await program.run("serve", folder=tmp_path, SOSTECH_ENVIRONMENT="production", SOSTECH_LOG_LEVEL="loud")
    assert ended.code == 2
    assert "SOSTECH_LOG_LEVEL" in ended.err
    unsafe = await program.run("serve", folder=tmp_path, SOSTECH_ENVIRONMENT="production")
    assert unsafe.err.count("\n  - ") >= 4
    assert list(tmp_path.iterdir()) == []


async def test_a_demo_is_not_for_production(tmp_path: Path, url: str) -> None:
    ended = await program.run(
        "serve", "--demo", folder=tmp_path, SOSTECH_ENVIRONMENT="production", DATABASE_URL=url,
        SOSTECH_KEYS="k1:" + "A" * 43 + "=", SOSTECH_ALLOWED_ORIGINS="https://a.example",
        SOSTECH_PUBLIC_URL="https://a.example",
    )  # fmt: skip
    assert (ended.code, "production" in ended.err) == (2, True)


@pytest.fixture
async def waiting(database: Database, tmp_path: Path) -> Shop:
    """A shop with an endpoint that waits, in the default store."""
    store = await new_store(new_shop(database, tmp_path))
    shop = new_shop(database, tmp_path, port=0, default_store=store.slug, shutdown_seconds=0.1)
    shop.provide(GATE, asyncio.Event())
    shop.provide(STARTED, asyncio.Event())
    return shop


async def test_what_is_running_is_finished_before_it_stops(waiting: Shop, session: ClientSession) -> None:
    shop = replace(waiting, settings=msgspec.structs.replace(waiting.settings, shutdown_seconds=60.0))
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serving(shop, build_app(shop, [routes])))
        running = asyncio.create_task(get(session, address, "/api/v1/waiting"))
        await shop.use(STARTED).wait()
        stopping = asyncio.create_task(stack.pop_all().aclose())
        await nobody_listens(address)
        assert not running.done()
        assert shop.use(READINESS).is_stopping
        shop.use(GATE).set()
        assert await running == (200, b'{"value":"through"}')
        await stopping


async def nobody_listens(address: str) -> None:
    """Wait until no connection is taken any more."""
    host, _, port = address.removeprefix("http://").partition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionError:
            return
        writer.close()
        await asyncio.sleep(0.01)


async def test_what_does_not_end_is_not_waited_for_longer_than_told(waiting: Shop, session: ClientSession) -> None:
    async with serving(waiting, build_app(waiting, [routes])) as address:
        running = asyncio.create_task(get(session, address, "/api/v1/waiting"))
        await waiting.use(STARTED).wait()
    with pytest.raises(ClientError):
        await running


async def test_a_port_in_use_is_named_with_the_way_out(database: Database, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shop = new_shop(database, tmp_path, port=port)
        with pytest.raises(ServeError, match=rf"port {port} of 127\.0\.0\.1 is in use.*choose another port.*--port"):
            await serving(shop, build_app(shop)).__aenter__()
