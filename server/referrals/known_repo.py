"""Where is it read how often codes and offers were used? In one statement, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from server.decisions.facts import CouponFacts, UsageFacts
from storage.transaction import Transaction

# A code of the rule book brings its rule along; one that was issued has the rule of its campaign.
_READ: Final = """
WITH asked AS (
    SELECT 'coupon' AS kind, a.code, coalesce(a.rule, $2::jsonb ->> k.campaign) AS rule, k.campaign, k.owner_id
      FROM jsonb_to_recordset($1::jsonb) AS a (code text, rule text)
      LEFT JOIN coupon_codes k
             ON a.rule IS NULL AND k.code = a.code
            AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $5)
     UNION ALL
    SELECT 'promotion', NULL, p.rule, NULL, NULL FROM jsonb_array_elements_text($3::jsonb) AS p (rule)
)
SELECT a.kind, a.code, a.rule, a.campaign, a.owner_id, coalesce(of_code.held + of_code.used, 0) AS used_code,
       CASE WHEN $4::text IS NOT NULL THEN coalesce(own.held + own.used, 0) END AS used_customer,
       coalesce(everybodys.held + everybodys.used, 0) AS used_total, coalesce(everybodys.spent, 0) AS spent
  FROM asked a
  LEFT JOIN use_counters of_code ON of_code.kind = 'code' AND of_code.subject = a.code AND of_code.customer = ''
  LEFT JOIN use_counters own ON own.kind = a.kind AND own.subject = a.rule AND own.customer = $4
  LEFT JOIN use_counters everybodys
         ON everybodys.kind = a.kind AND everybodys.subject = a.rule AND everybodys.customer = ''
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A folded code to look up; `rule` is its coupon when the rule book has the code."""

    code: str
    rule: str | None = None


async def read(
    tx: Transaction,
    codes: Sequence[Asked],
    campaigns: Mapping[str, str],
    promotions: Sequence[str],
    customer: str | None,
    at: datetime,
) -> tuple[tuple[CouponFacts, ...], dict[str, UsageFacts]]:
    """Facts of the codes, and of the promotions by id; `campaigns` has the coupon of each campaign."""
    rows = await tx.fetch(_READ, _json(codes), _json(campaigns), _json(promotions), customer, at)
    coupons = tuple([_coupon(row) for row in rows if row["kind"] == "coupon"])
    return coupons, {row["rule"]: _usage(row) for row in rows if row["kind"] == "promotion"}


def _coupon(row: asyncpg.Record) -> CouponFacts:
    if row["rule"] is None:
        return CouponFacts(code=row["code"], known=False)
    return CouponFacts(
        code=row["code"],
        campaign=row["campaign"],
        owner=None if row["owner_id"] is None else str(row["owner_id"]),
        used_code=row["used_code"],
        used_customer=row["used_customer"],
        used_total=row["used_total"],
        spent=row["spent"],
    )


def _usage(row: asyncpg.Record) -> UsageFacts:
    return UsageFacts(customer=row["used_customer"], total=row["used_total"], spent=row["spent"])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
