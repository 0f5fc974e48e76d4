"""What does the worker do for payments, receipts and refunds? Whatever its row says is due, one row after the other.

Claiming a row puts its next try off, further each time. So several workers never do the same, one that dies in the
middle leaves the row to the next try, and a provider that is away is not asked all the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog

from server.payments import attempts, looking, receipts_repo, receiving, refunds_repo, repo, settling
from server.web.call import Shop
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

BATCH: Final = 8
"""Rows claimed and worked on at once: as many as a pool has connections to spare."""

_LOG: Final = structlog.get_logger("sostech.payments")


async def run_payments(shop: Shop, store: Store) -> int:
    """Begin payments, look what became of them, and call them off, where that is due; how many were tried."""

    async def one(payment_id: UUID) -> None:
        if not await looking.has_ended(shop, store, payment_id):
            await attempts.ask_again(shop, store, payment_id)

    return await _each(shop, store, "payment", repo.claim, one)


async def run_receipts(shop: Shop, store: Store) -> int:
    """Process what providers sent and could not be processed when it came; how many were tried."""

    async def one(receipt_id: UUID) -> None:
        await receiving.try_to_process(shop, store, receipt_id)

    return await _each(shop, store, "receipt", receipts_repo.claim, one)


async def run_refunds(shop: Shop, store: Store) -> int:
    """Ask providers to give approved refunds back; how many were tried."""

    async def one(refund_id: UUID) -> None:
        await settling.ask(shop, store, refund_id)

    return await _each(shop, store, "refund", refunds_repo.claim, one)


Runner = Callable[[Shop, Store], Awaitable[int]]

RUNNERS: Final[Mapping[str, Runner]] = {"payment": run_payments, "receipt": run_receipts, "refund": run_refunds}
"""By the kinds that stores_with_due_work() tells."""


async def run_due(shop: Shop, store: Store, kinds: Collection[str] = tuple(RUNNERS)) -> int:
    """Do what is due of these kinds until nothing is; how much that was."""
    done = 0
    for kind, runner in RUNNERS.items():
        while kind in kinds and (number := await runner(shop, store)):
            done += number
    return done


async def _each(
    shop: Shop,
    store: Store,
    kind: str,
    claim: Callable[[Transaction, int], Awaitable[Sequence[UUID]]],
    one: Callable[[UUID], Awaitable[None]],
) -> int:
    ids = await shop.database.transaction(store.id, lambda tx: claim(tx, BATCH))
    results = await asyncio.gather(*(one(each) for each in ids), return_exceptions=True)
    for row_id, result in zip(ids, results, strict=True):
        if isinstance(result, DatabaseUnavailable):
            raise result
        if isinstance(result, Exception):
            # It is due again after its pause; the others of the batch are not held up by it.
            _LOG.error("due_work_failed", kind=kind, id=str(row_id), error=type(result).__name__, exc_info=result)
    return len(ids)
