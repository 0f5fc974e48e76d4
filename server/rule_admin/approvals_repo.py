"""Where are approvals read and written? One row for each time somebody else was asked to agree."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from server.rule_admin.past_carts import PastCarts
from server.rule_admin.policy import Findings, Reason
from server.rule_admin.snapshot import CASES_ADDED, SAVED, Version
from storage.ids import new_id
from storage.transaction import Transaction

State = Literal["open", "approved", "refused", "overtaken"]

# Everybody who ever saved it, as the audit log knows them: nobody agrees to what they have a hand in.
_EDITORS: Final = f"""
ARRAY(SELECT DISTINCT g.actor_id FROM audit_log g
       WHERE g.store_id = v.store_id AND g.resource_type = 'ruleset' AND g.resource_id = v.id::text
         AND g.action IN ('{SAVED}', '{CASES_ADDED}') AND g.actor_id IS NOT NULL
       UNION SELECT v.updated_by WHERE v.updated_by IS NOT NULL)
"""
# Whoever changes a draft does not write here: what was asked about another text is overtaken by being read.
_STATE: Final = """
CASE WHEN a.state = 'open' AND (v.status <> 'draft' OR v.content_hash <> a.content_hash) THEN 'overtaken'
     ELSE a.state END
"""
_SELECT: Final = f"""
SELECT a.id, a.version_id, v.kind, v.name, a.content_hash, {_STATE} AS state, a.asked_by, a.asked_at, a.decided_by,
       a.decided_at, a.note, v.created_by, {_EDITORS} AS editors, a.reasons::text AS reasons,
       a.past_carts::text AS past_carts, a.live::text AS live
  FROM ruleset_approvals a JOIN ruleset_versions v ON v.store_id = a.store_id AND v.id = a.version_id
"""
_LIST: Final = (
    _SELECT
    + f""" WHERE ($1::text IS NULL OR {_STATE} = $1)
   AND ($2::timestamptz IS NULL OR (a.asked_at, a.id) {{after}} ($2, $3::uuid))
 ORDER BY a.asked_at {{order}}, a.id {{order}}
 LIMIT $4
"""
)
_FORWARDS: Final = _LIST.format(after="<", order="DESC")
_BACKWARDS: Final = _LIST.format(after=">", order="ASC")
_ADD: Final = """
INSERT INTO ruleset_approvals (id, store_id, version_id, content_hash, reasons, past_carts, live, asked_by)
VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8)
ON CONFLICT (store_id, version_id, content_hash) WHERE state IN ('open', 'approved') DO NOTHING
"""
_DECIDE: Final = """
UPDATE ruleset_approvals a SET state = $2, decided_by = $3, decided_at = now(), note = $4
  FROM ruleset_versions v
 WHERE a.id = $1 AND a.state = 'open' AND v.store_id = a.store_id AND v.id = a.version_id
   AND v.status = 'draft' AND v.content_hash = a.content_hash
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """That somebody else was asked to agree to exactly the text with this hash, and what they said.

    `live` has the hashes of the rulesets the reasons were found beside. `created_by` and `editors` wrote the draft.
    """

    id: UUID
    version_id: UUID
    kind: str
    name: str
    content_hash: str
    state: State
    reasons: tuple[Reason, ...]
    past_carts: PastCarts | None
    live: dict[str, str]
    asked_by: UUID | None
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    created_by: UUID | None
    editors: tuple[UUID, ...]

    @property
    def concerned(self) -> frozenset[UUID]:
        """Who wrote the draft or asked, and so cannot be the second person."""
        return frozenset(each for each in (self.created_by, *self.editors, self.asked_by) if each is not None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which approvals: of one state or of all, and the time and id of the one after (or before) which they begin."""

    state: State | None
    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int


async def add(tx: Transaction, version: Version, found: Findings, by: UUID | None) -> UUID | None:
    """Ask for somebody who agrees; the id. None when somebody else has asked about the same text this moment."""
    approval_id = new_id()
    added = await tx.execute(
        _ADD, approval_id, tx.store_id, version.id, version.content_hash, _json(found.reasons),
        None if found.past_carts is None else _json(found.past_carts), _json(found.live), by,
    )  # fmt: skip
    return approval_id if added == 1 else None


async def find(tx: Transaction, approval_id: UUID) -> Approval | None:
    """An approval."""
    row = await tx.fetchrow(f"{_SELECT} WHERE a.id = $1", approval_id)
    return None if row is None else _approval(row)


async def newest(tx: Transaction, version_id: UUID, content_hash: str) -> Approval | None:
    """The newest one about this text, until the transaction ends nobody else changes it."""
    row = await tx.fetchrow(
        f"{_SELECT} WHERE a.version_id = $1 AND a.content_hash = $2 ORDER BY a.asked_at DESC, a.id DESC LIMIT 1"
        " FOR NO KEY UPDATE OF a",
        version_id, content_hash,
    )  # fmt: skip
    return None if row is None else _approval(row)


async def listed(tx: Transaction, wanted: Wanted) -> list[Approval]:
    """At most `most` approvals, newest first; backwards oldest first."""
    at, after_id = wanted.beyond or (None, None)
    rows = await tx.fetch(_BACKWARDS if wanted.backwards else _FORWARDS, wanted.state, at, after_id, wanted.most)
    return [_approval(row) for row in rows]


async def decide(
    tx: Transaction, approval_id: UUID, state: Literal["approved", "refused"], by: UUID | None, note: str | None
) -> bool:
    """Agree or refuse; False when it is not open any more, or the draft is another one."""
    return await tx.execute(_DECIDE, approval_id, state, by, note) == 1


async def overtake(tx: Transaction, approval_id: UUID) -> None:
    """What was asked or agreed to counts no more, because something else has to be looked at now."""
    await tx.execute(
        "UPDATE ruleset_approvals SET state = 'overtaken' WHERE id = $1 AND state IN ('open', 'approved')", approval_id
    )


async def others_who_may(tx: Transaction, roles: Collection[str], concerned: Collection[UUID]) -> int:
    """How many active people of the store have one of the roles and are not concerned themselves."""
    found = await tx.fetchval(
        "SELECT count(*) FROM users WHERE status = 'active' AND roles && $1::text[] AND NOT id = ANY ($2::uuid[])",
        list(roles), list(concerned),
    )  # fmt: skip
    return int(found)


_PLAIN: Final = (
    "id", "version_id", "kind", "name", "content_hash", "state", "asked_by", "asked_at", "decided_by", "decided_at",
    "note", "created_by",
)  # fmt: skip


def _approval(row: asyncpg.Record) -> Approval:
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    return Approval(
        **values,
        editors=tuple(row["editors"]),
        reasons=msgspec.json.decode(row["reasons"], type=tuple[Reason, ...]),
        past_carts=None if row["past_carts"] is None else msgspec.json.decode(row["past_carts"], type=PastCarts),
        live=msgspec.json.decode(row["live"], type=dict[str, str]),
    )


def _json(value: Sequence[Reason] | PastCarts | dict[str, str]) -> str:
    return msgspec.json.encode(value).decode()
