"""The address of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from server.rule_admin import audit_log
from server.rule_admin.audit_repo import AuditEntry, WantedEntries
from server.rule_admin.audit_schemas import AuditEntryView, AuditQuery
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, Position, page, position

READ = "users.manage or platform.audit"
"""Entries tell what people did, and hold what they saw: they are for those who look after people."""

routes = Routes("Audit log")


@routes.get("/audit-log", needs=READ)
async def list_audit_log(call: Call, query: AuditQuery) -> Reply[Page[AuditEntryView]]:
    """Every change the people of the store made, the newest first: who, what, when, before and after.

    Entries are only ever added.
    """
    at = position(call, query)
    return page(call, query, at, await audit_log.list_entries(call, _wanted(query, at)), _keys, _view)


def _wanted(query: AuditQuery, at: Position) -> WantedEntries:
    return WantedEntries(
        actor_id=query.actor,
        action=query.action,
        resource_type=query.resource_type,
        resource_id=query.resource_id,
        since=query.since,
        until=query.until,
        beyond=None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1])),
        backwards=at.backwards,
        most=at.limit + 1,
    )


def _keys(entry: AuditEntry) -> list[Any]:
    return [entry.created_at.isoformat(), str(entry.id)]


def _view(entry: AuditEntry) -> AuditEntryView:
    return AuditEntryView(
        id=entry.id,
        at=entry.created_at,
        actor_kind=entry.actor_kind,
        actor=entry.actor_id,
        action=entry.action,
        resource_type=entry.resource_type,
        resource_id=entry.resource_id,
        before=entry.before,
        after=entry.after,
        request_id=entry.request_id,
    )
