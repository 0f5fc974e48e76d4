"""Migration 61: who is away is told of what they have not read."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0061_unread.up.sql."""

    dependencies = [("shop", "m0060_chat")]
    operations = [sql("0061_unread")]
