"""Where are the birthdays of customers read and written?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from storage.transaction import Transaction

_LOCK: Final = "SELECT month_day, last_year FROM birthdays WHERE user_id = $1 FOR UPDATE"
_KEEP: Final = """
INSERT INTO birthdays (store_id, user_id, month_day, next_on, due_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (store_id, user_id)
    DO UPDATE SET month_day = excluded.month_day, next_on = excluded.next_on, due_at = excluded.due_at
"""
_TAKE_AWAY: Final = "UPDATE birthdays SET month_day = NULL, next_on = NULL, due_at = NULL WHERE user_id = $1"
_CLAIM: Final = """
SELECT b.user_id, b.month_day, b.next_on, u.locale, u.status = 'active' AS is_active
  FROM birthdays b JOIN users u ON u.store_id = b.store_id AND u.id = b.user_id
 WHERE b.due_at <= now()
 ORDER BY b.due_at, b.user_id LIMIT $1
   FOR UPDATE OF b SKIP LOCKED
"""
_CELEBRATED: Final = """
UPDATE birthdays b SET last_year = extract(year FROM b.next_on), next_on = n.next_on, due_at = n.due_at
  FROM unnest($1::uuid[], $2::date[], $3::timestamptz[]) AS n (user_id, next_on, due_at)
 WHERE b.user_id = n.user_id AND b.due_at <= now()
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a customer told: `month_day` None: that they have none. `last_year`: when it was celebrated last."""

    month_day: str | None
    last_year: int | None


@dataclass(frozen=True, slots=True)
class DueBirthday:
    """A birthday whose day has begun: `next_on`."""

    user_id: UUID
    month_day: str
    next_on: date
    locale: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class NextTime:
    """The next day a birthday is celebrated, and when it begins."""

    user_id: UUID
    next_on: date
    due_at: datetime


async def lock(tx: Transaction, user_id: UUID) -> Told | None:
    """What the user told, which nobody else changes until the transaction ends; None while they never told anything."""
    row = await tx.fetchrow(_LOCK, user_id)
    return None if row is None else Told(**dict(row))


async def keep(tx: Transaction, month_day: str, following: NextTime) -> None:
    """The user has this birthday."""
    await tx.execute(_KEEP, tx.store_id, following.user_id, month_day, following.next_on, following.due_at)


async def take_away(tx: Transaction, user_id: UUID) -> None:
    """The user has no birthday any more."""
    await tx.execute(_TAKE_AWAY, user_id)


async def claim_due(tx: Transaction, most: int) -> list[DueBirthday]:
    """Birthdays that are due and that nobody else has, the longest first; theirs is whoever asks until the end."""
    return [DueBirthday(**dict(row)) for row in await tx.fetch(_CLAIM, most)]


async def celebrated(tx: Transaction, following: Sequence[NextTime]) -> int:
    """Each that is due has had its day, and has another; how many those were."""
    return await tx.execute(
        _CELEBRATED,
        [each.user_id for each in following],
        [each.next_on for each in following],
        [each.due_at for each in following],
    )
