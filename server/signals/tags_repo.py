"""Where do signals write the tags of customers?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from storage.transaction import Transaction

# Those that stay keep their order; the row changes only where a tag does, so that nothing else seems to have happened.
_CHANGE: Final = """
UPDATE users u SET tags = w.tags
  FROM (SELECT b.id, b.tags AS before,
               array(SELECT t FROM unnest(b.tags) t WHERE t <> ALL ($3::text[]))
               || array(SELECT t FROM unnest($2::text[]) t WHERE t <> ALL (b.tags)) AS tags
          FROM users b WHERE b.id = $1 FOR NO KEY UPDATE) w
 WHERE u.id = w.id AND w.tags <> w.before
RETURNING w.before, w.tags AS after
"""
_IS_THERE: Final = "SELECT EXISTS (SELECT FROM users WHERE id = $1)"


async def change(
    tx: Transaction, customer_id: UUID, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> tuple[list[str], list[str]] | None:
    """Give and take tags; those before and after, None where there was nothing to change."""
    row = await tx.fetchrow(_CHANGE, customer_id, list(add), list(remove))
    return None if row is None else (list(row["before"]), list(row["after"]))


async def is_there(tx: Transaction, customer_id: UUID) -> bool:
    """Whether there is such a customer."""
    return bool(await tx.fetchval(_IS_THERE, customer_id))
