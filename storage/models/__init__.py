"""The tables as Tortoise models, one file per room; constraints, indexes and policies stand in migrations/sql.

Rows are written by repo modules only. Times are aware UTC, money is minor units, ids are UUIDv7 made by us.
"""

from __future__ import annotations

from storage.models.platform import AuditEntry, Media, PlatformUser, Store

__all__ = ["AuditEntry", "Media", "PlatformUser", "Store"]
