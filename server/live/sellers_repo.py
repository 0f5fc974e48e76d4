"""Where is read for which seller somebody sells? One statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from storage.transaction import Transaction

_ACTIVE: Final = "SELECT user_id, slug FROM sellers WHERE user_id = ANY($1::uuid[]) AND status = 'active'"


async def read(tx: Transaction, users: Collection[UUID]) -> Mapping[UUID, str | None]:
    """The slug of the seller each of the users is; None for those who sell nothing, or may not."""
    found = {row["user_id"]: row["slug"] for row in await tx.fetch(_ACTIVE, list(users))}
    return {user: found.get(user) for user in users}
