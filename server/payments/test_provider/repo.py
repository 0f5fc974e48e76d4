"""Where does the test provider keep its books? In three tables of its own, which it never joins with ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.payments.test_provider.charges import Charge, ChargeStatus, NewCharge, Refund
from server.payments.test_provider.events import Delivery
from storage.ids import new_id
from storage.transaction import Transaction

MOST_TRIES: Final = 12

_CHARGE: Final = """
id, amount, currency, metadata::text AS metadata, return_url, status, refunded, refunds_fail, fingerprint, created_at
"""
_CLAIM: Final = """
WITH due AS (
    SELECT id FROM test_provider_deliveries WHERE next_try_at <= now()
     ORDER BY next_try_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE test_provider_deliveries d SET tries = d.tries + 1, next_try_at = now() + make_interval(secs => $1)
  FROM due WHERE d.id = due.id
RETURNING d.id, d.event_id, d.payload, d.is_forged, d.tries, now() AS now
"""
# Doubling from two seconds to an hour, with a little chance so that many do not come back at once.
_FAILED: Final = """
UPDATE test_provider_deliveries SET last_status = $3, next_try_at =
    CASE WHEN tries < $4 AND NOT is_forged
         THEN now() + make_interval(secs => least(3600, 2 ^ tries) * (0.75 + random() / 2)) END
 WHERE id = $1 AND tries = $2
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is ours to send for a while; `now` is the database's clock."""

    id: UUID
    event_id: str
    payload: bytes
    is_forged: bool
    tries: int
    now: datetime


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a delivery is. `due_at` is None once it was taken, or given up; `last_status` None without an answer."""

    event_id: str
    payload: bytes
    tries: int
    last_status: int | None
    due_at: datetime | None


async def insert_charge(tx: Transaction, store_id: UUID, new: NewCharge) -> bool:
    """Write the charge; False when its key was used before."""
    count = await tx.execute(
        "INSERT INTO test_provider_charges (id, store_id, idempotency_key, amount, currency, metadata, return_url)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7) ON CONFLICT (store_id, idempotency_key) DO NOTHING",
        new_id(), store_id, new.key, new.amount, new.currency,
        msgspec.json.encode(new.metadata).decode(), new.return_url,
    )  # fmt: skip
    return count == 1


async def charge_of_key(tx: Transaction, key: str) -> Charge | None:
    """The charge that was made with this key."""
    return _charge(await tx.fetchrow(f"SELECT {_CHARGE} FROM test_provider_charges WHERE idempotency_key = $1", key))


async def find_charge(tx: Transaction, charge_id: UUID) -> Charge | None:
    """The charge, or None."""
    return _charge(await tx.fetchrow(f"SELECT {_CHARGE} FROM test_provider_charges WHERE id = $1", charge_id))


async def close_charge(
    tx: Transaction,
    charge_id: UUID,
    status: ChargeStatus,
    *,
    refunds_fail: bool = False,
    fingerprint: str | None = None,
) -> Charge | None:
    """End an open charge; None when it is not open."""
    return _charge(
        await tx.fetchrow(
            "UPDATE test_provider_charges SET status = $2, refunds_fail = $3, fingerprint = $4"
            f" WHERE id = $1 AND status = 'open' RETURNING {_CHARGE}",
            charge_id, status, refunds_fail, fingerprint,
        )
    )  # fmt: skip


async def insert_refund(tx: Transaction, store_id: UUID, refund: Refund, key: str) -> bool:
    """Write the refund; False when its key was used before."""
    count = await tx.execute(
        "INSERT INTO test_provider_refunds (id, store_id, charge_id, idempotency_key, amount, status)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (store_id, idempotency_key) DO NOTHING",
        refund.id, store_id, refund.charge_id, key, refund.amount, refund.status,
    )  # fmt: skip
    return count == 1


async def refund_of_key(tx: Transaction, key: str) -> Refund | None:
    """The refund that was made with this key."""
    row = await tx.fetchrow(
        "SELECT id, charge_id, amount, status FROM test_provider_refunds WHERE idempotency_key = $1", key
    )
    return None if row is None else msgspec.convert(dict(row), Refund)


async def take_back(tx: Transaction, charge_id: UUID, amount: int, *, counts: bool) -> bool:
    """Count the money as given back (not when the refund fails); False when there is not so much of a paid charge."""
    count = await tx.execute(
        "UPDATE test_provider_charges SET refunded = refunded + CASE WHEN $3 THEN $2::bigint ELSE 0 END"
        " WHERE id = $1 AND status = 'paid' AND refunded + $2::bigint <= amount",
        charge_id, amount, counts,
    )  # fmt: skip
    return count == 1


async def queue(tx: Transaction, store_id: UUID, deliveries: Sequence[Delivery]) -> None:
    """Owe the shop these webhooks, in this order."""
    await tx.execute(
        "INSERT INTO test_provider_deliveries (id, store_id, event_id, payload, is_forged, next_try_at)"
        " SELECT w.id, $1, w.event_id, w.payload, w.is_forged, now() + make_interval(secs => w.in_seconds)"
        "   FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::boolean[], $6::int[])"
        "        AS w (id, event_id, payload, is_forged, in_seconds)",
        store_id,
        [new_id() for _ in deliveries],
        [each.event.id for each in deliveries],
        [msgspec.json.encode(each.event) for each in deliveries],
        [each.is_forged for each in deliveries],
        [each.in_seconds for each in deliveries],
    )


async def claim_due(tx: Transaction, lease_seconds: int) -> Claimed | None:
    """The delivery that is due first; nobody else gets it while the lease lasts."""
    row = await tx.fetchrow(_CLAIM, float(lease_seconds))
    return None if row is None else msgspec.convert(dict(row), Claimed)


async def mark_taken(tx: Transaction, claimed: Claimed, status: int) -> bool:
    """The shop took it; False when somebody else has tried it since."""
    count = await tx.execute(
        "UPDATE test_provider_deliveries SET last_status = $3, next_try_at = NULL WHERE id = $1 AND tries = $2",
        claimed.id, claimed.tries, status,
    )  # fmt: skip
    return count == 1


async def mark_failed(tx: Transaction, claimed: Claimed, status: int | None) -> bool:
    """Try again later, or give up; False when somebody else has tried it since."""
    return await tx.execute(_FAILED, claimed.id, claimed.tries, status, MOST_TRIES) == 1


async def deliveries_of(tx: Transaction, reference: str) -> list[DeliveryState]:
    """The webhooks about a charge, in the order they were owed."""
    rows = await tx.fetch(
        "SELECT event_id, payload, tries, last_status, next_try_at AS due_at FROM test_provider_deliveries"
        " WHERE convert_from(payload, 'UTF8')::jsonb ->> 'charge' = $1 ORDER BY id",
        reference,
    )
    return [msgspec.convert(dict(row), DeliveryState) for row in rows]


def _charge(row: asyncpg.Record | None) -> Charge | None:
    if row is None:
        return None
    return Charge(**{**dict(row), "metadata": msgspec.json.decode(row["metadata"])})
