"""Migration 60: conversations."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0060_chat.up.sql."""

    dependencies = [("shop", "m0059_live")]
    operations = [sql("0060_chat")]
