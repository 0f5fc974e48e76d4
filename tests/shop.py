"""A shop to test: the real application on a real database, and a client that speaks to it over a real socket."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientSession
from aiohttp.web import Application

from server.app import build_app, open_shop
from server.live.streams import STREAMS
from server.payments.test_provider.deliveries import COURIER
from server.settings import Settings
from server.web.call import Shop
from server.web.connections import listening
from server.web.middlewares import STORES
from storage.database import Database
from storage.ids import new_id
from storage.models import Store as StoreRow
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.quick_passwords import quick_passwords
from tests.rulesets_once import read_once

quick_passwords()
read_once()


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.raw)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.raw[:500]
        return str(self.json["code"])

    @property
    def statements(self) -> int:
        """How many statements the request sent to PostgreSQL, BEGIN and COMMIT included."""
        return int(self.headers["Server-Timing"].split('desc="')[1].split('"')[0])


@dataclass
class Client:
    """Somebody who calls one store's API. `token` is the access token sent along, `headers` go with every request."""

    session: ClientSession
    base: str
    store: Store
    token: str | None = None

    async def call(
        self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """Send a request; paths are below /api/v1 unless they begin with "//"."""
        sent = {"X-Tenant-ID": self.store.slug, **(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if json is not None:
            options["data"] = msgspec.json.encode(json)
            sent.setdefault("Content-Type", "application/json")
        address = self.base + (path[1:] if path.startswith("//") else f"/api/v1{path}")
        async with self.session.request(method, address, headers=sent, **options) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return await self.call("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        """POST."""
        return await self.call("POST", path, json, **options)

    async def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        """PUT."""
        return await self.call("PUT", path, json, **options)

    async def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        """PATCH."""
        return await self.call("PATCH", path, json, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        """DELETE."""
        return await self.call("DELETE", path, **options)

    def signed_in(self, token: str | None) -> Client:
        """The same, with another token."""
        return Client(self.session, self.base, self.store, token)


@asynccontextmanager
async def serving(shop: Shop) -> AsyncIterator[str]:
    """The shop on a free port of the loopback; its address."""
    async with served(build_app(shop)) as address:
        shop.use(COURIER).listens_at(address)
        yield address


@asynccontextmanager
async def served(app: Application) -> AsyncIterator[str]:
    """The application on a free port of the loopback, its connections taken as the program takes them; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with listening(app, listener, shutdown_seconds=60.0):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_settings(folder: Path, **changes: Any) -> Settings:
    """Settings for tests; limits of rate are off unless a test is about them."""
    return Settings(**{"environment": "test", "data_dir": folder, "rate_limits": False, **changes})


test_settings.__test__ = False  # type: ignore[attr-defined]  # pytest would take the name for a test


def new_shop(database: Database, folder: Path, **changes: Any) -> Shop:
    """The real shop on this database."""
    shop = open_shop(test_settings(folder, **changes), database)
    # Streams go on for an hour; here they end soon, or tests of all addresses never would.
    shop.use(STREAMS).longest_seconds = 0.2
    return shop


async def new_store(shop: Shop, *, currency: str = "BRL", country: str = "BR", **values: Any) -> Store:
    """A store of one's own: tests that make one need not clean up, and cannot meet each other."""
    slug = f"s-{new_id().hex}"
    row = {"name": "Test store", "timezone": "America/Sao_Paulo", "locale": "pt-BR", **values}

    async def work(_transaction: Transaction) -> None:
        await StoreRow.create(id=new_id(), slug=slug, currency=currency, country=country, **row)

    await shop.database.transaction(None, work)
    found = await shop.use(STORES).by_slug(slug)
    assert found is not None
    return found


def expect(answer: Answer, status: HTTPStatus | int = HTTPStatus.OK) -> Any:
    """The JSON body of an answer that has this status; fails showing the body otherwise."""
    assert answer.status == status, (answer.status, answer.raw[:2000])
    return answer.json if answer.raw else None
