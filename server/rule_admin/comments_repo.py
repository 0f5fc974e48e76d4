"""Where are comments on rulesets read and written?"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction

_COMMENT: Final = "id, version_id, author_id, text, created_at"


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said about a draft or a version. `author_id` is None when it was no user."""

    id: UUID
    version_id: UUID
    author_id: UUID | None
    text: str
    created_at: datetime


async def add(tx: Transaction, version_id: UUID, text: str, by: UUID | None) -> Comment:
    """Write a comment."""
    row = await tx.fetchrow(
        f"INSERT INTO ruleset_comments (id, store_id, version_id, author_id, text) VALUES ($1, $2, $3, $4, $5)"
        f" RETURNING {_COMMENT}",
        new_id(), tx.store_id, version_id, by, text,
    )  # fmt: skip
    assert row is not None
    return Comment(**dict(row))


async def of_version(tx: Transaction, version_id: UUID) -> list[Comment]:
    """The comments on a draft or a version, the oldest first; at most 1,000."""
    rows = await tx.fetch(
        f"SELECT {_COMMENT} FROM ruleset_comments WHERE version_id = $1 ORDER BY created_at, id LIMIT 1000", version_id
    )
    return [Comment(**dict(row)) for row in rows]


async def one(tx: Transaction, comment_id: UUID) -> Comment | None:
    """A comment by its id."""
    row = await tx.fetchrow(f"SELECT {_COMMENT} FROM ruleset_comments WHERE id = $1", comment_id)
    return None if row is None else Comment(**dict(row))


async def delete(tx: Transaction, comment_id: UUID, by: UUID | None) -> bool:
    """Take a comment of this author away; False when there is none."""
    return await tx.execute("DELETE FROM ruleset_comments WHERE id = $1 AND author_id = $2", comment_id, by) == 1
