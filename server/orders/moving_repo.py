"""Which states are orders moved out of, and which orders are still there?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.orders.history_repo import HEAD
from server.orders.snapshot import OrderHead
from storage.transaction import Transaction

_WATCH: Final = """
INSERT INTO moved_states AS m (store_id, ruleset, states) VALUES ($1, $2, $3)
    ON CONFLICT (store_id) DO UPDATE SET ruleset = excluded.ruleset, states = excluded.states
 WHERE (m.ruleset, m.states) IS DISTINCT FROM (excluded.ruleset, excluded.states)
"""
_CLAIM: Final = f"""
SELECT {HEAD} FROM orders o WHERE o.state = ANY ($1) ORDER BY o.placed_at, o.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""
_BY_STATE: Final = "SELECT state, count(*) FROM orders WHERE NOT state = ANY ($1) GROUP BY state"


async def watch(tx: Transaction, ruleset: str, states: Sequence[str]) -> None:
    """Have the worker look for orders in these states; nothing is written when it does already."""
    await tx.execute(_WATCH, tx.store_id, ruleset, list(states))


async def claim(tx: Transaction, states: Sequence[str], most: int) -> list[OrderHead]:
    """Orders in these states, locked, the oldest first; without those somebody else is at."""
    return [OrderHead(**dict(row)) for row in await tx.fetch(_CLAIM, list(states), most)]


async def in_other_states(tx: Transaction, states: Sequence[str]) -> dict[str, int]:
    """How many orders are in each state that is not one of these."""
    return {row["state"]: row["count"] for row in await tx.fetch(_BY_STATE, list(states))}
