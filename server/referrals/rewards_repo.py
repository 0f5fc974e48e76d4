"""Where are rewards kept, each given once? Here; their codes are those of server/referrals/repo.py."""

from __future__ import annotations

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
INSERT INTO rewards (id, store_id, user_id, key, reason, milestone_at, campaign, ruleset, event_id)
SELECT $1, u.store_id, u.id, $3, $4, $5, $6, $7, $8 FROM users u WHERE u.id = $2 AND u.status = 'active'
    ON CONFLICT DO NOTHING
"""
_AGAIN: Final = """
UPDATE rewards SET revoked_at = NULL, code_id = NULL, granted_at = now(), campaign = $4, ruleset = $5
 WHERE user_id = $1 AND (key = $2 OR milestone_at = $3) AND revoked_at IS NOT NULL
RETURNING id
"""
_NAME_CODE: Final = "UPDATE rewards SET code_id = $2 WHERE id = $1 AND code_id IS NULL"
_UNDO: Final = """
WITH unused AS (
    UPDATE coupon_codes k SET revoked_at = now()
      FROM rewards r
     WHERE r.user_id = $1 AND r.milestone_at > $2 AND r.revoked_at IS NULL AND k.id = r.code_id AND k.revoked_at IS NULL
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
    event_id: UUID | None = None


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
        wanted.ruleset, wanted.event_id,
    )  # fmt: skip
    return reward_id if made == 1 else None


async def claim_again(tx: Transaction, wanted: Claim) -> UUID | None:
    """The reward, if it had been taken back and is given again now; it waits for another code."""
    found: UUID | None = await tx.fetchval(
        _AGAIN, wanted.user_id, wanted.key, wanted.milestone_at, wanted.campaign, wanted.ruleset
    )
    return found


async def name_code(tx: Transaction, reward_id: UUID, code_id: UUID) -> bool:
    """Say which code it is; False when it has one."""
    return await tx.execute(_NAME_CODE, reward_id, code_id) == 1


async def undo_unused(tx: Transaction, user_id: UUID, counted: int) -> list[Undone]:
    """Take back the rewards for more than `counted` friends whose codes no order uses, or waits for payment with."""
    return [Undone(**dict(row)) for row in await tx.fetch(_UNDO, user_id, counted)]


async def of_user(tx: Transaction, user_id: UUID, most: int) -> list[Reward]:
    """The newest rewards of a user, those that were taken back too."""
    return [Reward(**dict(row)) for row in await tx.fetch(_LIST, user_id, most)]


async def invites_by_state(tx: Transaction, since: datetime | None, until: datetime | None) -> list[InvitesInState]:
    """Invites of friends who joined in `[since, until)`."""
    return [InvitesInState(**dict(row)) for row in await tx.fetch(_STATES, since, until)]


async def given(tx: Transaction, since: datetime | None, until: datetime | None) -> list[RewardsGiven]:
    """Rewards that were given in `[since, until)`."""
    return [RewardsGiven(**dict(row)) for row in await tx.fetch(_GIVEN, since, until)]
