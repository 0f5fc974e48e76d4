"""A shop where things move: real sockets, real streams, and people with real tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientResponse

from server.cart.snapshot import Owner
from server.live.looking import Lookout
from server.live.streams import BEATS_EVERY_SECONDS, STREAMS
from server.orders import links
from server.sockets.serving import moving
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from tests.contract.people import Person, sign_up
from tests.server.cart.goods import Goods
from tests.server.orders.placed import Placed
from tests.shop import Client, new_shop, serving


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop, whose streams go on."""
    shop = new_shop(database, Path(tmp_path_factory.mktemp("live")))
    shop.use(STREAMS).longest_seconds = 60.0
    return shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(shop: Shop) -> AsyncIterator[str]:
    """Where it is served, and moves."""
    async with moving(shop), serving(shop) as address:
        yield address


@dataclass(frozen=True)
class Crowd:
    """People of one store, with accounts and tokens that are looked at."""

    shop: Shop
    client: Client

    async def person(self, *roles: str) -> Person:
        """Somebody with these roles."""
        return await sign_up(self.shop, self.client.store, roles)

    async def customer(self) -> tuple[Person, Owner]:
        """Somebody who buys."""
        person = await self.person("customer")
        return person, Owner("user", person.id)

    def calls(self, person: Person) -> Client:
        """The client of somebody."""
        return self.client.signed_in(person.token)


@pytest.fixture
def crowd(shop: Shop, client: Client) -> Crowd:
    """People of the test's store."""
    return Crowd(shop, client)


def link_of(shop: Shop, order: Placed, lasting: timedelta = timedelta(days=1)) -> str:
    """The token of a link to the order."""
    return links.sign(shop.keys, order.id, datetime.now(UTC) + lasting)


async def give_back(goods: Goods, order: Placed, amount: int, kind: str = "requested") -> None:
    """A refund that was settled, and the payment it is of, behind the back of both: no step of the order."""
    payment = new_id()
    await goods.execute(
        "INSERT INTO payments (id, store_id, order_id, attempt, provider, method, amount, currency, status, captured)"
        " VALUES ($1, $2, $3, 9, 'test', 'card', 1000, 'BRL', 'succeeded', 1000)",
        payment, goods.store.id, order.id,
    )  # fmt: skip
    await goods.execute(
        "INSERT INTO refunds (id, store_id, order_id, payment_id, number, kind, status, amount, currency, reason,"
        " settled_at) VALUES ($1, $2, $3, $4, 1, $5, 'settled', $6, 'BRL', 'test', now())",
        new_id(), goods.store.id, order.id, payment, kind, amount,
    )  # fmt: skip


@dataclass
class Heard:
    """What came of a stream so far: names of events, their ids, and what they carried."""

    events: list[tuple[str, int | None, Any]] = field(default_factory=list)
    is_over: bool = False
    _rung: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, name: str) -> list[Any]:
        """What events of this name carried."""
        return [data for each, _, data in self.events if each == name]

    async def until(self, is_so: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait until what came makes it so."""
        async with asyncio.timeout(seconds):
            while not is_so():
                self._rung.clear()
                await self._rung.wait()

    async def listen(self, response: ClientResponse) -> None:
        """Take what comes, to the end."""
        try:
            while block := await response.content.readuntil(b"\n\n"):
                self._take(block.decode())
        except asyncio.IncompleteReadError:
            pass
        finally:
            self.is_over = True
            self._rung.set()

    def _take(self, block: str) -> None:
        fields = dict(line.split(": ", 1) for line in block.strip().split("\n") if not line.startswith(":"))
        if "event" in fields:
            id = int(fields["id"]) if "id" in fields else None
            self.events.append((fields["event"], id, msgspec.json.decode(fields["data"])))
            self._rung.set()


@asynccontextmanager
async def hearing(client: Client, path: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Heard]:
    """Somebody who reads a stream."""
    sent = {"X-Tenant-ID": client.store.slug, **(headers or {})}
    if client.token is not None:
        sent["Authorization"] = f"Bearer {client.token}"
    async with client.session.get(f"{client.base}/api/v1{path}", headers=sent) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        heard = Heard()
        listening = asyncio.create_task(heard.listen(response))
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def nobody_looks(*lookouts: Lookout[Any]) -> None:
    """Wait until nobody does; of those who go, of tests before as well, a stream hears with its next beats."""
    async with asyncio.timeout(4 * BEATS_EVERY_SECONDS):
        while any(each.is_looked_at for each in lookouts):
            await asyncio.sleep(0.02)


def seqs(told: Sequence[Any]) -> list[int]:
    """The numbers of steps, in the order they came."""
    return [each["seq"] for each in told]
