"""Where is the audit log read? It is written in the transactions of whatever is done (storage/audit.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

_ENTRIES: Final = """
SELECT id, actor_kind, actor_id, action, resource_type, resource_id, before::text AS before, after::text AS after,
       request_id, created_at
  FROM audit_log WHERE {conditions} ORDER BY created_at {order}, id {order} LIMIT {most}
"""
_BEHIND_ALL: Final = "~"
"""Greater than every character of an action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which thing; `before` and `after` are JSON of what changed, None for what was not there."""

    id: UUID
    actor_kind: str
    actor_id: UUID | None
    action: str
    resource_type: str
    resource_id: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None
    request_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEntries:
    """Filters (None: all), and the time and id of the entry after which (`backwards`: before which) they begin.

    `action` is how actions begin; `since` is included, `until` is not.
    """

    actor_id: UUID | None
    action: str | None
    resource_type: str | None
    resource_id: str | None
    since: datetime | None
    until: datetime | None
    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int


async def entries(tx: Transaction, wanted: WantedEntries) -> list[AuditEntry]:
    """At most `most` entries, newest first; backwards oldest first."""
    # Only the filters that are there, so that the plan takes the index that fits them.
    conditions = [("true", ()), *_conditions(wanted)]
    texts, arguments = [], list[object]()
    for text, values in conditions:
        places = [f"${len(arguments) + number}" for number in range(1, len(values) + 1)]
        texts.append(text.format(*places))
        arguments += values
    sql = _ENTRIES.format(
        conditions=" AND ".join(texts), order="ASC" if wanted.backwards else "DESC", most=f"${len(arguments) + 1}"
    )
    rows = await tx.fetch(sql, *arguments, wanted.most)
    return [AuditEntry(**{**row, "before": _raw(row["before"]), "after": _raw(row["after"])}) for row in rows]


def _conditions(wanted: WantedEntries) -> Iterator[tuple[str, tuple[object, ...]]]:
    """SQL with a place for each of its values."""
    if wanted.actor_id is not None:
        yield "actor_id = {}", (wanted.actor_id,)
    if wanted.action is not None:
        yield "action ~>=~ {} AND action ~<~ {}", (wanted.action, wanted.action + _BEHIND_ALL)
    if wanted.resource_type is not None:
        yield "resource_type = {}", (wanted.resource_type,)
    if wanted.resource_id is not None:
        yield "resource_id = {}", (wanted.resource_id,)
    if wanted.since is not None:
        yield "created_at >= {}", (wanted.since,)
    if wanted.until is not None:
        yield "created_at < {}", (wanted.until,)
    if wanted.beyond is not None:
        yield f"(created_at, id) {'>' if wanted.backwards else '<'} ({{}}, {{}})", wanted.beyond


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text.encode())
