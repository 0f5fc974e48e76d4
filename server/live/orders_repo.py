"""Where are the steps of orders read that somebody follows? One statement for all orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.feeds.steps import Step
from server.orders.snapshot import TransitionRow
from storage.transaction import Transaction

_NAMES: Final = tuple(name for name in TransitionRow.__struct_fields__ if name != "effects")
_COLUMNS: Final = ", ".join(f"t.{name}" for name in _NAMES)
_AFTER: Final = f"""
SELECT t.order_id, {_COLUMNS}, t.effects::text AS effects
  FROM unnest($1::uuid[], $2::bigint[]) AS w (order_id, seq)
 CROSS JOIN LATERAL (
    SELECT * FROM order_transitions n WHERE n.order_id = w.order_id AND n.seq > w.seq ORDER BY n.seq LIMIT $3) t
 ORDER BY t.order_id, t.seq
"""


async def read_steps(tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
    """The steps of each order that follow, as TransitionRows, at most `most` of each: the feed of the kind `order`."""
    found: dict[UUID, list[Step]] = {}
    for row in await tx.fetch(_AFTER, list(after), list(after.values()), most):
        found.setdefault(row["order_id"], []).append(Step(row["seq"], _step(row)))
    return found


def _step(row: asyncpg.Record) -> TransitionRow:
    effects = msgspec.json.decode(row["effects"], type=tuple[str, ...])
    return TransitionRow(**{name: row[name] for name in _NAMES}, effects=effects)
