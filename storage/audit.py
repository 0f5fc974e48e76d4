"""Who did what? One entry for each change staff make, in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from storage.ids import new_id
from storage.transaction import Transaction

_RECORD = """
INSERT INTO audit_log
    (id, store_id, actor_kind, actor_id, action, resource_type, resource_id, before, after, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10)
"""


_RECORD_EACH = """
INSERT INTO audit_log (id, store_id, actor_kind, actor_id, action, resource_type, resource_id, after, request_id)
SELECT id, $1, $2, $3, $4, $5, resource_id, after, $7
  FROM jsonb_to_recordset($6::jsonb) AS entry (id uuid, resource_id text, after jsonb)
"""


async def record(
    tx: Transaction,
    *,
    actor_kind: str,
    actor_id: UUID | None,
    action: str,
    resource_type: str,
    resource_id: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    request_id: str | None,
) -> None:
    """Add the entry. `before` and `after` are the state as far as it changed; None for what was not there."""
    await tx.execute(
        _RECORD, new_id(), tx.store_id, actor_kind, actor_id, action, resource_type, resource_id,
        _json(before), _json(after), request_id,
    )  # fmt: skip


async def record_each(
    tx: Transaction,
    *,
    actor_kind: str,
    actor_id: UUID | None,
    action: str,
    resource_type: str,
    after: Mapping[str, Mapping[str, Any]],
    request_id: str | None,
) -> None:
    """Add an entry for each of the resources that were made at once, by id, in one statement."""
    entries = [{"id": new_id(), "resource_id": resource, "after": state} for resource, state in after.items()]
    await tx.execute(
        _RECORD_EACH, tx.store_id, actor_kind, actor_id, action, resource_type,
        msgspec.json.encode(entries).decode(), request_id,
    )  # fmt: skip


def _json(state: Mapping[str, Any] | None) -> str | None:
    return None if state is None else msgspec.json.encode(state).decode()
