"""Where are the accounts of a store read and written by those who look after them?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from server.auth.emails import Email, fold
from server.auth.people import UserSnapshot, UserStatus
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMNS: Final = (
    "id, email, name, phone, status, roles, customer_group, locale, avatar_id, last_signed_in_at, created_at"
)
_ADD_USER: Final = """
INSERT INTO users (id, store_id, email, email_folded, name, password_hash, roles)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (store_id, email_folded) DO NOTHING
"""
_LIST: Final = f"""
SELECT {_COLUMNS} FROM users
 WHERE ($1::text IS NULL OR email_folded LIKE $1 OR name ILIKE $2)
   AND ($3::text IS NULL OR $3 = ANY (roles))
   AND ($4::text IS NULL OR status = $4)
   AND ($5::timestamptz IS NULL OR (created_at, id) {{past}} ($5, $6))
 ORDER BY created_at {{order}}, id {{order}}
 LIMIT $7
"""
# The target and all others who hold one of the roles, locked in the order of their ids: of two who take these roles
# from each other at the same moment, the second sees what the first has done.
_LOCK_WITH_HOLDERS: Final = f"""
SELECT {_COLUMNS} FROM users
 WHERE id = $1 OR (status = 'active' AND roles && $2::text[])
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def add_user(
    tx: Transaction, email: Email, *, name: str, password_hash: str, roles: Sequence[str]
) -> UUID | None:
    """An active user; None when the address has an account."""
    user_id = new_id()
    added = await tx.execute(
        _ADD_USER, user_id, tx.store_id, email.written, email.folded, name, password_hash, list(roles)
    )
    return user_id if added else None


async def list_users(
    tx: Transaction,
    *,
    search: str | None,
    role: str | None,
    status: UserStatus | None,
    past: tuple[datetime, UUID] | None,
    backwards: bool,
    limit: int,
) -> Sequence[UserSnapshot]:
    """Users, newest first (backwards: oldest first), that come after `past` in that order."""
    sql = _LIST.format(past=">" if backwards else "<", order="ASC" if backwards else "DESC")
    beginning = None if search is None else f"{_literal(fold(search))}%"
    part = None if search is None else f"%{_literal(search)}%"
    rows = await tx.fetch(sql, beginning, part, role, status, *(past or (None, None)), limit)
    return [_user(row) for row in rows]


async def read_user(tx: Transaction, user_id: UUID) -> UserSnapshot | None:
    """One user."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)
    return None if row is None else _user(row)


async def lock_with_holders(tx: Transaction, user_id: UUID, roles: Collection[str]) -> dict[UUID, UserSnapshot]:
    """The user, and every active user who holds one of the roles, until the transaction ends."""
    return {row["id"]: _user(row) for row in await tx.fetch(_LOCK_WITH_HOLDERS, user_id, list(roles))}


async def set_status(tx: Transaction, user_id: UUID, status: UserStatus) -> None:
    """Set the status."""
    await tx.execute("UPDATE users SET status = $2 WHERE id = $1", user_id, status)


async def set_roles(tx: Transaction, user_id: UUID, roles: Sequence[str]) -> None:
    """Set all roles."""
    await tx.execute("UPDATE users SET roles = $2 WHERE id = $1", user_id, list(roles))


def _literal(text: str) -> str:
    """The text as LIKE reads it when nothing in it is to be a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _user(row: asyncpg.Record) -> UserSnapshot:
    values = dict(row)
    return UserSnapshot(roles=tuple(values.pop("roles")), **values)
