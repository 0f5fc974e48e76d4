"""How do deliveries get sent? Many at once, few to each endpoint, so that a slow one holds up nobody but itself.

The worker's run claims and begins, and stays a moment for what ends soon. What takes longer goes on without it, in its
lease: a run that waited for the slowest would keep other stores waiting too. Only the end of the program waits for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from contextvars import Context
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from server.web.call import Resource, Shop
from server.web.waking import WAKE
from server.webhooks import deliveries_repo
from server.webhooks.attempts import attempt
from server.webhooks.deliveries_repo import Claimed
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

HANDS: Final = 96
"""Requests of a process under way at once."""
HANDS_OF_STORE: Final = 24
HANDS_OF_ENDPOINT: Final = 4
"""One for an endpoint that is failing."""
LEASE: Final = timedelta(seconds=60)
"""For how long nobody else sends the same: longer than a call may take, and its note."""
SLICE_SECONDS: Final = 1.0
"""How long a run stays with one store."""

_LOG: Final = structlog.get_logger("sostech.webhooks")


class _To(NamedTuple):
    """Where something under way goes."""

    store_id: UUID
    endpoint_id: UUID


class Postman:
    """Sends what is due; `close` it at the end."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._underway: dict[asyncio.Task[None], _To] = {}

    async def deliver_due(self, store: Store) -> int:
        """Send what is due in the store; how many were begun."""
        now = asyncio.get_running_loop().time
        over, begun = now() + SLICE_SECONDS, set[asyncio.Task[None]]()
        while now() < over:
            claimed = await self._claim(store)
            begun.update(self._begin(store, each) for each in claimed)
            running = begun.intersection(self._underway)
            if not running:
                break
            await asyncio.wait(running, timeout=max(0.0, over - now()), return_when=asyncio.FIRST_COMPLETED)
        return len(begun)

    async def idle(self) -> None:
        """Until nothing is under way."""
        while self._underway:
            await asyncio.wait(self._underway)

    async def close(self) -> None:
        """Let what is under way come to its end, for as long as shutdown_seconds allow.

        What takes longer is cut off, and due again when its lease is over.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self._shop.settings.shutdown_seconds):
                await self.idle()
        if self._underway:
            _LOG.warning("webhooks_cut_off", count=len(self._underway))
            for task in self._underway:
                task.cancel()
            await self.idle()

    async def _claim(self, store: Store) -> list[Claimed]:
        of_store = Counter(to.endpoint_id for to in self._underway.values() if to.store_id == store.id)
        most = min(HANDS - len(self._underway), HANDS_OF_STORE - of_store.total())
        if most <= 0:
            return []

        async def work(tx: Transaction) -> list[Claimed]:
            return await deliveries_repo.claim(tx, of_store, per_endpoint=HANDS_OF_ENDPOINT, most=most, lease=LEASE)

        return await self._shop.database.transaction(store.id, work)

    def _begin(self, store: Store, claimed: Claimed) -> asyncio.Task[None]:
        # In a context of its own: it may outlive the run that began it.
        task = asyncio.create_task(self._carry(store, claimed), context=Context())
        self._underway[task] = _To(store.id, claimed.endpoint_id)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._underway[task]
        # There may be more for the same endpoint.
        self._shop.use(WAKE).now()

    async def _carry(self, store: Store, claimed: Claimed) -> None:
        try:
            await attempt(self._shop, store, claimed)
        except DatabaseUnavailable as error:
            _LOG.warning("webhook_interrupted", reason=str(error), delivery=str(claimed.id))
        except Exception:  # noqa: BLE001  # one delivery must not end the others; it is due again after its lease
            _LOG.exception("webhook_failed", delivery=str(claimed.id))


POSTMAN: Final = Resource[Postman]("webhooks.postman")


async def deliver_due(shop: Shop, store: Store) -> int:
    """Send the webhooks of the store that are due; how many were begun, 0 when others were faster."""
    return await shop.use(POSTMAN).deliver_due(store)
