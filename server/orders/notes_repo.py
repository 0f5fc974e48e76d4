"""Where are the notes about an order read and written?"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from server.orders.detail import Note
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMNS: Final = ", ".join(Note.__struct_fields__)
_ADD: Final = f"""
INSERT INTO order_notes (id, store_id, order_id, author_id, author_name, text, is_for_customer)
VALUES ($1, $2, $3, $4, coalesce((SELECT name FROM users WHERE id = $4), $5), $6, $7)
RETURNING {_COLUMNS}
"""
_LIST: Final = f"SELECT {_COLUMNS} FROM order_notes WHERE order_id = $1 ORDER BY created_at, id"


async def add(
    tx: Transaction, order_id: UUID, author_id: UUID | None, otherwise: str, text: str, is_for_customer: bool
) -> Note:
    """Write a note under the author's name, or another one when the store has no such account."""
    row = await tx.fetchrow(_ADD, new_id(), tx.store_id, order_id, author_id, otherwise, text, is_for_customer)
    assert row is not None
    return Note(**dict(row))


async def of_order(tx: Transaction, order_id: UUID) -> list[Note]:
    """All notes, the oldest first."""
    return [Note(**dict(row)) for row in await tx.fetch(_LIST, order_id)]
