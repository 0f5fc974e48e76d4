"""PostgreSQL goes away under load and comes back: callers are told to come back too, and the same process goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.database import SHARED, Cluster, in_memory
from tests.server.inventory.conftest import Shelf
from tests.shop import Answer, Client, new_shop, new_store, serving

CLIENTS = 20
# Longer than anything here may take on a busy machine; who waits longer hangs.
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Outage:
    """A PostgreSQL of this test alone, which can be taken away. Commits are on disk, as in a real shop."""

    folder: Path
    postgres: EmbeddedPostgres
    cluster: Cluster

    async def take_away(self, how: signal.Signals) -> None:
        """End the server: SIGINT is a restart by an operator, SIGKILL an accident."""
        pid = int((self.folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while Path(f"/proc/{pid}").exists():
                await asyncio.sleep(0.02)

    async def bring_back(self) -> None:
        """Start it again, at the same address."""
        address = await asyncio.to_thread(self.postgres.start)
        assert address == self.cluster.owner


@pytest.fixture
def outage() -> Iterator[Outage]:
    """A running server."""
    with tempfile.TemporaryDirectory(prefix="sostech-test-", dir=in_memory(), ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        postgres = EmbeddedPostgres(Path(folder))
        with postgres as address:
            cluster = Cluster(address)
            asyncio.run(cluster.make_databases())
            yield Outage(Path(folder), postgres, cluster)


@pytest_asyncio.fixture(loop_scope="session")
async def fragile(outage: Outage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Shop, str]]:
    """A shop on it, and where it is served."""
    database = await Database.open(outage.cluster.url(SHARED, APP_ROLE), patience_seconds=2.0)
    shop = new_shop(database, tmp_path_factory.mktemp("fragile"))
    async with serving(shop) as address:
        yield shop, address
    await database.close()


@dataclass
class Load:
    """Clients that read and write without a break, and what they were told."""

    client: Client
    met: Counter[str] = field(default_factory=Counter)
    unsure: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    is_over: bool = False

    async def run(self) -> None:
        """One client's work until it is over."""
        while not self.is_over:
            key = new_id().hex
            wrote = await self.write(key)
            (self.written if wrote.status == HTTPStatus.CREATED else self.unsure).append(key)
            await self._note(wrote)
            await self._note(await self.client.get("/inventory/MUG"))
            await self._note(await self.client.get("/products", headers={"Cache-Control": "no-cache"}))

    async def write(self, key: str) -> Answer:
        """Take one from the shelf."""
        line = {"sku": "MUG", "delta": -1, "reason": "lost"}
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.client.post("/inventory/adjustments", {"lines": [line]}, headers={"Idempotency-Key": key})

    async def _note(self, answer: Answer) -> None:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.met["fine"] += 1
        else:
            self.met[f"{answer.status} {answer.code}"] += 1
            assert int(answer.headers.get("Retry-After", 0)) > 0, answer
            # As told, but in the time of a test.
            await asyncio.sleep(0.05)

    async def until(self, what: str, times: int = CLIENTS) -> None:
        """Wait until so many more answers of a kind have come."""
        wanted = self.met[what] + times
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.met[what] < wanted:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["restarted", "killed"])
async def test_an_outage_is_told_and_survived(
    how: signal.Signals, outage: Outage, fragile: tuple[Shop, str], session: ClientSession
) -> None:
    shop, address = fragile
    store: Store = await new_store(shop)
    shelf = Shelf(shop, store)
    await shelf.put("MUG", on_hand=1_000_000)
    load = Load(Client(session, address, store, (await sign_up(shop, store, ["warehouse"])).token))
    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(load.run())
        await load.until("fine")
        await outage.take_away(how)
        await load.until("503 database_unavailable")
        assert (await load.client.get("//health/ready")).status == HTTPStatus.SERVICE_UNAVAILABLE
        assert (await load.client.get("//health/live")).status == HTTPStatus.OK
        await outage.bring_back()
        await load.until("fine", times=5 * CLIENTS)
        load.is_over = True
    assert load.met.keys() == {"fine", "503 database_unavailable"}
    # Nothing is half there, and nothing that was promised is lost.
    taken = await _taken(shelf)
    assert len(load.written) <= taken <= len(load.written) + len(load.unsure)
    # Whoever was not told asks again under the same key, and then everything has happened once.
    for key in load.unsure:
        assert (await load.write(key)).status == HTTPStatus.CREATED
    assert await _taken(shelf) == len(load.written) + len(load.unsure)


async def _taken(shelf: Shelf) -> int:
    """How many pieces are gone, on which level, ledger, stored answers and the audit log agree."""
    levels = 1_000_000 - await shelf.on_hand("MUG")
    assert await shelf.ledger_sum("MUG") == -levels
    assert await shelf.value("SELECT count(*) FROM idempotency_keys") == levels
    assert await shelf.value("SELECT count(*) FROM audit_log") == levels
    return levels
