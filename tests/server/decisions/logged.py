"""Decisions in the log of a store, as old as a test needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from server.decisions import service
from server.decisions.books import BOOKS, LiveBook
from server.decisions.facts import Basket
from server.decisions.log_reading import read_decision_log
from server.decisions.service import Purpose
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.server.actors import Actors


@dataclass(frozen=True)
class Log:
    """The log of one store. `owner` is a connection that may do what the shop may not: make entries older."""

    shop: Shop
    store: Store
    actors: Actors
    owner: Database

    async def add(
        self,
        basket: Basket,
        *,
        purpose: Purpose = "quote",
        cart_id: UUID | None = None,
        actor_id: UUID | None = None,
        live: LiveBook | None = None,
    ) -> UUID:
        """Decide a basket and write that down."""
        book = live or self.shop.use(BOOKS).live(self.store)
        actor = self.actors.actor(self.store, self.actors.token(self.store, id=actor_id))

        async def work(tx: Transaction) -> UUID:
            return await service.record(
                tx, purpose=purpose, cart_id=cart_id, actor=actor, live=book, basket=basket,
                decision=service.decide(book, basket),
            )  # fmt: skip

        return await self.shop.database.transaction(self.store.id, work)

    async def grow_older(self, by: timedelta = timedelta(minutes=1)) -> None:
        """All entries become so much older, so that the worker may read them."""
        await self.owner.transaction(
            self.store.id,
            lambda tx: tx.execute(
                "UPDATE decision_log SET created_at = created_at - $1::interval WHERE store_id = $2", by, self.store.id
            ),
        )

    async def read(self) -> int:
        """Let the worker read all of it; how many entries it read."""
        await self.grow_older()
        total = 0
        while number := await read_decision_log(self.shop, self.store):
            total += number
        return total

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value out of the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))


@asynccontextmanager
async def owner_of(cluster: Cluster) -> AsyncIterator[Database]:
    """The owner of the tests' database."""
    owner = await Database.open(cluster.url(SHARED), role=None, pool_size=1)
    yield owner
    await owner.close()
