"""Where are registrations and one-time tokens read and written? Each is used up by one conditional UPDATE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import asyncpg

from server.auth.emails import Email
from server.auth.secret import Secret
from storage.ids import new_id
from storage.transaction import Transaction

Purpose = Literal["password_reset", "email_change"]

_ADD_REGISTRATION: Final = """
INSERT INTO registrations (id, store_id, email, email_folded, name, password_hash, locale, token_hash, expires_at,
                           invite_code)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval, $10
 WHERE NOT EXISTS (SELECT FROM users WHERE email_folded = $4)
"""
_ACTIVATE: Final = """
WITH waiting AS (
    UPDATE registrations SET activated_at = now()
     WHERE token_hash = $1 AND activated_at IS NULL AND expires_at > now()
    RETURNING store_id, email, email_folded, name, password_hash, locale, invite_code
), person AS (
    INSERT INTO users (id, store_id, email, email_folded, name, password_hash, locale)
    SELECT $2, store_id, email, email_folded, name, password_hash, locale FROM waiting
    ON CONFLICT (store_id, email_folded) DO NOTHING
    RETURNING id
)
SELECT (SELECT id FROM person) AS user_id, password_hash, email_folded, locale, invite_code FROM waiting
"""
_ADD_RESET: Final = """
INSERT INTO one_time_tokens (id, store_id, user_id, purpose, token_hash, expires_at)
SELECT $1, store_id, id, 'password_reset', $3, now() + $4::interval
  FROM users WHERE email_folded = $2 AND status = 'active'
"""
_ADD_EMAIL_CHANGE: Final = """
INSERT INTO one_time_tokens (id, store_id, user_id, purpose, payload, token_hash, expires_at)
SELECT $1, $2, $3, 'email_change', jsonb_build_object('email', $4::text, 'folded', $5::text), $6, now() + $7::interval
 WHERE NOT EXISTS (SELECT FROM users WHERE email_folded = $5)
"""
_HOLDER: Final = """
SELECT u.id AS user_id, u.email, u.name, u.locale
  FROM one_time_tokens t
  JOIN users u ON u.store_id = t.store_id AND u.id = t.user_id
 WHERE t.token_hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > now() AND u.status = 'active'
"""
_USE: Final = """
UPDATE one_time_tokens SET used_at = now()
 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
RETURNING payload ->> 'email' AS email, payload ->> 'folded' AS folded
"""
_WITHDRAW: Final = """
UPDATE one_time_tokens SET used_at = now() WHERE user_id = $1 AND purpose = 'password_reset' AND used_at IS NULL
"""
_SET_PASSWORD: Final = """
UPDATE users SET password_hash = $2
 WHERE id = $1 AND status = 'active' AND ($3::text IS NULL OR password_hash = $3)
"""


@dataclass(frozen=True, slots=True)
class Activated:
    """A registration used up; `user_id` is None when somebody else has the address by now."""

    user_id: UUID | None
    password_hash: str
    email_folded: str
    locale: str | None
    invite_code: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """The active user whom a one-time token was mailed to."""

    user_id: UUID
    email: str
    name: str
    locale: str | None


async def add_registration(
    tx: Transaction,
    email: Email,
    *,
    name: str,
    password_hash: str,
    locale: str | None,
    token: Secret,
    lifetime: timedelta,
    invite_code: str | None,
) -> bool:
    """Let a registration wait for its token; False, with nothing written, when the address has an account.

    `invite_code` is what was written, folded, be it anybody's or not.
    """
    added = await tx.execute(
        _ADD_REGISTRATION, new_id(), tx.store_id, email.written, email.folded, name, password_hash, locale,
        token.digest, lifetime, invite_code,
    )  # fmt: skip
    return added == 1


async def activate(tx: Transaction, digest: bytes) -> Activated | None:
    """Make the user of a waiting registration; None when the token is none, used or expired."""
    row = await tx.fetchrow(_ACTIVATE, digest, new_id())
    return None if row is None else Activated(**dict(row))


async def add_reset(tx: Transaction, folded: str, token: Secret, lifetime: timedelta) -> bool:
    """A token to set a new password with; False when no active user has the address."""
    return await tx.execute(_ADD_RESET, new_id(), folded, token.digest, lifetime) == 1


async def add_email_change(tx: Transaction, user_id: UUID, email: Email, token: Secret, lifetime: timedelta) -> bool:
    """A token to confirm a new address with; False when the address has an account."""
    added = await tx.execute(
        _ADD_EMAIL_CHANGE, new_id(), tx.store_id, user_id, email.written, email.folded, token.digest, lifetime
    )
    return added == 1


async def holder(tx: Transaction, digest: bytes, purpose: Purpose) -> Holder | None:
    """Whom the token was mailed to, while it can be used."""
    row = await tx.fetchrow(_HOLDER, digest, purpose)
    return None if row is None else Holder(**dict(row))


async def use(tx: Transaction, digest: bytes, purpose: Purpose) -> Email | None:
    """Use the token up; the address it holds, empty for other purposes. None when it cannot be used any more."""
    row = await tx.fetchrow(_USE, digest, purpose)
    return None if row is None else Email(row["email"] or "", row["folded"] or "")


async def set_password(tx: Transaction, user_id: UUID, new_hash: str, *, instead_of: str | None = None) -> bool:
    """Set the hash, if it still is `instead_of`, and withdraw links that would set it. False when nothing was done."""
    changed = await tx.execute(_SET_PASSWORD, user_id, new_hash, instead_of) == 1
    await tx.execute(_WITHDRAW, user_id)
    return changed


async def set_email(tx: Transaction, user_id: UUID, email: Email) -> bool:
    """Set the address, and withdraw links mailed to the old one. False when another user has it."""
    try:
        await tx.execute(
            "UPDATE users SET email = $2, email_folded = $3 WHERE id = $1", user_id, email.written, email.folded
        )
    except asyncpg.UniqueViolationError:
        # The transaction is over; whoever asked raises.
        return False
    await tx.execute(_WITHDRAW, user_id)
    return True
