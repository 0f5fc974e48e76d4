"""How are uses counted in the database? By one statement for all uses of an order, whatever their number.

Counters are locked in the order of their keys, and an order's uses by its row, which the caller has locked. The state
of a use says what of it the counters hold, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.referrals.needed import Use
from storage.transaction import Transaction

UseState = Literal["held", "used", "released", "returned"]

# Joined to other statements too, so the names are long enough to be nobody else's. What the order holds already is
# not wanted again. A counter that is full is not counted up, and its use not kept.
_HOLD: Final = """
wanted_uses AS MATERIALIZED (
    SELECT w.*
      FROM jsonb_to_recordset({uses}::jsonb)
        AS w (kind text, subject text, customer text, most integer, budget bigint, amount bigint){after}
     WHERE NOT EXISTS (
           SELECT FROM order_uses o
            WHERE o.order_id = {order} AND o.kind = w.kind AND o.subject = w.subject AND o.customer = w.customer
              AND o.state IN ('held', 'used'))
), counted_uses AS (
    INSERT INTO use_counters AS c (store_id, kind, subject, customer, held, spent)
    SELECT {store}, w.kind, w.subject, w.customer, 1, w.amount
      FROM wanted_uses w
     WHERE w.budget IS NULL OR w.amount <= w.budget
     ORDER BY w.kind, w.subject, w.customer
        ON CONFLICT (store_id, kind, subject, customer)
        DO UPDATE SET held = c.held + 1, spent = c.spent + excluded.spent
     WHERE EXISTS (
           SELECT FROM wanted_uses w
            WHERE w.kind = c.kind AND w.subject = c.subject AND w.customer = c.customer
              AND (w.most IS NULL OR c.held + c.used < w.most)
              AND (w.budget IS NULL OR c.spent + w.amount <= w.budget))
    RETURNING c.kind, c.subject, c.customer
), kept_uses AS (
    INSERT INTO order_uses AS o (store_id, order_id, kind, subject, customer, most, budget, amount)
    SELECT {store}, {order}, w.kind, w.subject, w.customer, w.most, w.budget, w.amount
      FROM wanted_uses w JOIN counted_uses USING (kind, subject, customer)
        ON CONFLICT (store_id, order_id, kind, subject, customer)
        DO UPDATE SET state = 'held', most = excluded.most, budget = excluded.budget, amount = excluded.amount
    RETURNING 1
), refused_uses AS (
    SELECT w.kind, w.subject, w.customer
      FROM wanted_uses w LEFT JOIN counted_uses c USING (kind, subject, customer)
     WHERE c.kind IS NULL
)
"""
_FITS: Final = """
mine AS MATERIALIZED (
    SELECT kind, subject, customer, most, budget, amount
      FROM order_uses WHERE order_id = $1 AND state = 'released'
), locked AS MATERIALIZED (
    SELECT c.kind, c.subject, c.customer, c.held, c.used, c.spent, mine.most, mine.budget, mine.amount
      FROM use_counters c JOIN mine USING (kind, subject, customer)
     ORDER BY c.kind, c.subject, c.customer FOR NO KEY UPDATE OF c
), fits AS MATERIALIZED (
    SELECT coalesce(bool_and((most IS NULL OR held + used < most) AND (budget IS NULL OR spent + amount <= budget)),
                    true) AS all_of_them
      FROM locked
)
"""
_CAN_HOLD_AGAIN: Final = f"WITH {_FITS} SELECT all_of_them FROM fits"
_HOLD_AGAIN: Final = f"""
WITH {_FITS}, counted AS (
    UPDATE use_counters c SET held = c.held + 1, spent = c.spent + l.amount
      FROM locked l, fits
     WHERE fits.all_of_them AND c.kind = l.kind AND c.subject = l.subject AND c.customer = l.customer
    RETURNING c.kind, c.subject, c.customer
), kept AS (
    UPDATE order_uses o SET state = 'held'
      FROM counted c
     WHERE o.order_id = $1 AND o.kind = c.kind AND o.subject = c.subject AND o.customer = c.customer
    RETURNING 1
)
SELECT all_of_them, (SELECT count(*) FROM kept) = CASE WHEN all_of_them THEN (SELECT count(*) FROM mine) ELSE 0 END
  FROM fits
"""
_MOVE: Final = """
WITH moved AS (
    UPDATE order_uses SET state = $3 WHERE order_id = $1 AND state = $2
    RETURNING kind, subject, customer, amount
), locked AS MATERIALIZED (
    SELECT c.kind, c.subject, c.customer, moved.amount
      FROM use_counters c JOIN moved USING (kind, subject, customer)
     ORDER BY c.kind, c.subject, c.customer FOR NO KEY UPDATE OF c
), counted AS (
    UPDATE use_counters c
       SET held = c.held - ($2 = 'held')::int,
           used = c.used - ($2 = 'used')::int + ($3 = 'used')::int,
           spent = c.spent - CASE WHEN $3 = 'used' THEN 0 ELSE l.amount END
      FROM locked l
     WHERE c.kind = l.kind AND c.subject = l.subject AND c.customer = l.customer
    RETURNING 1
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM counted)
"""


class CountersBroken(Exception):
    """The counters do not hold what the uses of an order say they hold: a bug, or somebody wrote past this module."""


def hold_parts(*, store: str, order: str, uses: str, after: str = "") -> str:
    """Parts of a WITH that hold uses, to be joined to a statement that does more.

    `store` and `order` are SQL expressions for the ids, `uses` the parameter of `hold_argument`; `after` names a part
    whose rows are locked first. The part `refused_uses` (kind, subject, customer) has what could not be held: when
    it has a row, the transaction must be rolled back, for the others are held.
    """
    waits = f", (SELECT count(*) FROM {after}) AS after_{after}" if after else ""
    return _HOLD.format(store=store, order=order, uses=uses, after=waits).strip()


def hold_argument(uses: Sequence[Use]) -> str:
    """The uses as the parameter of `hold_parts`."""
    return msgspec.json.encode(uses).decode()


_HOLD_ALONE: Final = (
    f"WITH {hold_parts(store='$1::uuid', order='$2::uuid', uses='$3')} SELECT kind, subject, customer FROM refused_uses"
)


async def hold(tx: Transaction, order_id: UUID, uses: Sequence[Use]) -> set[tuple[str, str, str]]:
    """Hold the uses; kind, subject and customer of those that could not be held."""
    rows = await tx.fetch(_HOLD_ALONE, tx.store_id, order_id, hold_argument(uses))
    return {(row["kind"], row["subject"], row["customer"]) for row in rows}


async def can_hold_again(tx: Transaction, order_id: UUID) -> bool:
    """Whether all released uses of the order fit; their counters stay locked, so that the answer stays true."""
    return bool(await tx.fetchval(_CAN_HOLD_AGAIN, order_id))


async def hold_again(tx: Transaction, order_id: UUID) -> bool:
    """Hold all released uses of the order, or none; whether they are held."""
    row = await tx.fetchrow(_HOLD_AGAIN, order_id)
    assert row is not None
    if not row[1]:
        raise CountersBroken(f"order {order_id}: not every released use has a counter")
    return bool(row[0])


async def move(tx: Transaction, order_id: UUID, source: UseState, target: UseState) -> int:
    """Bring the order's uses from one state into another, the counters with them; how many there were."""
    row = await tx.fetchrow(_MOVE, order_id, source, target)
    assert row is not None
    moved, counted = row
    if moved != counted:
        raise CountersBroken(f"order {order_id}: {moved} uses became {target}, but {counted} counters followed")
    return int(moved)
