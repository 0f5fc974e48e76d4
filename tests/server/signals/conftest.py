"""Stores that watch: signals of a test's own, what happens there, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec
import pytest

from notifications.events import CouponAccepted, CouponRefused, Event, OrderEvent
from notifications.outbox import announce
from server.decisions.books import BOOKS
from server.decisions.own_repo import OwnRuleset
from server.events.delivering import deliver_due
from server.events.spreading import spread
from server.signals.reactions import HANDLER
from server.signals.rounds import go_round
from server.web.call import Shop
from server.web.reacting import HANDLERS
from storage.ids import new_id
from storage.tenancy import Store
from tests.database import SHARED, Cluster
from tests.server.actors import install_actors
from tests.server.passing import let_time_pass
from tests.shop import Client

HEAD: Final = """
ruleset: signals
name: default
version: 1
vocabulary: event/1
currency: BRL
timezone: America/Sao_Paulo
summary: Signals of a test.
"""
VELOCITY: Final = """
signals:
- id: cash-velocity
  repeated: {events: OrderPlaced, where: {order.payment_method: cash_on_delivery},
             same_any: [customer.phone, order.address], at_least: 3, within: 10m}
  then: [{hold: order}, {flag: order}]
"""


def placed(number: int = 1, **values: Any) -> OrderEvent:
    """An order that was placed, to be paid on delivery."""
    fields = {
        "name": "OrderPlaced", "order_id": str(new_id()), "order_number": number, "order_seq": 1,
        "order_state": "processing", "order_total": 1000, "order_currency": "BRL",
        "order_payment_method": "cash_on_delivery", "customer_phone": "p-1", **values,
    }  # fmt: skip
    return OrderEvent(**fields)


def refused(device: str | None = "d-1", code: str = "c") -> CouponRefused:
    """A code that was tried in vain."""
    return CouponRefused(coupon_code=code, coupon_reason="coupon_unknown", device_id=device)


def accepted(device: str | None = "d-1") -> CouponAccepted:
    """A code that was of use."""
    return CouponAccepted(coupon_code="c", cart_id=str(new_id()), device_id=device)


@dataclass(frozen=True)
class Watched:
    """One store, and what its signals see. Of all who react to events only signals do."""

    shop: Shop
    store: Store
    owner_url: str

    def rules(self, text: str, **others: str) -> None:
        """The store's signals from now on, and its own rulesets of other kinds in full."""
        texts = {"signals": HEAD + text, **others}
        own = [OwnRuleset(new_id(), kind, "default", 1, each, {}) for kind, each in texts.items()]
        books = self.shop.use(BOOKS)
        books.replace(self.store.id, books.with_own(self.store, own))

    async def happens(self, *events: Event) -> None:
        """These happen, one after another, each in a transaction of its own; and signals are told."""
        await self.announce(*events)
        await self.tell()

    async def announce(self, *events: Event) -> None:
        """These happen, and nobody was told yet."""
        for event in events:
            await self.shop.database.transaction(self.store.id, partial(announce, event=event))

    async def tell(self) -> None:
        """Until signals were told of everything that happened, and of what they announced."""
        await self.spread()
        while await deliver_due(self.shop, self.store):
            await self.spread()

    async def spread(self) -> None:
        """What happened is kept, and signals are still to be told."""
        while await spread(self.shop):
            pass

    async def round(self) -> int:
        """A round, whether it is due or not; how many were looked at."""
        await self.execute("UPDATE signal_rounds SET next_at = now()")
        return await go_round(self.shop, self.store)

    async def let_pass(self, **time: int) -> None:
        """So much time, as timedelta has it."""
        await let_time_pass(self.owner_url, self.store.id, timedelta(**time))

    async def firings(self) -> list[Mapping[str, Any]]:
        """What was seen, in order."""
        return await self.rows("SELECT * FROM signal_firings ORDER BY fired_at, seen_at, id")

    async def announced(self) -> list[dict[str, Any]]:
        """Payloads of what signals announced."""
        rows = await self.rows(
            "SELECT payload::text AS payload FROM events WHERE kind = 'SignalFired' ORDER BY position"
        )
        return [msgspec.json.decode(row["payload"]) for row in rows]

    async def rows(self, sql: str, *arguments: object) -> list[Mapping[str, Any]]:
        """Rows of the store."""
        return [
            dict(row)
            for row in await self.shop.database.transaction(self.store.id, lambda tx: tx.fetch(sql, *arguments))
        ]

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))


@pytest.fixture
def watched(shop: Shop, store: Store, cluster: Cluster) -> Watched:
    """The test's own store, with signals alone to react."""
    alone = Shop(shop.settings, shop.database, shop.keys, dict(shop.resources))
    alone.provide(HANDLERS, {"signals": HANDLER})
    return Watched(alone, store, cluster.url(SHARED))


@pytest.fixture
def staff(shop: Shop, client: Client, store: Store) -> Client:
    """Somebody of the shop who may do everything."""
    return client.signed_in(install_actors(shop).token(store, roles=("admin",)))
