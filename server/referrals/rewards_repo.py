"""Where are rewards kept, each given once? Here; their codes are those of server/referrals/repo.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from engine.referrals.judge import InviteState
from server.referrals.invited import Reward
from storage.ids import new_id
from storage.transaction import Transaction

# Of a milestone there is one by its key and one by its number of friends, whatever rulesets call it.
_CLAIM: Final = """
INSERT INTO rewards (id, store_id, user_id, key, reason, milestone_at, campaign, ruleset)
SELECT $1, u.store_id, u.id, $3, $4, $5, $6, $7 FROM users u WHERE u.id = $2 AND u.status = 'active'
    ON CONFLICT DO NOTHING
"""
# Rulesets may give one's name to another's number, so two may be meant: none of them may be had, and none of their
# codes, which an order keeps though they were revoked. The one of that number is taken, so no two have it.
_AGAIN: Final = """
WITH meant AS (
    SELECT r.id, r.milestone_at, r.revoked_at IS NULL OR coalesce(c.held + c.used, 0) > 0 AS is_had
      FROM rewards r
      LEFT JOIN coupon_codes k ON k.id = r.code_id
      LEFT JOIN use_counters c ON c.kind = 'code' AND c.subject = k.code AND c.customer = ''
     WHERE r.user_id = $1 AND (r.key = $2 OR r.milestone_at = $3)
), chosen AS (
    SELECT id FROM meant WHERE NOT EXISTS (SELECT FROM meant WHERE is_had)
     ORDER BY milestone_at = $3 DESC NULLS LAST LIMIT 1
)
UPDATE rewards r
   SET revoked_at = NULL, code_id = NULL, granted_at = now(),
       reason = $4, milestone_at = $3, campaign = $5, ruleset = $6
  FROM chosen
 WHERE r.id = chosen.id
RETURNING r.id
"""
_NAME_CODE: Final = "UPDATE rewards SET code_id = $2 WHERE id = $1 AND code_id IS NULL"
_UNDO: Final = """
WITH unused AS (
    UPDATE coupon_codes k SET revoked_at = now()
      FROM rewards r
     WHERE r.user_id = $1 AND r.milestone_at > $2 AND r.key <> ALL ($3::text[]) AND r.reason <> ALL ($3::text[])
       AND r.revoked_at IS NULL AND k.id = r.code_id AND k.revoked_at IS NULL
       AND NOT EXISTS (SELECT FROM use_counters c
                        WHERE c.kind = 'code' AND c.subject = k.code AND c.customer = '' AND c.held + c.used > 0)
    RETURNING r.id
)
UPDATE rewards SET revoked_at = now() WHERE id IN (SELECT id FROM unused)
RETURNING id, reason, campaign
"""
_LIST: Final = """
SELECT r.id, r.user_id, r.reason, r.milestone_at, r.campaign, upper(k.code) AS code, r.granted_at, k.expires_at,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN c.used > 0 THEN 'used' WHEN c.held > 0 THEN 'held'
            WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END AS state
  FROM rewards r
  JOIN coupon_codes k ON k.id = r.code_id
  LEFT JOIN use_counters c ON c.kind = 'code' AND c.subject = k.code AND c.customer = ''
 WHERE r.user_id = $1
 ORDER BY r.granted_at DESC, r.id DESC
 LIMIT $2
"""
_STATES: Final = """
SELECT state, guard, count(*) AS invites FROM invites
 WHERE ($1::timestamptz IS NULL OR joined_at >= $1) AND ($2::timestamptz IS NULL OR joined_at < $2)
 GROUP BY state, guard
 ORDER BY state, guard
"""
_GIVEN: Final = """
SELECT r.reason, r.campaign, count(*) AS granted, count(r.revoked_at) AS revoked,
       coalesce(sum(u.used), 0)::bigint AS used, coalesce(sum(u.given_away), 0)::bigint AS given_away
  FROM rewards r
  LEFT JOIN coupon_codes k ON k.id = r.code_id
  LEFT JOIN LATERAL (
    SELECT count(*) AS used, sum(o.amount) AS given_away FROM order_uses o
     WHERE o.kind = 'code' AND o.subject = k.code AND o.state = 'used') u ON true
 WHERE ($1::timestamptz IS NULL OR r.granted_at >= $1) AND ($2::timestamptz IS NULL OR r.granted_at < $2)
 GROUP BY r.reason, r.campaign
 ORDER BY r.reason, r.campaign
"""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a user is to be given. Of one `key`, and of one `milestone_at`, there is one for ever."""

    user_id: UUID
    key: str
    reason: str
    campaign: str
    ruleset: str
    milestone_at: int | None = None


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """A reward that was taken back."""

    id: UUID
    reason: str
    campaign: str


class InvitesInState(msgspec.Struct, frozen=True, kw_only=True):
    """How many invites are in a state, and which guard refused them."""

    state: InviteState
    guard: str | None
    invites: int


class RewardsGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What was given for one reason. `given_away`: minor units that orders saved by it."""

    reason: str
    campaign: str
    granted: int
    revoked: int
    used: int
    given_away: int


async def claim(tx: Transaction, wanted: Claim) -> UUID | None:
    """The reward, if it is given now: not to somebody who has it, nor to a closed account. It waits for its code."""
    reward_id = new_id()
    made = await tx.execute(
        _CLAIM, reward_id, wanted.user_id, wanted.key, wanted.reason, wanted.milestone_at, wanted.campaign,
        wanted.ruleset,
    )  # fmt: skip
    return reward_id if made == 1 else None


async def claim_again(tx: Transaction, wanted: Claim) -> UUID | None:
    """The reward of a milestone, if it had been taken back and is given again now; it waits for another code.

    Not while an order has the code of before.
    """
    found: UUID | None = await tx.fetchval(
        _AGAIN, wanted.user_id, wanted.key, wanted.milestone_at, wanted.reason, wanted.campaign, wanted.ruleset
    )
    return found


async def name_code(tx: Transaction, reward_id: UUID, code_id: UUID) -> bool:
    """Say which code it is; False when it has one."""
    return await tx.execute(_NAME_CODE, reward_id, code_id) == 1


async def undo_unused(tx: Transaction, user_id: UUID, counted: int, reached: Sequence[str]) -> list[Undone]:
    """Take back the rewards for more than `counted` friends whose codes no order uses, or waits for payment with.

    Not those of milestones that are `reached` by now, by their ids, whatever number they had when they were given.
    """
    return [Undone(**dict(row)) for row in await tx.fetch(_UNDO, user_id, counted, reached)]


async def of_user(tx: Transaction, user_id: UUID, most: int) -> list[Reward]:
    """The newest rewards of a user, those that were taken back too."""
    return [Reward(**dict(row)) for row in await tx.fetch(_LIST, user_id, most)]


async def invites_by_state(tx: Transaction, since: datetime | None, until: datetime | None) -> list[InvitesInState]:
    """Invites of friends who joined in `[since, until)`."""
    return [InvitesInState(**dict(row)) for row in await tx.fetch(_STATES, since, until)]


async def given(tx: Transaction, since: datetime | None, until: datetime | None) -> list[RewardsGiven]:
    """Rewards that were given in `[since, until)`."""
    return [RewardsGiven(**dict(row)) for row in await tx.fetch(_GIVEN, since, until)]
