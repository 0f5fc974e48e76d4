"""Where are issued codes kept, and their uses summed up? Here, any number of them in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from server.referrals.codes import skeleton
from server.referrals.issued import Batch, CampaignCodes, CodeState, IssuedCode, NewCodes, UsedRule
from storage.conditions import Conditions
from storage.ids import new_id
from storage.pages import TimeWindow
from storage.transaction import Transaction

_CODES: Final = """
SELECT k.id, k.code, k.campaign, k.owner_id, k.batch_id, k.note, k.expires_at, k.revoked_at, k.created_by, k.created_at,
       coalesce(c.held, 0) AS held, coalesce(c.used, 0) AS used, coalesce(k.expires_at <= now(), false) AS has_expired
  FROM coupon_codes k
  LEFT JOIN use_counters c ON c.kind = 'code' AND c.subject = k.code AND c.customer = ''
"""
_IN_STATE: Final[dict[CodeState, str]] = {
    "active": "k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())",
    "expired": "k.revoked_at IS NULL AND k.expires_at <= now()",
    "revoked": "k.revoked_at IS NOT NULL",
}
_ISSUE: Final = """
INSERT INTO coupon_codes (id, store_id, code, skeleton, batch_id, campaign, owner_id, note, expires_at, created_by)
SELECT w.id, $1::uuid, w.code, w.skeleton, $3::uuid, $4::text, $5::uuid, $6::text, $7::timestamptz, $8::uuid
  FROM jsonb_to_recordset($2::jsonb) AS w (id uuid, code text, skeleton text)
 ORDER BY w.id
    ON CONFLICT DO NOTHING
RETURNING id, code
"""
_OWNER: Final = """
SELECT id FROM users WHERE id = $1::uuid OR ($1 IS NULL AND email_folded = $2::text) FOR KEY SHARE
"""
_REVOKE: Final = "UPDATE coupon_codes SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"
_BATCH: Final = "SELECT batch_id, campaign, expires_at, code FROM coupon_codes WHERE batch_id = $1 ORDER BY id"
# The rows of everybody's uses have one row for each order.
_USED: Final = """
SELECT kind, subject AS rule,
       count(*) FILTER (WHERE state = 'held') AS held,
       count(*) FILTER (WHERE state = 'used') AS used,
       count(*) FILTER (WHERE state = 'returned') AS returned,
       coalesce(sum(amount) FILTER (WHERE state = 'used'), 0)::bigint AS given_away,
       coalesce(sum(amount) FILTER (WHERE state = 'held'), 0)::bigint AS promised
  FROM order_uses
 WHERE kind IN ('coupon', 'promotion') AND customer = ''
   AND ($1::timestamptz IS NULL OR created_at >= $1) AND ($2::timestamptz IS NULL OR created_at < $2)
 GROUP BY kind, subject
"""
_CAMPAIGNS: Final = """
SELECT campaign, count(*) AS issued, count(revoked_at) AS revoked FROM coupon_codes
 WHERE ($1::timestamptz IS NULL OR created_at >= $1) AND ($2::timestamptz IS NULL OR created_at < $2)
 GROUP BY campaign
"""


async def issue(tx: Transaction, codes: Sequence[str], common: NewCodes) -> dict[str, UUID]:
    """Issue folded codes; the ids of those that are issued now: not of such that exist, or look like one that does."""
    # In one order, so that two who issue the same codes at once do not wait for each other in a circle.
    ordered = sorted((skeleton(code), code) for code in codes)
    wanted = [{"id": new_id(), "code": code, "skeleton": drawn} for drawn, code in ordered]
    rows = await tx.fetch(
        _ISSUE, tx.store_id, msgspec.json.encode(wanted).decode(), common.batch_id, common.campaign, common.owner_id,
        common.note, common.expires_at, common.created_by,
    )  # fmt: skip
    return {row["code"]: row["id"] for row in rows}


async def find_alike(tx: Transaction, code: str) -> str | None:
    """The issued code, folded, that has the same skeleton."""
    found: str | None = await tx.fetchval("SELECT code FROM coupon_codes WHERE skeleton = $1", skeleton(code))
    return found


async def find_owner(tx: Transaction, user_id: UUID | None, email_folded: str | None) -> UUID | None:
    """The user of this id, else of this address, who then stays until the transaction ends."""
    found: UUID | None = await tx.fetchval(_OWNER, user_id, email_folded)
    return found


async def read_code(tx: Transaction, code_id: UUID) -> IssuedCode | None:
    """One issued code."""
    row = await tx.fetchrow(f"{_CODES} WHERE k.id = $1", code_id)
    return None if row is None else _issued(row)


async def revoke(tx: Transaction, code_id: UUID) -> bool:
    """Whether the code is revoked now and was not before."""
    return await tx.execute(_REVOKE, code_id) == 1


async def read_batch(tx: Transaction, batch_id: UUID) -> Batch | None:
    """All codes of a batch, revoked ones too, in the order they were made."""
    rows = await tx.fetch(_BATCH, batch_id)
    if not rows:
        return None
    first = rows[0]
    codes = tuple([row["code"] for row in rows])
    return Batch(id=batch_id, campaign=first["campaign"], expires_at=first["expires_at"], codes=codes)


async def list_codes(
    tx: Transaction,
    *,
    campaign: str | None,
    owner_id: UUID | None,
    batch_id: UUID | None,
    prefix: str | None,
    state: CodeState | None,
    window: TimeWindow,
) -> list[IssuedCode]:
    """Issued codes, newest first; `prefix` is folded."""
    wanted = Conditions()
    if state is not None:
        wanted.all(_IN_STATE[state])
    wanted.add("k.campaign = {}", campaign)
    wanted.add("k.owner_id = {}", owner_id)
    wanted.add("k.batch_id = {}", batch_id)
    wanted.add("starts_with(k.code, {})", prefix)
    if window.beyond is not None:
        wanted.all(f"(k.created_at, k.id) {window.sign} ({{}}, {{}})", *window.beyond)
    sql = (
        f"{_CODES} WHERE {wanted.sql} ORDER BY k.created_at {window.order}, k.id {window.order}"
        f" LIMIT {wanted.parameter(window.most)}"
    )
    return [_issued(row) for row in await tx.fetch(sql, *wanted.values)]


async def used_rules(tx: Transaction, since: datetime | None, until: datetime | None) -> list[UsedRule]:
    """How often orders of the time `[since, until)` used coupons and promotions."""
    return [msgspec.convert(dict(row), UsedRule) for row in await tx.fetch(_USED, since, until)]


async def campaign_codes(tx: Transaction, since: datetime | None, until: datetime | None) -> list[CampaignCodes]:
    """How many codes were issued in the time `[since, until)`, by campaign."""
    return [msgspec.convert(dict(row), CampaignCodes) for row in await tx.fetch(_CAMPAIGNS, since, until)]


def _issued(row: asyncpg.Record) -> IssuedCode:
    return IssuedCode(**dict(row))
