"""How do the test provider's webhooks get to the shop? By HTTP, signed, and again until they are taken.

Each is tried at once in the background, so that nobody waits; whatever is not taken stays due in its table, where the
worker's sweep finds it, also after the program was killed.
"""

from __future__ import annotations

import asyncio
import secrets
from contextvars import Context
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import ClientError

from server.payments.providers.outbound import OUTBOUND, Outbound
from server.payments.providers.signatures import sign
from server.payments.test_provider import repo
from server.payments.test_provider.events import SIGNATURE_HEADER, webhook_secrets
from server.payments.test_provider.repo import Claimed
from server.web.call import Resource, Shop
from server.web.middlewares import TENANT_HEADER
from storage.errors import StorageError
from storage.tenancy import Store
from storage.transaction import Transaction

WEBHOOK_PATH: Final = "/api/v1/payments/webhooks/test"
LEASE_SECONDS: Final = 30
"""How long a delivery is left to whoever claimed it: longer than one may take."""
LONGEST_WAIT_SECONDS: Final = 120
"""What is due later is left to the worker's sweep."""
_MOST_IN_A_ROW: Final = 100
HANDS: Final = 8
"""Webhooks under way at once, of all stores together; like those of other providers they may overtake each other."""
_LOG: Final = structlog.get_logger("sostech.test_provider")


class Courier:
    """Who carries the webhooks. `address` is where this program, or the one it works for, listens."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.listens_at(shop.settings.base_url)
        self._hands = asyncio.Semaphore(HANDS)
        self._underway: set[asyncio.Task[None]] = set()

    def listens_at(self, address: str) -> None:
        """From now on the webhooks go to this address, such as http://127.0.0.1:8080."""
        # To listen at all addresses is no place to call.
        self.address = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:").rstrip("/")

    @property
    def public_address(self) -> str:
        """Where people reach the shop."""
        return (self._shop.settings.public_url or self.address).rstrip("/")

    def hurry(self, store: Store, in_seconds: int = 0) -> None:
        """Deliver what is due then, in the background."""
        if in_seconds <= LONGEST_WAIT_SECONDS:
            # In a context of its own: it is no part of the request that caused it.
            task = asyncio.create_task(self._deliver_later(store, in_seconds), context=Context())
            self._underway.add(task)
            task.add_done_callback(self._underway.discard)

    async def deliver_due(self, store: Store) -> int:
        """Send what is due, beginning with the oldest; how many were tried."""
        for tried in range(_MOST_IN_A_ROW):
            async with self._hands:
                claimed = await self._claim(store)
                if claimed is None:
                    return tried
                await self._deliver(store, claimed)
        return _MOST_IN_A_ROW

    async def idle(self) -> None:
        """Until nothing of what was to be hurried is under way."""
        await asyncio.gather(*self._underway, return_exceptions=True)

    async def close(self) -> None:
        """Stop what is under way; it stays due."""
        for task in self._underway:
            task.cancel()
        await self.idle()

    async def _deliver_later(self, store: Store, in_seconds: int) -> None:
        await asyncio.sleep(in_seconds)
        try:
            await self.deliver_due(store)
        except StorageError as error:
            _LOG.warning("delivery_postponed", reason=str(error))

    async def _claim(self, store: Store) -> Claimed | None:
        async def work(tx: Transaction) -> Claimed | None:
            return await repo.claim_due(tx, LEASE_SECONDS)

        return await self._shop.database.transaction(store.id, work)

    async def _deliver(self, store: Store, claimed: Claimed) -> None:
        status = await self._send(store, claimed)
        is_taken = status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES

        async def work(tx: Transaction) -> bool:
            if is_taken and status is not None:
                return await repo.mark_taken(tx, claimed, status)
            return await repo.mark_failed(tx, claimed, status)

        await self._shop.database.transaction(store.id, work)
        _LOG.info("delivered" if is_taken else "not_delivered", event_id=claimed.event_id, status=status)

    async def _send(self, store: Store, claimed: Claimed) -> int | None:
        """The status the shop answered with; None when it did not."""
        secret = secrets.token_bytes(32) if claimed.is_forged else webhook_secrets(self._shop.keys)[0]
        headers = {
            TENANT_HEADER: store.slug,
            SIGNATURE_HEADER: sign(claimed.payload, [secret], claimed.now),
            "Content-Type": "application/json",
        }
        address = self.address + WEBHOOK_PATH
        try:
            async with self._outbound.session.post(
                address, data=claimed.payload, headers=headers, allow_redirects=False
            ) as response:
                return response.status
        except (ClientError, TimeoutError) as error:
            _LOG.info("webhook_unanswered", address=address, error=type(error).__name__)
            return None

    @property
    def _outbound(self) -> Outbound:
        return self._shop.use(OUTBOUND)


COURIER: Final = Resource[Courier]("payments.test_provider.courier")


async def deliver_due(shop: Shop, store: Store) -> int:
    """Send the webhooks of this store that are due; how many were tried. For the worker's sweep."""
    return await shop.use(COURIER).deliver_due(store)
