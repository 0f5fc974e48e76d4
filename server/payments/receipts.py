"""What have providers sent? For staff who look what became of a payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from server.payments import receipts_repo
from server.payments.schemas import ReceiptsQuery
from server.payments.snapshot import ReceiptRow
from server.web.call import Call
from server.web.pages import Position
from storage.transaction import Transaction

SHOWN_BYTES: Final = 4_000
"""Of each payload, so that a page of a hundred stays readable; the table has all of it."""


async def list_receipts(call: Call, query: ReceiptsQuery, at: Position) -> Sequence[ReceiptRow]:
    """Receipts, newest first, one more than the page holds."""
    past = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))

    async def work(tx: Transaction) -> Sequence[ReceiptRow]:
        return await receipts_repo.page_of(
            tx, shown_bytes=SHOWN_BYTES, status=query.status, provider=query.provider, order_number=query.order,
            past=past, backwards=at.backwards, limit=at.limit + 1,
        )  # fmt: skip

    return await call.database.transaction(call.store.id, work)
