"""A store with webhooks, something that happens in it, and a real server that hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from notifications.events import CouponRefused, Event
from server.web.call import Shop
from server.web.reacting import Reaction
from server.webhooks.reactions import HANDLER
from server.webhooks.sending import POSTMAN
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.shop import Client, expect

REFUSED = CouponRefused(coupon_code="c", coupon_reason="unknown", device_id="d")
"""Something that happens."""
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Got(NamedTuple):
    """A request, as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What it says."""
        return msgspec.json.decode(self.body)


async def taken(_request: web.Request) -> web.StreamResponse:
    """Thank you."""
    return web.Response(text="thanks")


def status(number: int, **headers: str) -> Answering:
    """Answers like this."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=number, text=f"answer {number}", headers=headers)

    return answer


@dataclass
class Receiver:
    """Somebody's server. `answers` are given one after the other, then `otherwise`."""

    answers: list[Answering] = field(default_factory=list)
    otherwise: Answering = taken
    got: list[Got] = field(default_factory=list)
    url: str = ""

    async def hear(self, request: web.Request) -> web.StreamResponse:
        """Take note of it, and answer."""
        self.got.append(Got(dict(request.headers), await request.read()))
        return await (self.answers.pop(0) if self.answers else self.otherwise)(request)

    @property
    def event_ids(self) -> list[str]:
        """Which events it heard of, in that order."""
        return [each.headers["Sostech-Event-Id"] for each in self.got]


@pytest_asyncio.fixture(loop_scope="session")
async def new_receiver() -> AsyncIterator[Callable[..., Awaitable[Receiver]]]:
    """`await new_receiver(*answers)`: a server on a free port."""
    servers: list[TestServer] = []

    async def make(*answers: Answering, otherwise: Answering = taken) -> Receiver:
        receiver = Receiver(list(answers), otherwise)
        app = web.Application()
        app.router.add_post("/hooks", receiver.hear)
        app.router.add_get("/hooks", receiver.hear)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        receiver.url = str(server.make_url("/hooks"))
        return receiver

    yield make
    for server in servers:
        await server.close()


NewReceiver = Callable[..., Awaitable[Receiver]]


@dataclass
class Hooks:
    """A store and somebody who looks after its webhooks."""

    shop: Shop
    store: Store
    staff: Client

    async def add(self, url: str, *events: str, **more: Any) -> Any:
        """A webhook, with its secret."""
        return expect(await self.staff.post("/webhooks", {"url": url, "events": list(events) or ["*"], **more}), 201)

    async def read(self, webhook: Any) -> Any:
        """How it gets on."""
        return expect(await self.staff.get(f"/webhooks/{webhook['id']}"))

    async def log(self, webhook: Any, query: str = "") -> Any:
        """Its deliveries, the newest first."""
        return expect(await self.staff.get(f"/webhooks/{webhook['id']}/deliveries{query}"))["items"]

    async def happen(self, event: Event = REFUSED, event_id: UUID | None = None) -> str:
        """It is handed to the handler; its id."""
        event_id = event_id or new_id()

        async def work(tx: Transaction) -> None:
            it = Reaction(
                shop=self.shop, store=self.store, tx=tx, event_id=event_id, event=event, occurred_at=AT, attempt=1
            )
            await HANDLER.react(it)

        await self.shop.database.transaction(self.store.id, work)
        return str(event_id)

    async def wanted(self, *names: str) -> set[str]:
        """Which of these events the handler wants."""
        return set(
            await self.shop.database.transaction(
                self.store.id, lambda tx: HANDLER.wants(self.shop, self.store, tx, names)
            )
        )

    async def send(self) -> int:
        """What is due now, until nothing is under way; how many tries."""
        tried = await self.shop.use(POSTMAN).deliver_due(self.store)
        await self.shop.use(POSTMAN).idle()
        return tried

    async def let_time_pass(self) -> None:
        """Leases and pauses are over."""
        await self.execute("UPDATE webhook_deliveries SET next_try_at = now() WHERE state = 'due'")

    async def rows(self, sql: str, *arguments: object) -> list[Mapping[str, Any]]:
        """Rows of the store."""
        found = await self.shop.database.transaction(self.store.id, lambda tx: tx.fetch(sql, *arguments))
        return [dict(row) for row in found]

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))


@pytest_asyncio.fixture(loop_scope="session")
async def hooks(shop: Shop, store: Store, client: Client) -> Hooks:
    """A store without webhooks."""
    admin = await sign_up(shop, store, ["admin"])
    return Hooks(shop, store, client.signed_in(admin.token))
