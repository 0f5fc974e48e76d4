"""Is the process there, does it work, and should requests be sent to it?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.web import health
from server.web.call import Shop
from server.web.health import READINESS
from storage.database import Database
from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate
from storage.transaction import Transaction
from tests.database import Cluster
from tests.server.web.conftest import probing
from tests.shop import Client, expect, new_shop


@pytest.fixture
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers about the database are not remembered."""
    monkeypatch.setattr(health, "REMEMBERED_SECONDS", -1.0)


async def test_a_shop_that_works_says_so(client: Client) -> None:
    assert expect(await client.get("//ping")) == {"pong": True}
    assert expect(await client.get("//health/live")) == {"status": "live"}
    assert expect(await client.get("//health/ready")) == {"status": "ready"}


async def test_liveness_asks_nobody_else(client: Client) -> None:
    for path in ("//ping", "//health/live"):
        answer = await client.get(path, headers={"X-Tenant-ID": "nobody"})
        assert (answer.status, answer.statements, answer.headers["Cache-Control"]) == (200, 0, "no-store")


async def test_readiness_does_not_ask_the_database_every_time(client: Client) -> None:
    await client.get("//health/ready")
    assert (await client.get("//health/ready")).statements == 0


@pytest.mark.usefixtures("always_look")
async def test_a_database_of_another_schema_is_not_ready(client: Client, cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.url(await asyncio.to_thread(cluster.new_database))
    owner = await Database.open(url, role=None, pool_size=1)
    database = await Database.open(url)
    async with probing(new_shop(database, tmp_path)) as address:
        other = Client(client.session, address, client.store)
        assert (await other.get("//health/ready")).status == 200
        await owner.transaction(None, _pretend_newer)
        newer = await other.get("//health/ready")
    await database.close()
    await owner.close()
    assert (newer.status, newer.code) == (503, "schema_other")
    assert "m9999_from_the_future" in newer.json["detail"]


async def _pretend_newer(tx: Transaction) -> None:
    await tx.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('shop', 'm9999_from_the_future', now())"
    )


@pytest.mark.usefixtures("always_look")
async def test_without_its_database_a_shop_lives_but_is_not_ready(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    folder.mkdir()
    tmp_path.chmod(0o755)
    postgres = EmbeddedPostgres(folder)
    try:
        url = (await asyncio.to_thread(postgres.start)).url
        database = await Database.open(url, role=None, pool_size=2, patience_seconds=1.0)
        await migrate(database)
        async with probing(new_shop(database, tmp_path)) as address:
            other = Client(client.session, address, client.store)
            assert (await other.get("//health/ready")).status == 200
            await asyncio.to_thread(postgres.stop)
            away, living = await other.get("//health/ready"), await other.get("//health/live")
            read = await other.get("/store")
            await asyncio.to_thread(postgres.start)
            back = await other.get("//health/ready")
        await database.close()
    finally:
        await asyncio.to_thread(postgres.stop)
    assert (away.status, away.code) == (503, "database_unavailable")
    assert int(away.headers["Retry-After"]) > 0
    assert living.status == 200
    assert (read.status, read.code) == (503, "database_unavailable")
    assert back.status == 200


async def test_a_process_that_is_stopping_is_not_ready(database: Database, client: Client, tmp_path: Path) -> None:
    shop: Shop = new_shop(database, tmp_path)
    async with probing(shop) as address:
        shop.use(READINESS).is_stopping = True
        answer = await Client(client.session, address, client.store).get("//health/ready")
    assert (answer.status, answer.code) == (503, "stopping")


async def test_what_does_not_work_besides_is_asked_for_each_time(
    database: Database, client: Client, tmp_path: Path
) -> None:
    shop: Shop = new_shop(database, tmp_path)
    trouble = {"redis": "Redis does not answer"}

    async def ask() -> dict[str, str]:
        return dict(trouble)

    shop.use(READINESS).asks.append(ask)
    async with probing(shop) as address:
        other = Client(client.session, address, client.store)
        assert expect(await other.get("//health/ready")) == {"status": "ready", "degraded": trouble}
        trouble.clear()
        assert expect(await other.get("//health/ready")) == {"status": "ready"}
