"""Where are the platform's own people and stores read and written? Outside of any store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from server.auth.emails import Email
from server.auth.people import PlatformSnapshot, StoreSnapshot
from storage.ids import new_id
from storage.transaction import Transaction

_CREDENTIALS: Final = "SELECT id, status, password_hash, now() AS now FROM platform_users WHERE email_folded = $1"
_ADD_USER: Final = """
INSERT INTO platform_users (id, email, email_folded, name, password_hash) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email_folded) DO NOTHING
"""
_USERS: Final = "SELECT id, email, name, status, created_at FROM platform_users ORDER BY email_folded"
_COLUMNS: Final = "id, slug, name, domain, status, currency, timezone, locale, country, created_at"
_STORES: Final = f"""
SELECT {_COLUMNS} FROM stores
 WHERE $1::text IS NULL OR slug {{past}} $1
 ORDER BY slug {{order}}
 LIMIT $2
"""
_ADD_STORE: Final = f"""
INSERT INTO stores (id, slug, name, domain, currency, timezone, locale, country)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING
RETURNING {_COLUMNS}
"""


@dataclass(frozen=True, slots=True)
class PlatformCredentials:
    """What a sign-in of someone of the platform is checked against; `now` is the instant of its transaction."""

    id: UUID
    status: str
    password_hash: str
    now: datetime


async def credentials(tx: Transaction, folded: str) -> PlatformCredentials | None:
    """The account of this address."""
    row = await tx.fetchrow(_CREDENTIALS, folded)
    return None if row is None else PlatformCredentials(**dict(row))


async def add_user(tx: Transaction, email: Email, *, name: str, password_hash: str) -> UUID | None:
    """Someone of the platform; None when the address has such an account. Needs the rights of the tables' owner."""
    user_id = new_id()
    added = await tx.execute(_ADD_USER, user_id, email.written, email.folded, name, password_hash)
    return user_id if added else None


async def list_users(tx: Transaction) -> Sequence[PlatformSnapshot]:
    """Everybody of the platform, by address: they are few."""
    return [PlatformSnapshot(**dict(row)) for row in await tx.fetch(_USERS)]


async def list_stores(tx: Transaction, *, past: str | None, backwards: bool, limit: int) -> Sequence[StoreSnapshot]:
    """Stores by slug (backwards: from its end) that come after `past` in that order."""
    sql = _STORES.format(past="<" if backwards else ">", order="DESC" if backwards else "ASC")
    return [StoreSnapshot(**dict(row)) for row in await tx.fetch(sql, past, limit)]


async def add_store(
    tx: Transaction,
    *,
    store_id: UUID,
    slug: str,
    name: str,
    domain: str | None,
    currency: str,
    timezone: str,
    locale: str,
    country: str,
) -> StoreSnapshot | None:
    """A new store; None when another has its slug or domain."""
    row = await tx.fetchrow(_ADD_STORE, store_id, slug, name, domain, currency, timezone, locale, country)
    return None if row is None else StoreSnapshot(**dict(row))
