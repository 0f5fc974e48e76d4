"""Where are people's credentials and sessions read and written? Password hashes leave the database here only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from server.auth.devices import Device
from server.auth.secret import Secret
from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction

_PLATFORM_IS_LIVE: Final = """
SELECT EXISTS (SELECT FROM platform_users WHERE id = $1 AND status = 'active'
                  AND date_trunc('second', tokens_valid_after) <= to_timestamp($2::bigint))
"""
_LIVE_ROLES: Final = """
SELECT live_roles($1, each.session_id, each.user_id, each.issued_at) AS roles
  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) WITH ORDINALITY AS each (session_id, user_id, issued_at, place)
 ORDER BY place
"""
_PLATFORM_ARE_LIVE: Final = """
SELECT EXISTS (SELECT FROM platform_users p WHERE p.id = each.user_id AND p.status = 'active'
                  AND date_trunc('second', p.tokens_valid_after) <= to_timestamp(each.issued_at)) AS is_live
  FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS each (user_id, issued_at, place)
 ORDER BY place
"""
KNOWN_DAYS: Final = 90
"""For how long an address that a user signed in from is known."""

_CREDENTIALS: Final = """
SELECT u.id, u.email, u.name, u.locale, u.status, u.password_hash,
       EXISTS (SELECT FROM sessions s
                WHERE s.store_id = u.store_id AND s.user_id = u.id AND s.ip = $2
                  AND s.created_at > now() - interval '{days} days') AS signed_in_from_here
  FROM users u
 WHERE u.{column} = $1
"""
# The hash is compared again: a password that was changed while we verified the old one does not sign in.
_OPEN_SESSION: Final = """
WITH person AS (
    UPDATE users SET last_signed_in_at = now(), password_hash = $4
     WHERE id = $2 AND status = 'active' AND password_hash = $3
    RETURNING id, email, name, roles
), session AS (
    INSERT INTO sessions (id, store_id, user_id, user_agent, ip, expires_at)
    SELECT $5, $1, id, $6, $7, now() + $8::interval FROM person
    RETURNING id, expires_at
), token AS (
    INSERT INTO refresh_tokens (id, store_id, session_id, token_hash, expires_at)
    SELECT $9, $1, id, $10, expires_at FROM session
)
SELECT session.id AS session_id, person.id AS user_id, email, name, roles, expires_at, now() AS now
  FROM person, session
"""
# Of two who use one token at once the second waits for the first, and then finds it used.
_USE_TOKEN: Final = """
WITH used AS (
    UPDATE refresh_tokens t SET used_at = now()
      FROM sessions s JOIN users u ON u.store_id = s.store_id AND u.id = s.user_id
     WHERE t.token_hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
       AND s.store_id = t.store_id AND s.id = t.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
       AND u.status = 'active'
    RETURNING t.store_id, t.session_id, u.id AS user_id, u.email, u.name, u.roles
), session AS (
    UPDATE sessions s SET last_used_at = now(), expires_at = now() + $4::interval, ip = $5, user_agent = $6
      FROM used
     WHERE s.id = used.session_id AND s.revoked_at IS NULL
    RETURNING s.expires_at
), token AS (
    INSERT INTO refresh_tokens (id, store_id, session_id, token_hash, expires_at)
    SELECT $2, used.store_id, used.session_id, $3, session.expires_at FROM used, session
)
SELECT session_id, user_id, email, name, roles, expires_at, now() AS now FROM used, session
"""
_USED_BEFORE: Final = """
SELECT t.session_id, s.user_id,
       t.used_at > now() - $2::interval AND s.ip IS NOT DISTINCT FROM $3 AND s.user_agent IS NOT DISTINCT FROM $4
       AS is_race
  FROM refresh_tokens t
  JOIN sessions s ON s.store_id = t.store_id AND s.id = t.session_id
 WHERE t.token_hash = $1 AND t.used_at IS NOT NULL AND s.revoked_at IS NULL
"""
_REVOKE: Final = """
UPDATE sessions SET revoked_at = now(), revoked_reason = $2
 WHERE user_id = $1 AND revoked_at IS NULL AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id <> $4)
"""
_LIVE_SESSIONS: Final = """
SELECT id, user_agent, host(ip) AS ip, created_at, last_used_at, expires_at
  FROM sessions
 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
 ORDER BY last_used_at DESC, id DESC
 LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against. `signed_in_from_here`: lately, from the same address."""

    user_id: UUID
    email: str
    name: str
    locale: str | None
    status: str
    password_hash: str | None
    signed_in_from_here: bool


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session just opened or prolonged; `now` is the instant of its transaction."""

    id: UUID
    user_id: UUID
    email: str
    name: str
    roles: tuple[str, ...]
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session as its user sees it."""

    id: UUID
    user_agent: str | None
    ip: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UsedToken:
    """A refresh token that came again. `is_race`: a moment after its use, from the same device."""

    session_id: UUID
    user_id: UUID
    is_race: bool


async def live_roles(
    database: Database, store_id: UUID, session_id: UUID, user_id: UUID, issued_at: int
) -> tuple[str, ...] | None:
    """The roles of a user whose session and account are in order; None otherwise. One round trip."""
    roles = await database.fetchval("SELECT live_roles($1, $2, $3, $4)", store_id, session_id, user_id, issued_at)
    return None if roles is None else tuple(roles)


async def live_roles_of_many(
    tx: Transaction, several: Sequence[tuple[UUID, UUID, int]]
) -> Sequence[tuple[str, ...] | None]:
    """As `live_roles`, of several in their order: each as session, user, and when the token was issued."""
    if not several:
        return []
    sessions, users, issued = zip(*several, strict=True)
    rows = await tx.fetch(_LIVE_ROLES, tx.store_id, sessions, users, issued)
    return [None if row["roles"] is None else tuple(row["roles"]) for row in rows]


async def live_platform_users(tx: Transaction, several: Sequence[tuple[UUID, int]]) -> Sequence[bool]:
    """As `is_live_platform_user`, of several in their order."""
    if not several:
        return []
    users, issued = zip(*several, strict=True)
    return [row["is_live"] for row in await tx.fetch(_PLATFORM_ARE_LIVE, users, issued)]


async def is_live_platform_user(database: Database, user_id: UUID, issued_at: int) -> bool:
    """Whether tokens of that second still count. One round trip."""
    return bool(await database.fetchval(_PLATFORM_IS_LIVE, user_id, issued_at))


async def credentials_by_email(tx: Transaction, folded: str, device: Device) -> Credentials | None:
    """What a sign-in with this address is checked against."""
    return _credentials(
        await tx.fetchrow(_CREDENTIALS.format(column="email_folded", days=KNOWN_DAYS), folded, device.ip)
    )


async def credentials_by_id(tx: Transaction, user_id: UUID) -> Credentials | None:
    """What a signed-in user's password is checked against."""
    return _credentials(await tx.fetchrow(_CREDENTIALS.format(column="id", days=KNOWN_DAYS), user_id, None))


async def open_session(
    tx: Transaction,
    user_id: UUID,
    *,
    verified_hash: str,
    new_hash: str,
    token: Secret,
    device: Device,
    lifetime: timedelta,
) -> OpenSession | None:
    """A new session with its first refresh token; None when account or password changed since `verified_hash`."""
    row = await tx.fetchrow(
        _OPEN_SESSION, tx.store_id, user_id, verified_hash, new_hash, new_id(), device.user_agent, device.ip,
        lifetime, new_id(), token.digest,
    )  # fmt: skip
    return None if row is None else _open_session(row)


async def use_token(
    tx: Transaction, digest: bytes, *, following: Secret, device: Device, lifetime: timedelta
) -> OpenSession | None:
    """Use up a refresh token for the following one; None when it, its session or its user is not good for it."""
    row = await tx.fetchrow(
        _USE_TOKEN, digest, new_id(), following.digest, lifetime, device.ip, device.user_agent
    )  # fmt: skip
    return None if row is None else _open_session(row)


async def used_before(tx: Transaction, digest: bytes, device: Device, grace: timedelta) -> UsedToken | None:
    """The token, when it was used before and its session is still open."""
    row = await tx.fetchrow(_USED_BEFORE, digest, grace, device.ip, device.user_agent)
    return None if row is None else UsedToken(**dict(row))


async def revoke_sessions(
    tx: Transaction, user_id: UUID, reason: str, *, only: UUID | None = None, but: UUID | None = None
) -> int:
    """End sessions of the user: all, `only` one, or all `but` one; how many."""
    return await tx.execute(_REVOKE, user_id, reason, only, but)


async def refuse_older_tokens(tx: Transaction, user_id: UUID) -> None:
    """Access tokens issued before this transaction do not count any more."""
    await tx.execute("UPDATE users SET tokens_valid_after = now() WHERE id = $1", user_id)


async def live_sessions(tx: Transaction, user_id: UUID, limit: int) -> Sequence[SessionSnapshot]:
    """The open sessions, the one used last first."""
    return [SessionSnapshot(**dict(row)) for row in await tx.fetch(_LIVE_SESSIONS, user_id, limit)]


def _credentials(row: asyncpg.Record | None) -> Credentials | None:
    if row is None:
        return None
    values = dict(row)
    return Credentials(user_id=values.pop("id"), **values)


def _open_session(row: asyncpg.Record) -> OpenSession:
    values = dict(row)
    return OpenSession(id=values.pop("session_id"), roles=tuple(values.pop("roles")), **values)
