"""When is a store next looked through for what has not happened, and how far has each signal looked?"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from server.signals.subjects_repo import Place
from storage.transaction import Transaction

# Nobody else begins a round of the store within the pause, whatever becomes of this one.
_BEGIN: Final = """
INSERT INTO signal_rounds AS r (store_id, ruleset, next_at) VALUES ($1, $2, now() + $3::interval)
    ON CONFLICT (store_id) DO UPDATE SET ruleset = excluded.ruleset, next_at = excluded.next_at
 WHERE r.next_at <= now()
"""
_AT_ONCE: Final = """
INSERT INTO signal_rounds AS r (store_id, ruleset, next_at) VALUES ($1, $2, now())
    ON CONFLICT (store_id) DO UPDATE SET ruleset = excluded.ruleset, next_at = excluded.next_at
 WHERE r.ruleset <> excluded.ruleset
"""
_GO_ON: Final = "UPDATE signal_rounds SET next_at = now()"
# A clock that was put back has the signal look again at what it was ahead of; what was kept is not kept twice.
_CURSOR: Final = """
INSERT INTO signal_cursors AS c (store_id, signal, ruleset, looked_to, looked_id)
VALUES ($1, $2, $3, 'epoch', '00000000-0000-0000-0000-000000000000')
    ON CONFLICT (store_id, signal) DO UPDATE
   SET looked_to = CASE WHEN c.ruleset = excluded.ruleset THEN least(c.looked_to, now() - $4::interval)
                        ELSE excluded.looked_to END,
       ruleset = excluded.ruleset
RETURNING looked_to, looked_id
"""
_LOOKED: Final = "UPDATE signal_cursors SET looked_to = $2, looked_id = $3 WHERE signal = $1"


async def begin(tx: Transaction, ruleset_hash: str, pause: timedelta) -> bool:
    """Begin a round of the store; False when somebody else did, within the pause."""
    return await tx.execute(_BEGIN, tx.store_id, ruleset_hash, pause) == 1


async def begin_at_once(tx: Transaction, ruleset_hash: str) -> None:
    """Have the next round begin at once, if this is another ruleset than the last one looked with."""
    await tx.execute(_AT_ONCE, tx.store_id, ruleset_hash)


async def go_on(tx: Transaction) -> None:
    """Have the round go on at once: there is more."""
    await tx.execute(_GO_ON)


async def place_of(tx: Transaction, signal: str, ruleset_hash: str, lasting: timedelta) -> Place:
    """How far the signal has looked, locked: at its beginning for another ruleset. What rests so long is not beyond."""
    row = await tx.fetchrow(_CURSOR, tx.store_id, signal, ruleset_hash, lasting)
    assert row is not None
    return Place(row["looked_to"], UUID(str(row["looked_id"])))


async def looked(tx: Transaction, signal: str, place: Place) -> None:
    """Remember how far the signal has looked, which `place_of` gave in the same transaction."""
    await tx.execute(_LOOKED, signal, place.since, place.id)
