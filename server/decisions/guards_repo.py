"""What is proved, what is taken off, and which breaches were there? Read and written for guards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction

_NEWEST: Final = """
SELECT p.id, p.version_id, p.kind, p.name, v.number
  FROM ruleset_plans p JOIN ruleset_versions v ON v.store_id = p.store_id AND v.id = p.version_id
 WHERE p.cancelled_at IS NULL AND p.starts_at <= now() AND (p.ends_at IS NULL OR p.ends_at > now())
   AND p.kind <> ALL($1::text[])
 ORDER BY p.starts_at DESC, p.id DESC LIMIT 1
"""
_PROVED: Final = """
SELECT coalesce(array_agg(DISTINCT verdict ->> 'at'), '{}')
  FROM proof_jobs j CROSS JOIN LATERAL jsonb_array_elements(j.report -> 'verdicts') AS verdict
 WHERE j.key = $1 AND j.task = 'prove' AND j.state = 'done'
   AND verdict ->> 'status' = 'proved' AND (verdict ->> 'for_all_carts')::boolean
"""
_BREACH: Final = """
INSERT INTO invariant_breaches (id, store_id, plan_id, kind, name, number, invariant, at, measured, said, cart)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11::jsonb)
"""
_BREACHES: Final = """
SELECT id, plan_id, kind, name, number, invariant, at, measured::text AS measured, said, cart::text AS cart, created_at
  FROM invariant_breaches ORDER BY created_at DESC, id DESC LIMIT $1
"""


class NewestPlan(msgspec.Struct, frozen=True):
    """The plan that began last of those that are on: what it brought is what is new in the live book."""

    id: UUID
    version_id: UUID
    kind: str
    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}@{self.number}"


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A broken claim, the plan that was taken off for it, and the cart. `measured`: sum to minor units."""

    id: UUID
    plan_id: UUID
    kind: str
    name: str
    number: int
    invariant: str
    at: str
    measured: dict[str, int]
    said: str
    cart: Any
    created_at: datetime


async def newest_plan(tx: Transaction, apart: Collection[str]) -> NewestPlan | None:
    """The newest of the plans that are on, of kinds that are not `apart`; None when there is none."""
    row = await tx.fetchrow(_NEWEST, sorted(apart))
    return None if row is None else NewestPlan(*row)


async def proved(tx: Transaction, key: str) -> frozenset[str]:
    """The places of the claims that are proved for all carts of the rule book with this key.

    One that is proved only for carts of few lines, or up to some amount, is not among them.
    """
    return frozenset(await tx.fetchval(_PROVED, key))


async def take_off(tx: Transaction, plan_id: UUID) -> bool:
    """Call the plan off; False when it has ended, or somebody was faster."""
    return await tx.execute(
        "UPDATE ruleset_plans SET cancelled_at = now() WHERE id = $1 AND cancelled_at IS NULL"
        " AND (ends_at IS NULL OR ends_at > now())",
        plan_id,
    ) == 1  # fmt: skip


async def add_breach(
    tx: Transaction, plan: NewestPlan, invariant: str, at: str, measured: dict[str, int], said: str, cart: object
) -> UUID:
    """Write a breach down; its id."""
    breach_id = new_id()
    await tx.execute(
        _BREACH, breach_id, tx.store_id, plan.id, plan.kind, plan.name, plan.number, invariant, at,
        _json(measured), said, _json(cart),
    )  # fmt: skip
    return breach_id


async def breaches(tx: Transaction, most: int) -> list[Breach]:
    """The newest first."""
    return [
        Breach(**{**dict(row), "measured": msgspec.json.decode(row["measured"]),
                  "cart": msgspec.json.decode(row["cart"])})
        for row in await tx.fetch(_BREACHES, most)
    ]  # fmt: skip


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
