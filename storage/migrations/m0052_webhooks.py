"""Migration 52: whom merchants want told of what happened."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0052_webhooks.up.sql."""

    dependencies = [("shop", "m0051_events")]
    operations = [sql("0052_webhooks")]
