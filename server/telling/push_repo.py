"""Which browsers show what somebody is told? One statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction

MOST_DEVICES: Final = 20
"""Of one person; the oldest give way."""

# A browser is whose it is now: whoever signs in there takes it over.
_ADD: Final = """
INSERT INTO push_subscriptions (id, store_id, user_id, endpoint, p256dh, auth) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (store_id, endpoint) DO UPDATE
   SET user_id = EXCLUDED.user_id, p256dh = EXCLUDED.p256dh, auth = EXCLUDED.auth, created_at = now()
"""
_TRIM: Final = f"""
DELETE FROM push_subscriptions WHERE id IN (
    SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at DESC, id DESC OFFSET {MOST_DEVICES})
"""
_REMOVE: Final = "DELETE FROM push_subscriptions WHERE user_id = $1 AND endpoint = $2"
_OF_USER: Final = "SELECT id, endpoint, p256dh, auth FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at, id"
_FORGET: Final = "DELETE FROM push_subscriptions WHERE id = ANY ($1)"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser: the address of its push service that reaches it, and its keys in base64url."""

    id: UUID
    endpoint: str
    p256dh: str
    auth: str


async def add(tx: Transaction, user_id: UUID, endpoint: str, p256dh: str, auth: str) -> None:
    """The browser is the user's from now on."""
    await tx.execute(_ADD, new_id(), tx.store_id, user_id, endpoint, p256dh, auth)
    await tx.execute(_TRIM, user_id)


async def remove(tx: Transaction, user_id: UUID, endpoint: str) -> bool:
    """It shows nothing any more; False when it was not the user's."""
    return await tx.execute(_REMOVE, user_id, endpoint) == 1


async def of_user(tx: Transaction, user_id: UUID) -> list[Subscription]:
    """The browsers of the user."""
    return [Subscription(**dict(row)) for row in await tx.fetch(_OF_USER, user_id)]


async def forget(tx: Transaction, ids: Sequence[UUID]) -> None:
    """They are gone, say their push services."""
    await tx.execute(_FORGET, list(ids))
