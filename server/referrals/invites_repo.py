"""Where is it kept who invited whom, by which code, and what tells accounts of one person? Here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from engine.referrals.judge import InviteState
from server.referrals.codes import skeleton
from server.referrals.invited import Invite, Mark, Standing
from storage.conditions import Conditions
from storage.ids import new_id
from storage.pages import TimeWindow
from storage.transaction import Transaction

DEVICE_DAYS: Final = 90
"""For how long a device tells who somebody is: addresses of networks and names of browsers pass from one to another."""

_COLUMNS: Final = """
i.id, i.inviter_id, i.friend_id, i.state, i.since, i.guard, i.allowed, i.decided_by, i.note, i.facts, i.missing,
i.ruleset, i.joined_at, i.judge_at, i.updated_at
"""
# The statement that inserts sees nothing of what another one inserted meanwhile, so who finds neither asks again.
_ACCOUNT: Final = """
WITH made AS (
    INSERT INTO referral_accounts (store_id, user_id, code, skeleton)
    SELECT u.store_id, u.id, $2, $3 FROM users u WHERE u.id = $1
        ON CONFLICT DO NOTHING
    RETURNING code
)
SELECT coalesce((SELECT code FROM referral_accounts WHERE user_id = $1), (SELECT code FROM made))
"""
_INVITER: Final = "SELECT user_id FROM referral_accounts WHERE skeleton = $1 FOR UPDATE"
_ADD: Final = """
INSERT INTO invites (id, store_id, inviter_id, friend_id, joined_at)
SELECT $1, u.store_id, $2, u.id, u.created_at FROM users u WHERE u.id = $3
    ON CONFLICT (store_id, friend_id) DO NOTHING
"""
# The inviter's row first: whoever changes an invite of a customer holds it, so that two never count at once.
_LOCK: Final = """
SELECT a.user_id FROM referral_accounts a JOIN invites i ON i.inviter_id = a.user_id WHERE i.friend_id = $1
   FOR UPDATE OF a
"""
_LOCK_ACCOUNT: Final = "SELECT user_id FROM referral_accounts WHERE user_id = $1 FOR UPDATE"
_READ: Final = f"SELECT {_COLUMNS} FROM invites i"
_FACTS: Final = """
WITH RECURSIVE it AS (
    SELECT id, inviter_id, friend_id, joined_at FROM invites WHERE id = $1
), bought AS (
    SELECT o.user_id, o.id, o.paid_at, o.total,
           CASE WHEN o.cancelled_at IS NULL THEN o.captured - o.refunded ELSE 0 END AS kept
      FROM orders o, it
     WHERE o.user_id IN (it.friend_id, it.inviter_id) AND o.paid_at IS NOT NULL
), first AS (
    SELECT b.total, b.kept FROM bought b, it WHERE b.user_id = it.friend_id ORDER BY b.paid_at, b.id LIMIT 1
), above (user_id, steps) AS (
    SELECT i.inviter_id, 1 FROM invites i, it WHERE i.friend_id = it.inviter_id
     UNION ALL
    SELECT i.inviter_id, above.steps + 1 FROM invites i JOIN above ON i.friend_id = above.user_id WHERE above.steps < 5
), alike AS (
    SELECT theirs.user_id, own.kind
      FROM it
      JOIN customer_marks own ON own.user_id = it.friend_id
      JOIN customer_marks theirs
             ON theirs.kind = own.kind AND theirs.mark = own.mark AND theirs.user_id <> own.user_id
     WHERE own.kind <> 'device' OR least(own.seen_at, theirs.seen_at) > $2::timestamptz - make_interval(days => $3)
), of_inviter AS (
    SELECT alike.kind FROM alike, it WHERE alike.user_id = it.inviter_id
)
SELECT (SELECT count(*) FROM bought b, it WHERE b.user_id = it.friend_id AND b.kept > 0) AS "friend.orders_paid",
       (SELECT coalesce(sum(b.kept), 0)::bigint FROM bought b, it WHERE b.user_id = it.friend_id) AS "friend.spent",
       (SELECT total FROM first) AS "friend.first_order_total",
       (SELECT kept FROM first) AS "friend.first_order_kept",
       coalesce((SELECT kept = 0 AND total > 0 FROM first), false)::int AS "friend.refunded",
       greatest(extract(epoch FROM $2::timestamptz - it.joined_at) / 86400, 0)::numeric AS days,
       EXISTS (SELECT FROM of_inviter WHERE kind = 'email')::int AS "invite.same_email",
       EXISTS (SELECT FROM of_inviter WHERE kind = 'phone')::int AS "invite.same_phone",
       EXISTS (SELECT FROM of_inviter WHERE kind = 'device')::int AS "invite.same_device",
       EXISTS (SELECT FROM of_inviter WHERE kind = 'address')::int AS "invite.same_address",
       EXISTS (SELECT FROM of_inviter WHERE kind = 'payment')::int AS "invite.same_payment",
       EXISTS (SELECT FROM alike JOIN above ON above.user_id = alike.user_id
                WHERE above.user_id <> it.inviter_id)::int AS "invite.in_ring",
       (SELECT count(DISTINCT t.friend_id) FROM invites t JOIN alike ON alike.user_id = t.friend_id
         WHERE t.inviter_id = it.inviter_id AND t.id < it.id AND alike.kind <> 'address') AS "invite.twins",
       (SELECT count(*) FROM invites c WHERE c.inviter_id = it.inviter_id AND c.state = 'counted')
           AS "inviter.invites_counted",
       (SELECT count(*) FROM invites c WHERE c.inviter_id = it.inviter_id AND c.joined_at <= it.joined_at
           AND c.joined_at > it.joined_at - interval '24 hours') AS "inviter.invites_today",
       (SELECT count(*) FROM bought b WHERE b.user_id = it.inviter_id AND b.kept > 0) AS "inviter.orders_paid"
  FROM it
"""
_JUDGED: Final = """
UPDATE invites
   SET state = $3, since = $4, guard = $5, facts = $6, missing = $7, ruleset = $8, judge_at = $9
 WHERE id = $1 AND state = $2
"""
# What waits goes on waiting, and what was refused begins again.
_ALLOWED: Final = """
UPDATE invites
   SET allowed = true, state = CASE state WHEN 'refused' THEN 'joined' ELSE state END, guard = NULL,
       decided_by = $3, note = $4
 WHERE id = $1 AND state = $2
"""
_REFUSED: Final = """
UPDATE invites
   SET state = 'refused', since = NULL, guard = $5, allowed = false, decided_by = $3, note = $4,
       judge_at = NULL, missing = '{}'
 WHERE id = $1 AND state = $2
"""
_ANNOUNCED: Final = "UPDATE invites SET announced = true WHERE id = $1 AND NOT announced"
_DUE: Final = "SELECT friend_id FROM invites WHERE judge_at <= now() ORDER BY judge_at, id LIMIT $1"
_PUT_OFF: Final = """
UPDATE invites SET judge_at = now() + interval '5 minutes' WHERE friend_id = $1 AND judge_at <= now()
"""
_MARKS: Final = """
INSERT INTO customer_marks AS known (store_id, user_id, kind, mark)
SELECT u.store_id, u.id, m.kind, m.mark
  FROM users u, unnest($2::text[], $3::text[]) AS m (kind, mark)
 WHERE u.id = $1
 ORDER BY m.kind, m.mark
    ON CONFLICT (store_id, user_id, kind, mark) DO UPDATE SET seen_at = now()
 WHERE known.seen_at < now() - interval '1 day'
"""
_STANDING: Final = """
SELECT a.code, u.locale,
       count(*) FILTER (WHERE i.state = 'joined') AS joined, count(*) FILTER (WHERE i.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE i.state = 'counted') AS counted
  FROM referral_accounts a
  JOIN users u ON u.id = a.user_id
  LEFT JOIN invites i ON i.inviter_id = a.user_id
 WHERE a.user_id = $1
 GROUP BY a.code, u.locale
"""


async def account_code(tx: Transaction, user_id: UUID, fresh: str) -> str | None:
    """The code the user sends to friends: the one they have, else `fresh` from now on; None when that is taken."""
    found: str | None = await tx.fetchval(_ACCOUNT, user_id, fresh, skeleton(fresh))
    return found


async def lock_inviter(tx: Transaction, code: str) -> UUID | None:
    """Whose code it is, or one that people take for it; their invites are changed by nobody else until the end."""
    found: UUID | None = await tx.fetchval(_INVITER, skeleton(code))
    return found


async def add(tx: Transaction, inviter_id: UUID, friend_id: UUID) -> bool:
    """Whether the invite is new; nobody is invited twice."""
    return await tx.execute(_ADD, new_id(), inviter_id, friend_id) == 1


async def lock_account(tx: Transaction, user_id: UUID) -> bool:
    """Whether the user has a code for friends; their invites are changed by nobody else until the end then."""
    return await tx.fetchval(_LOCK_ACCOUNT, user_id) is not None


async def lock(tx: Transaction, friend_id: UUID) -> Invite | None:
    """The invite of a friend, which nobody else changes until the transaction ends; None: they came by themselves."""
    if await tx.fetchval(_LOCK, friend_id) is None:
        return None
    row = await tx.fetchrow(f"{_READ} WHERE i.friend_id = $1", friend_id)
    return None if row is None else _invite(row)


async def read(tx: Transaction, invite_id: UUID) -> Invite | None:
    """One invite."""
    row = await tx.fetchrow(f"{_READ} WHERE i.id = $1", invite_id)
    return None if row is None else _invite(row)


async def list_invites(
    tx: Transaction, *, state: InviteState | None, inviter_id: UUID | None, window: TimeWindow
) -> list[Invite]:
    """Invites, the newest first."""
    wanted = Conditions()
    wanted.add("i.state = {}", state)
    wanted.add("i.inviter_id = {}", inviter_id)
    if window.beyond is not None:
        wanted.all(f"(i.joined_at, i.id) {window.sign} ({{}}, {{}})", *window.beyond)
    sql = (
        f"{_READ} WHERE {wanted.sql} ORDER BY i.joined_at {window.order}, i.id {window.order}"
        f" LIMIT {wanted.parameter(window.most)}"
    )
    return [_invite(row) for row in await tx.fetch(sql, *wanted.values)]


async def facts(tx: Transaction, invite_id: UUID, at: datetime) -> dict[str, int]:
    """What is known of an invite at an instant, by the names of `event/1`; what is missing is left out."""
    row = await tx.fetchrow(_FACTS, invite_id, at, DEVICE_DAYS)
    if row is None:
        return {}
    found = {name: int(value) for name, value in row.items() if value is not None and name != "days"}
    return {**found, "friend.days_since_joined": int(row["days"])}


async def judged(
    tx: Transaction,
    before: Invite,
    *,
    state: InviteState,
    since: datetime | None,
    guard: str | None,
    facts: Mapping[str, str],
    missing: Sequence[str],
    ruleset: str,
    judge_at: datetime | None,
) -> bool:
    """Write where the invite is now; False when it is no longer where it was."""
    told = msgspec.json.encode(facts).decode()
    changed = await tx.execute(
        _JUDGED, before.id, before.state, state, since, guard, told, list(missing), ruleset, judge_at
    )
    return changed == 1


async def allow(tx: Transaction, before: Invite, *, by: UUID | None, note: str) -> bool:
    """Write that guards are not to be asked; False when the invite is no longer where it was."""
    return await tx.execute(_ALLOWED, before.id, before.state, by, note) == 1


async def refuse(tx: Transaction, before: Invite, *, guard: str, by: UUID | None, note: str) -> bool:
    """Write that it is never to count; False when the invite is no longer where it was."""
    return await tx.execute(_REFUSED, before.id, before.state, by, note, guard) == 1


async def mark_announced(tx: Transaction, invite_id: UUID) -> bool:
    """Whether it is to be announced now that the friend came: once."""
    return await tx.execute(_ANNOUNCED, invite_id) == 1


async def due(tx: Transaction, most: int) -> list[UUID]:
    """Friends whose invites are to be judged though nothing happened, the longest overdue first."""
    return [row["friend_id"] for row in await tx.fetch(_DUE, most)]


async def put_off(tx: Transaction, friend_id: UUID) -> bool:
    """Judge an invite that is due in five minutes; False when it is not due any more."""
    return await tx.execute(_PUT_OFF, friend_id) == 1


async def contacts(tx: Transaction, people: Sequence[UUID]) -> list[tuple[UUID, str, str | None]]:
    """Folded e-mail address and telephone of these users."""
    rows = await tx.fetch("SELECT id, email_folded, phone FROM users WHERE id = ANY ($1::uuid[]) ORDER BY id", people)
    return [(row["id"], row["email_folded"], row["phone"]) for row in rows]


async def add_marks(tx: Transaction, user_id: UUID, marks: Sequence[Mark]) -> None:
    """Keep marks of a user; of those that are known, to the day, that they were seen again."""
    found = {(mark.kind, mark.mark) for mark in marks}
    await tx.execute(_MARKS, user_id, [kind for kind, _ in found], [mark for _, mark in found])


async def standing(tx: Transaction, user_id: UUID) -> Standing | None:
    """The code of a user and their invites by state; None while they have no code."""
    row = await tx.fetchrow(_STANDING, user_id)
    return None if row is None else Standing(**dict(row))


def _invite(row: asyncpg.Record) -> Invite:
    return Invite(**{**dict(row), "facts": msgspec.json.decode(row["facts"])})
