"""Where is forgotten what has expired? Here: sessions, tokens and registrations, a batch at a time.

Rows that somebody holds are left for the next time, so nobody waits for a sweep and two sweeps share the work.
"""

from __future__ import annotations

from typing import Final

from server.auth.repo import KNOWN_DAYS
from storage.transaction import Transaction

# Materialized, or the limit could be taken anew for every row it is compared with.
_FORGET: Final = """
WITH gone AS MATERIALIZED (
    SELECT id FROM {table} WHERE expires_at <= now(){besides}
     ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM {table} t USING gone WHERE t.id = gone.id
"""
# A sign-in asks where its user was seen lately, so a session stays as long as it can tell.
_SESSIONS: Final = _FORGET.format(table="sessions", besides=f" AND created_at <= now() - interval '{KNOWN_DAYS} days'")
_REFRESH_TOKENS: Final = _FORGET.format(table="refresh_tokens", besides="")
_ONE_TIME_TOKENS: Final = _FORGET.format(table="one_time_tokens", besides="")
_REGISTRATIONS: Final = _FORGET.format(table="registrations", besides="")


async def forget_sessions(tx: Transaction, most: int) -> int:
    """Forget sessions that have expired and are too old to tell where their user signs in from; how many."""
    return await tx.execute(_SESSIONS, most)


async def forget_refresh_tokens(tx: Transaction, most: int) -> int:
    """Forget refresh tokens that nobody could use any more; how many."""
    return await tx.execute(_REFRESH_TOKENS, most)


async def forget_one_time_tokens(tx: Transaction, most: int) -> int:
    """Forget mailed tokens that have expired, used or not; how many."""
    return await tx.execute(_ONE_TIME_TOKENS, most)


async def forget_registrations(tx: Transaction, most: int) -> int:
    """Forget registrations whose link has expired, activated or not, with their password hashes; how many."""
    return await tx.execute(_REGISTRATIONS, most)
