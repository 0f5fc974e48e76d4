"""Where is the chat measured? A PostgreSQL with all its durability, `sostech serve`, and a bare Socket.IO beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import ClientSession

from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.ids import new_id
from storage.tenancy import Store
from tests.benchmarks.chat.crowd import Seat
from tests.contract.people import sign_up
from tests.database import SHARED, Cluster
from tests.server.fire.processes import Running, free_port
from tests.server.fire.processes import server as process
from tests.server.fire.stores import lowest_shop
from tests.server.program import CHECKOUT
from tests.server.web.test_limits_in_redis import Redis
from tests.shop import Client, expect, new_store

AT_ONCE: Final = 8
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Resident memory of a process, and its CPU seconds so far."""

    pid: int

    def kib(self) -> int:
        """KiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("the process is gone")

    def cpu_seconds(self) -> float:
        """User and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass
class House:
    """A shop of its own, and a store in it."""

    folder: Path
    url: str
    shop: Shop
    store: Store
    seats: list[list[Seat]] = field(default_factory=list)
    """Of each conversation: the customer, staff who look after it, and of every other one the customer's telephone."""

    def server(self, **variables: str) -> AbstractAsyncContextManager[Running]:
        """A `sostech serve` on it."""
        return process(self.folder, self.url, **variables)

    async def furnish(self, address: str, conversations: int) -> None:
        """So many conversations, each with a customer of its own, and with somebody of the staff who looks after it."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with ClientSession() as session:
            client = Client(session, address, self.store)

            async def one(number: int) -> list[Seat]:
                async with gate:
                    person = await sign_up(self.shop, self.store, ["customer"])
                    body = {"key": new_id().hex, "subject": "Where is my parcel?"}
                    begun = expect(await client.signed_in(person.token).post("/chat/conversations", body), 201)
                    helper = await sign_up(self.shop, self.store, ["moderator"])
                    own, other = Seat(begun["id"], person.token), Seat(begun["id"], helper.token)
                    return [own, other] if number % 2 else [own, other, own]

            self.seats += list(await asyncio.gather(*(one(number) for number in range(conversations))))


@asynccontextmanager
async def a_house(folder: Path) -> AsyncIterator[House]:
    """A migrated database, and a store."""
    postgres = EmbeddedPostgres(folder)
    cluster = Cluster(await asyncio.to_thread(postgres.start))
    try:
        await cluster.make_databases()
        url = cluster.url(SHARED, APP_ROLE)
        database = await Database.open(url)
        shop = lowest_shop(database, folder)
        yield House(folder, url, shop, await new_store(shop))
        await database.close()
    finally:
        await asyncio.to_thread(postgres.stop)


@asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[str]:
    """A Redis of these measurements; its address."""
    running = await asyncio.to_thread(Redis, folder)
    try:
        yield f"redis://127.0.0.1:{running.port}/0"
    finally:
        await asyncio.to_thread(running.kill)


@asynccontextmanager
async def bare() -> AsyncIterator[tuple[str, int]]:
    """The bare server; its address and process id."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.chat.bare", str(port), cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            break
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        await process.wait()
