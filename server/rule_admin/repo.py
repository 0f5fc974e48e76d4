"""Where are versions and plans of a store's rulesets read and written?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from server.rule_admin.snapshot import Allowed, Content, Plan, Version
from storage.ids import new_id
from storage.transaction import Transaction

_VERSION: Final = ", ".join(f"v.{name}" for name in Version.__struct_fields__)
_PLAN: Final = (
    "p.id, p.version_id, v.number, p.starts_at, p.ends_at, p.reason, p.created_by, p.created_at, p.cancelled_at"
)
_PLANS: Final = f"""
SELECT {_PLAN} FROM ruleset_plans p JOIN ruleset_versions v ON v.store_id = p.store_id AND v.id = p.version_id
 WHERE p.kind = $1 AND p.name = $2
"""
_ON: Final = "p.cancelled_at IS NULL AND p.starts_at <= now() AND (p.ends_at IS NULL OR p.ends_at > now())"


async def add_draft(
    tx: Transaction, kind: str, name: str, content: Content, based_on: UUID | None, comment: str | None, by: UUID | None
) -> UUID:
    """A new draft; its id."""
    draft_id = new_id()
    await tx.execute(
        "INSERT INTO ruleset_versions (id, store_id, kind, name, source, attachments, content_hash, based_on, comment,"
        " created_by, updated_by) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $10)",
        draft_id, tx.store_id, kind, name, content.source, _json(content.attachments), content.hash, based_on, comment,
        by,
    )  # fmt: skip
    return draft_id


async def versions(tx: Transaction, kind: str | None, name: str | None, *, drafts: bool) -> list[Version]:
    """Drafts, or published versions, the newest first; of one ruleset or of all."""
    rows = await tx.fetch(
        f"SELECT {_VERSION} FROM ruleset_versions v WHERE (v.status = 'draft') = $3"
        " AND ($1::text IS NULL OR v.kind = $1) AND ($2::text IS NULL OR v.name = $2)"
        " ORDER BY v.kind, v.name, v.number DESC NULLS FIRST, v.created_at DESC, v.id DESC LIMIT 1000",
        kind, name, drafts,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def draft(tx: Transaction, draft_id: UUID, *, lock: bool = False) -> tuple[Version, Content] | None:
    """A draft with its text, locked when it is to be changed."""
    return await _one(tx, "v.id = $1 AND v.status = 'draft'" + (" FOR NO KEY UPDATE" if lock else ""), draft_id)


async def published(tx: Transaction, kind: str, name: str, number: int) -> tuple[Version, Content] | None:
    """A published or archived version with its text."""
    return await _one(tx, "v.kind = $1 AND v.name = $2 AND v.number = $3", kind, name, number)


async def live(tx: Transaction, kind: str, name: str) -> tuple[Version, Content] | None:
    """The version of the store's own that is live now."""
    rows = await tx.fetch(f"{_PLANS} AND {_ON} ORDER BY p.starts_at DESC, p.id DESC LIMIT 1", kind, name)
    return await _one(tx, "v.id = $1", rows[0]["version_id"]) if rows else None


async def save(tx: Transaction, draft_id: UUID, content: Content, was: str | None, by: UUID | None) -> bool:
    """Write a draft's text; False when its content is no longer the one with the hash `was` (None: whichever)."""
    return await tx.execute(
        "UPDATE ruleset_versions SET source = $2, attachments = $3::jsonb, content_hash = $4, updated_by = $5"
        " WHERE id = $1 AND status = 'draft' AND ($6::text IS NULL OR content_hash = $6)",
        draft_id, content.source, _json(content.attachments), content.hash, by, was,
    ) == 1  # fmt: skip


async def delete_draft(tx: Transaction, draft_id: UUID) -> bool:
    """Throw a draft away."""
    return await tx.execute("DELETE FROM ruleset_versions WHERE id = $1 AND status = 'draft'", draft_id) == 1


async def publish(
    tx: Transaction, version: Version, number: int, hash: str, allowed: Sequence[Allowed], by: UUID | None
) -> bool:
    """Give a draft its number; False when it is no draft with that content any more. A number that is taken raises."""
    return await tx.execute(
        "UPDATE ruleset_versions SET status = 'published', number = $2, hash = $3, allowed = $4::jsonb,"
        " published_by = $5, published_at = now() WHERE id = $1 AND status = 'draft' AND content_hash = $6",
        version.id, number, hash, _json(list(allowed)), by, version.content_hash,
    ) == 1  # fmt: skip


async def highest_number(tx: Transaction, kind: str, name: str) -> int:
    """The highest number there is; 0 when nothing was published. Whoever asks waits for others who publish it."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', $1::text, $2::text, $3::text), 7))",
                     str(tx.store_id), kind, name)  # fmt: skip
    found = await tx.fetchval(
        "SELECT coalesce(max(number), 0) FROM ruleset_versions WHERE kind = $1 AND name = $2", kind, name
    )
    return int(found)


async def archive(tx: Transaction, version_id: UUID) -> bool:
    """Put a version away that is neither live, planned nor on trial; False when it is, or was put away before."""
    return await tx.execute(
        "UPDATE ruleset_versions v SET status = 'archived' WHERE v.id = $1 AND v.status = 'published'"
        " AND NOT EXISTS (SELECT FROM ruleset_trials t WHERE t.store_id = v.store_id AND t.version_id = v.id"
        " AND t.state = 'running')"
        " AND NOT EXISTS (SELECT FROM ruleset_plans p WHERE p.store_id = v.store_id AND p.version_id = v.id"
        " AND p.cancelled_at IS NULL AND (p.ends_at IS NULL OR p.ends_at > now())"
        " AND (p.starts_at > now() OR NOT EXISTS (SELECT FROM ruleset_plans later WHERE later.store_id = p.store_id"
        " AND later.kind = p.kind AND later.name = p.name AND later.cancelled_at IS NULL AND later.ends_at IS NULL"
        " AND later.starts_at <= now() AND (later.starts_at, later.id) > (p.starts_at, p.id))))",
        version_id,
    ) == 1  # fmt: skip


async def add_plan(
    tx: Transaction, version: Version, starts_at: datetime | None, ends_at: datetime | None, reason: str | None,
    by: UUID | None,
) -> UUID:  # fmt: skip
    """Make a version live from an instant, now when it is None, until another; the plan's id."""
    plan_id = new_id()
    await tx.execute(
        "INSERT INTO ruleset_plans (id, store_id, version_id, kind, name, starts_at, ends_at, reason, created_by)"
        " VALUES ($1, $2, $3, $4, $5, coalesce($6, clock_timestamp()), $7, $8, $9)",
        plan_id, tx.store_id, version.id, version.kind, version.name, starts_at, ends_at, reason, by,
    )  # fmt: skip
    return plan_id


async def plans(tx: Transaction, kind: str, name: str) -> list[Plan]:
    """Everything that was planned, the newest first."""
    rows = await tx.fetch(f"{_PLANS} ORDER BY p.starts_at DESC, p.id DESC LIMIT 500", kind, name)
    return [Plan(**dict(row)) for row in rows]


async def overlapping(
    tx: Transaction, kind: str, name: str, starts_at: datetime, ends_at: datetime | None
) -> Plan | None:
    """A plan with a beginning to come whose time would cross this one; lasting ones before it are simply followed."""
    rows = await tx.fetch(
        f"{_PLANS} AND p.cancelled_at IS NULL AND p.starts_at > now()"
        " AND tstzrange(p.starts_at, p.ends_at) && tstzrange($3, $4) ORDER BY p.starts_at LIMIT 1",
        kind, name, starts_at, ends_at,
    )  # fmt: skip
    return Plan(**dict(rows[0])) if rows else None


async def cancel(tx: Transaction, kind: str, name: str, plan_id: UUID, by: UUID | None) -> bool:
    """Call off a plan that has not ended; False when there is none."""
    return await tx.execute(
        "UPDATE ruleset_plans SET cancelled_at = now(), cancelled_by = $4 WHERE id = $3 AND kind = $1 AND name = $2"
        " AND cancelled_at IS NULL AND (ends_at IS NULL OR ends_at > now())",
        kind, name, plan_id, by,
    ) == 1  # fmt: skip


async def current_plans(tx: Transaction, kind: str, name: str) -> list[Plan]:
    """The plans that are on now, the one that counts first."""
    rows = await tx.fetch(f"{_PLANS} AND {_ON} ORDER BY p.starts_at DESC, p.id DESC", kind, name)
    return [Plan(**dict(row)) for row in rows]


async def _one(tx: Transaction, condition: str, *arguments: object) -> tuple[Version, Content] | None:
    row = await tx.fetchrow(
        f"SELECT {_VERSION}, v.source, v.attachments::text AS attachments FROM ruleset_versions v WHERE {condition}",
        *arguments,
    )
    if row is None:
        return None
    attachments = msgspec.json.decode(row["attachments"], type=dict[str, str])
    return _version(row), Content(source=row["source"], attachments=attachments)


def _version(row: asyncpg.Record) -> Version:
    values: dict[str, Any] = {name: row[name] for name in Version.__struct_fields__}
    return Version(**values)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
